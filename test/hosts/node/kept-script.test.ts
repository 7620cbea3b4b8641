/** What V8 compiled of a script is taken at the next start, and not where it does not fit. Each start is a process of its own. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const run = promisify(execFile);
const MODULE = new URL('../../../src/hosts/node/kept-script.ts', import.meta.url).href;
const PROGRAM = `
const { runKept } = await import(${JSON.stringify(MODULE)});
const [file, kept, shipped] = process.argv.slice(1);
const { exports, keep } = runKept(file, { kept: kept || undefined, shipped });
console.log(String(exports.tell()));
keep();
`;
/** As scripts/build.ts writes it. */
const script = (told: string) =>
  `(function (run) { return typeof module === 'object' ? run(exports, require, module, __filename, __dirname) : run; })((function (exports, require, module) { exports.tell = () => require('node:path').basename('a/${told}'); }));`;

let folder = '';
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-kept-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the script in a process, which keeps what it compiled. @returns what the script tells. */
async function start(name: string, kept = at('kept'), options: readonly string[] = []): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    [...options, ...['--input-type=module', '--eval', PROGRAM], ...[at(name), kept, at('shipped')]],
    { timeout: 20_000, killSignal: 'SIGKILL' },
  );
  return stdout.trim();
}

it('takes what was kept', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  expect(await start('a-1.cjs')).toBe('one');
  // V8 compares the length alone: that the old text runs shows that nothing was compiled.
  await writeFile(at('a-1.cjs'), script('two'));
  expect(await start('a-1.cjs')).toBe('one');
});

it('takes what came with the command, where nothing may be kept, or nothing is', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  await start('a-1.cjs', at('shipped'));
  await writeFile(at('a-1.cjs'), script('two'));
  expect(await start('a-1.cjs', '')).toBe('one');
  expect(await start('a-1.cjs')).toBe('one');
  await expect(readFile(at('kept'))).rejects.toThrow('ENOENT');
});

it('does not take what is of another version of the script', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  await start('a-1.cjs');
  await writeFile(at('a-2.cjs'), script('two'));
  expect(await start('a-2.cjs')).toBe('two');
});

it.each([
  ['damaged', (bytes: Buffer) => bytes.fill(0xff, bytes.length - 40, bytes.length - 20)],
  ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['empty', () => Buffer.alloc(0)],
])('does not take what is %s, and keeps it anew', async (_, damage) => {
  await writeFile(at('a-1.cjs'), script('one'));
  await start('a-1.cjs');
  await writeFile(at('kept'), damage(await readFile(at('kept'))));
  await writeFile(at('a-1.cjs'), script('two'));
  expect(await start('a-1.cjs')).toBe('two');
  await writeFile(at('a-1.cjs'), script('six'));
  expect(await start('a-1.cjs')).toBe('two');
});

it('does not take what another version of Node or another kind of processor compiled', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  await start('a-1.cjs');
  await writeFile(at('a-1.cjs'), script('two'));
  const another = `data:text/javascript,Object.defineProperty(process,'arch',{value:'another'})`;
  expect(await start('a-1.cjs', at('kept'), ['--import', another])).toBe('two');
});

it('does not take what another user may have written', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  await start('a-1.cjs');
  await chmod(at('kept'), 0o606);
  await writeFile(at('a-1.cjs'), script('two'));
  expect(await start('a-1.cjs')).toBe('two');
});

it('neither waits for a pipe nor reads a file of any size', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  await run('mkfifo', ['-m', '600', at('kept')]);
  expect(await start('a-1.cjs')).toBe('one');
  await rm(at('kept'));
  await writeFile(at('kept'), '', { mode: 0o600 });
  await truncate(at('kept'), 2 ** 30);
  await writeFile(
    at('a-1.cjs'),
    script('one').replace("'node:path').basename('a/one')", "'node:process').resourceUsage().maxRSS"),
  );
  expect(Number(await start('a-1.cjs'))).toBeLessThan(500_000);
});

it('does not fill the folder where processes are killed while they write, again and again', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  for (let n = 0; n < 20; n++) await writeFile(`${at('kept')}.${n}`, 'half');
  await start('a-1.cjs');
  const names = await readdir(folder);
  expect(names.filter((name) => name.startsWith('kept.')).length).toBeLessThan(4);
  expect(names).toContain('kept');
});

it('does not take what was compiled with other settings of V8', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  await start('a-1.cjs');
  await writeFile(at('a-1.cjs'), script('two'));
  expect(await start('a-1.cjs', at('kept'), ['--no-lazy'])).toBe('two');
});

it('loads it as a module of Node where stack traces are to name the sources', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  expect(await start('a-1.cjs', at('kept'), ['--enable-source-maps'])).toBe('one');
  await expect(readFile(at('kept'))).rejects.toThrow('ENOENT');
});

it('goes on where it cannot write', async () => {
  await writeFile(at('a-1.cjs'), script('one'));
  expect(await start('a-1.cjs', at('no/such/folder/kept'))).toBe('one');
});

/** deploy/systemd/xdr-relay.service, checked by systemd's own tool. Starting it takes a systemd, which a test machine may not run. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { createProgram } from '../../src/cli/program.ts';
import { captured } from '../cli/captured.ts';

const UNIT = join(import.meta.dirname, '../../deploy/systemd/xdr-relay.service');
/** `security --offline` needs systemd 250, which the unit needs as well. */
const version = Number(
  /^systemd (\d+)/.exec(spawnSync('systemd-analyze', ['--version']).stdout?.toString() ?? '')?.[1],
);
const hasAnalyze = version >= 250;
if (!hasAnalyze)
  console.warn('systemd-analyze 250 is missing: apt-get install systemd. The unit is not verified.');

let folder: string;
let unit: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-systemd-'));
  unit = await readFile(UNIT, 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs systemd-analyze on a unit with this text. */
async function analyze(
  args: readonly string[],
  text: string,
): Promise<{ readonly code: number; readonly said: string }> {
  const file = join(folder, 'xdr-relay.service');
  await writeFile(file, text);
  return new Promise((resolve) => {
    execFile('systemd-analyze', [...args, file], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
    });
  });
}

const settings = (name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');

describe.skipIf(!hasAnalyze)('systemd-analyze', () => {
  // It looks whether the program exists, which a test machine has elsewhere.
  const installed = () => unit.replaceAll('/opt/xdr-relay/node_modules/.bin/node', process.execPath);

  it('verifies the unit', async () => {
    expect(await analyze(['verify', '--man=no'], installed())).toEqual({ code: 0, said: '' });
  });

  it('would find a mistake in it', async () => {
    const { said } = await analyze(['verify', '--man=no'], installed().replace('Restart=', 'Restarts='));
    expect(said).toMatch(/Unknown key (?:name )?'Restarts'/);
  });

  it('finds it hardened', async () => {
    const { code, said } = await analyze(
      ['security', '--offline=true', '--threshold=20', '--no-pager'],
      unit,
    );
    expect(said).toContain('Overall exposure level');
    expect(code).toBe(0);
  });

  it('would find it open', async () => {
    const open = unit.replace(/^(?:System|Restrict|Protect).*\n/gm, '');
    expect((await analyze(['security', '--offline=true', '--threshold=20', '--no-pager'], open)).code).toBe(
      1,
    );
  });
});

it('starts serve with options that it has', () => {
  const [start = ''] = settings('ExecStart');
  const [node, command, ...words] = start.split(' ');
  expect(node).toBe('/opt/xdr-relay/node_modules/.bin/node');
  expect(command).toBe(
    `/opt/xdr-relay/node_modules/xdr-relay/${manifest.bin['xdr-relay'].replace('./', '')}`,
  );
  expect(() => createProgram(captured(), async () => {}).parse(words, { from: 'user' })).not.toThrow();
});

it('gives serve the time that its shutdown takes, and reloads by the signal that serve knows', async () => {
  const serve = await readFile(join(import.meta.dirname, '../../src/hosts/node/serve.ts'), 'utf8');
  const lastMs = Number(/LAST_MS = ([\d_]+);/.exec(serve)?.[1]?.replaceAll('_', ''));
  expect(lastMs).toBeGreaterThan(25_000);
  expect(Number.parseInt(settings('TimeoutStopSec')[0] ?? '', 10) * 1000).toBeGreaterThan(lastMs);
  expect(settings('Environment')).toContain('MALLOC_ARENA_MAX=1');
  expect(settings('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
});

it('gives serve a folder of its own for what it compiles, which nobody else may write to', () => {
  expect(settings('CacheDirectory')).toEqual(['xdr-relay']);
  expect(settings('CacheDirectoryMode')).toEqual(['0700']);
  expect(settings('Environment')).toContain('NODE_COMPILE_CACHE=%C/xdr-relay');
});

it('keeps V8 able to compile', () => {
  expect(settings('MemoryDenyWriteExecute')).toEqual([]);
});

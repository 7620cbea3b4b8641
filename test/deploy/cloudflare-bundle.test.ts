import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../cli/rules/support.ts';
import { mmdb } from '../databases/write-mmdb.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../deploy/cloudflare/bundle.ts', import.meta.url));

/** Bundles relay.yaml and its rule files, as wrangler does before a deployment. */
async function bundled(files: Readonly<Record<string, string | Uint8Array>>) {
  return await bundleOf(
    await folderWith({ 'relay.yaml': 'destinations: { out: { type: file } }\n', ...files }),
  );
}

async function bundleOf(folder: string) {
  const env = {
    ...process.env,
    XDR_RELAY_CONFIG: join(folder, 'relay.yaml'),
    XDR_RELAY_BUNDLE: join(folder, 'files.js'),
  };
  const { stderr } = await promisify(execFile)(process.execPath, [SCRIPT], { env }).catch(
    (error: { stderr: string }) => error,
  );
  return { stderr, read: () => readFile(join(folder, 'files.js'), 'utf8') };
}

describe("the Worker's bundle", () => {
  it('has the lists beside the rule files, with the time of their files', async () => {
    const { stderr, read } = await bundled({
      'transforms/lists/tools.txt': 'a.exe\n',
      'transforms/lists/.feeds/tools.json': '{}',
    });
    expect(stderr).toBe('');
    const module = await read();
    expect(module).toMatch(/"path":"lists\/tools\.txt","text":"a\.exe\\n","modified":\d+/);
    expect(module).not.toContain('.feeds');
  });

  it('is made by several at the same time, as for types and a deployment', async () => {
    const folder = await folderWith({
      'relay.yaml': 'destinations: { out: { type: file } }\n',
      'transforms/lists/tools.txt': 'a.exe\n',
    });
    const all = await Promise.all([1, 2, 3].map(() => bundleOf(folder)));
    expect(all.map(({ stderr }) => stderr)).toEqual(['', '', '']);
    expect((await readdir(folder)).filter((name) => /\d/.test(name))).toEqual([]);
    expect(await readdir(join(folder, 'assets'))).toEqual(['console']);
    expect(await readdir(join(folder, 'assets/console'))).toEqual(
      (await readdir(join(ROOT, 'dist/console'))).filter((name) => !/\.(?:br|gz)$/.test(name)),
    );
  });

  it('is not made of lists that an isolate cannot hold', async () => {
    const { stderr } = await bundled({
      'transforms/lists/tools.txt': `${'x'.repeat(1_000)}\n`.repeat(20_100),
    });
    expect(stderr).toContain(
      'Not bundled: the lists have 20.1 MB together, and a Worker holds at most 20.0 MB: shorten them, or run the relay on Node',
    );
  });

  it('has databases in base64', async () => {
    const bytes = mmdb({ networks: { '192.0.2.0/24': { a: 1 } } });
    const { stderr, read } = await bundled({ 'transforms/lists/cities.mmdb': bytes });
    expect(stderr).toBe('');
    expect(await read()).toContain(`"database":"${bytes.toString('base64')}"`);
  });

  it('has the preset files that relay.yaml names, and is not made without one', async () => {
    const relay = 'destinations: { out: { type: http_preset, preset: ./presets/own.yml } }\n';
    const files = { 'relay.yaml': relay, 'transforms/lists/tools.txt': 'a.exe\n' };
    const { stderr, read } = await bundled({ ...files, 'presets/own.yml': 'title: Own\n' });
    expect(stderr).toBe('');
    expect(await read()).toContain('{"key":"preset:./presets/own.yml","text":"title: Own\\n"}');
    const without = await bundled(files);
    expect(without.stderr).toMatch(/Not bundled: preset:\.\/presets\/own\.yml: .*there is no such file/);
  });

  it('is not made of a list with a mistake', async () => {
    const { stderr } = await bundled({ 'transforms/lists/tools.csv': 'a,a\n' });
    expect(stderr).toContain('lists/tools.csv:1:1: error: two columns have the name "a"');
  });
});

/** The extension for VS Code as people install it: packed by the packing tool, in a copy of its folder. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-vscode-'));
  const isOwn = (path: string) => !/[\\/](?:node_modules|dist)$/.test(path);
  await cp(join(ROOT, 'editors/vscode'), folder, { recursive: true, filter: isOwn });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('packs the extension', { timeout: 600_000 }, async () => {
  await run(process.execPath, [join(ROOT, 'scripts/pack-vscode.ts'), folder], { cwd: ROOT });
  const { size } = await stat(join(folder, 'xdr-relay.vsix'));
  expect(size).toBeGreaterThan(50_000);
  expect(size).toBeLessThan(2_000_000);
});

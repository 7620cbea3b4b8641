/**
 * Packs the extension for VS Code: `editors/vscode/xdr-relay.vsix`. The packing tool is installed beside the extension when it is first
 * used; after that nothing is downloaded.
 *
 *   npm run pack:vscode
 *   node scripts/pack-vscode.ts FOLDER    a copy of editors/vscode
 */
import { execFile } from 'node:child_process';
import { access, copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleExtension } from './bundle-vscode.ts';
import { ROOT } from './root.ts';

const folder = resolve(process.argv[2] ?? join(ROOT, 'editors/vscode'));
const run = promisify(execFile);

await bundleExtension(join(folder, 'dist/extension.js'));
await copyFile(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
const tool = join(folder, 'node_modules/.bin/vsce');
const isInstalled = await access(tool).then(
  () => true,
  () => false,
);
if (!isInstalled) await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
const args = ['package', '--no-dependencies', '--allow-missing-repository', '--out', 'xdr-relay.vsix'];
const { stdout } = await run(tool, args, { cwd: folder });
console.log(stdout.trim());

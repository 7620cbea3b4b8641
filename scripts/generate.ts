/** `npm run generate`: writes everything that is generated, formatted as the linter wants it, and names the files that changed. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GENERATED } from './generated.ts';

const root = join(import.meta.dirname, '..');
const before = await Promise.all(GENERATED.map(({ path }) => read(path)));
for (const { path, text } of GENERATED) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), await text());
}
// Markdown is not formatted by Biome, and leaves it without a file to look at: --no-errors-on-unmatched.
execFileSync(
  process.execPath,
  [
    join(root, 'node_modules/@biomejs/biome/bin/biome'),
    'check',
    '--write',
    '--no-errors-on-unmatched',
    ...GENERATED.map(({ path }) => path),
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
);
const after = await Promise.all(GENERATED.map(({ path }) => read(path)));
const changed = GENERATED.filter((_, index) => before[index] !== after[index]);
for (const { path } of changed) console.log(`written: ${path}`);
if (changed.length === 0) console.log(`${GENERATED.length} files were up to date`);

async function read(path: string): Promise<string | undefined> {
  return readFile(join(root, path), 'utf8').catch(() => undefined);
}

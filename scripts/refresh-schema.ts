/**
 * Writes src/rules/schema/tables.ts anew:
 *
 *   node scripts/refresh-schema.ts environments.json        # of FalconForceTeam/KQLAnalyzer
 *   node scripts/refresh-schema.ts defender-docs/defender-xdr  # a clone of MicrosoftDocs/defender-docs
 */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fromEnvironments,
  fromMarkdown,
  renderModule,
  streamedTables,
  type Tables,
} from './schema-sources.ts';

const [source, date = new Date().toISOString().slice(0, 10)] = process.argv.slice(2);
if (source === undefined) {
  console.error(
    'usage: node scripts/refresh-schema.ts <environments.json | folder of *-table.md> [YYYY-MM-DD]',
  );
  process.exit(2);
}
const folder = (await stat(source)).isDirectory();
const { tables, missing } = streamedTables(
  folder ? await readDocs(source) : fromEnvironments(await readFile(source, 'utf8')),
);
const name = folder
  ? 'MicrosoftDocs/defender-docs, defender-xdr/advanced-hunting-*-table.md'
  : 'FalconForceTeam/KQLAnalyzer, environments.json';
const target = new URL('../src/rules/schema/tables.ts', import.meta.url);
await writeFile(target, renderModule(tables, name, date));
console.log(`${Object.keys(tables).length} tables written`);
if (missing.length > 0) console.log(`not in the source: ${missing.join(', ')}`);

async function readDocs(path: string): Promise<Tables> {
  const files = (await readdir(path)).filter((file) => file.endsWith('-table.md')).sort();
  const parsed = await Promise.all(
    files.map(async (file) => fromMarkdown(await readFile(join(path, file), 'utf8'))),
  );
  return Object.assign({}, ...parsed);
}

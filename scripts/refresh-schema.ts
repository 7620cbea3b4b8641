/**
 * Writes src/rules/schema/tables.ts anew, of one source or of several, of which a later one counts for the tables that it has:
 *
 *   node scripts/refresh-schema.ts environments.json             # of FalconForceTeam/KQLAnalyzer
 *   node scripts/refresh-schema.ts environments.json defender-docs/defender-xdr   # and a clone of MicrosoftDocs/defender-docs
 *
 * Columns that no source lists stand in src/rules/schema/seen.ts, which is written by hand.
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

const sources = process.argv.slice(2);
if (sources.length === 0) {
  console.error('usage: node scripts/refresh-schema.ts <environments.json | folder of *-table.md>...');
  process.exit(2);
}
const read = await Promise.all(sources.map(readSource));
const { tables, missing } = streamedTables(Object.assign({}, ...read.map((one) => one.tables)));
const target = new URL('../src/rules/schema/tables.ts', import.meta.url);
const date = new Date().toISOString().slice(0, 10);
await writeFile(target, renderModule(tables, read.map(({ name }) => name).join(', then '), date));
console.log(`${Object.keys(tables).length} tables written`);
if (missing.length > 0) console.log(`not in the source: ${missing.join(', ')}`);

async function readSource(path: string): Promise<{ readonly name: string; readonly tables: Tables }> {
  return (await stat(path)).isDirectory()
    ? {
        name: 'MicrosoftDocs/defender-docs, defender-xdr/advanced-hunting-*-table.md',
        tables: await readDocs(path),
      }
    : {
        name: 'FalconForceTeam/KQLAnalyzer, environments.json',
        tables: fromEnvironments(await readFile(path, 'utf8')),
      };
}

async function readDocs(path: string): Promise<Tables> {
  const files = (await readdir(path)).filter((file) => file.endsWith('-table.md')).sort();
  const parsed = await Promise.all(
    files.map(async (file) => fromMarkdown(await readFile(join(path, file), 'utf8'))),
  );
  return Object.assign({}, ...parsed);
}

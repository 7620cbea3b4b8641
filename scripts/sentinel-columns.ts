/**
 * Freezes the columns that the destination for Azure Monitor declares: `node scripts/sentinel-columns.ts 2027-03` prints the schema of today
 * as a further edition, a file `columns-2027-03.ts` beside the list of editions.
 *
 * An edition that was released is never changed: data collection rules were made from it, and Azure Monitor drops what they do not declare.
 */
import { columnType, type KustoType, shippedSchema } from '../src/rules/schema/index.ts';

const [edition = ''] = process.argv.slice(2);
if (!/^\d{4}-\d{2}$/.test(edition)) throw new Error('give the edition: year and month, such as 2026-11');

const TYPES: Readonly<Partial<Record<KustoType, string>>> = { int: 'int', long: 'long', real: 'real' };

function typeIn(type: KustoType): string {
  const named = TYPES[type] ?? columnType(type);
  return named === 'object' ? 'dynamic' : named;
}

/** `FileName InitiatingProcessFileName` for each type: a line of text takes a fifth of what an object does. */
function tableText(table: string): string {
  const columns = [...(shippedSchema.find(table)?.columns ?? [])];
  const types = Map.groupBy(columns, ([, type]) => typeIn(type));
  const members = [...types].map(([type, ones]) => `${type}: '${ones.map(([name]) => name).join(' ')}'`);
  return `  ${table}: { ${members.join(', ')} },\n`;
}

const text = `/** Made by scripts/sentinel-columns.ts; never changed: data collection rules were made from it. */
import type { EditionTables } from './stream-type.ts';

export const COLUMNS_${edition.replace('-', '_')}: EditionTables = {
${shippedSchema.tableNames.map(tableText).join('')}};
`;
process.stdout.write(text);

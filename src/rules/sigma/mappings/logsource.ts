/** Finds the mapping of a log source, and maps its fields to columns. */
import { nearest } from '../../../diagnostics/nearest.ts';
import { tableNames } from '../../schema/index.ts';
import { operatingSystemOf } from '../rendering/operating-system.ts';
import type { FieldMapper, FieldMapping, Logsource, LogsourceMapping, TableMapping } from '../types.ts';

const NAMES = ['category', 'product', 'service'] as const;

/** Products whose `service` or `category` names a table of Advanced Hunting, and whose fields are its columns. */
const NATIVE_PRODUCTS: ReadonlySet<string> = new Set([
  'm365defender',
  'microsoft365defender',
  'defender',
  'defenderxdr',
  'microsoftxdr',
  'azure',
]);

/**
 * The mapping that has the most names in common with a log source; among equals the later one, so that a user's mappings
 * override the shipped ones. If none fits, a log source of a Defender product names its table itself.
 */
export function findMapping(
  logsource: Logsource,
  mappings: readonly LogsourceMapping[],
): LogsourceMapping | undefined {
  let found = foundMappings.get(mappings);
  if (!found) {
    found = new Map();
    foundMappings.set(mappings, found);
  }
  const key = JSON.stringify(NAMES.map((name) => logsource[name]));
  const known = found.get(key);
  if (known) return known;
  const mapping = bestMapping(logsource, mappings) ?? nativeMapping(logsource);
  if (mapping) found.set(key, mapping);
  return mapping;
}

/** By the log source, what was found in a list of mappings: thousands of rules have some dozens of log sources. */
const foundMappings = new WeakMap<readonly LogsourceMapping[], Map<string, LogsourceMapping>>();

function bestMapping(
  logsource: Logsource,
  mappings: readonly LogsourceMapping[],
): LogsourceMapping | undefined {
  let best: LogsourceMapping | undefined;
  let bestScore = 1;
  for (const mapping of mappings) {
    const score = namesInCommon(mapping.logsource, logsource);
    if (score === undefined || score < bestScore) continue;
    best = mapping;
    bestScore = score;
  }
  return best;
}

/** How many names a mapping gives; undefined where the log source has another one. */
function namesInCommon(given: Logsource, logsource: Logsource): number | undefined {
  let count = 0;
  for (const name of NAMES) {
    const wanted = given[name];
    if (wanted === undefined) continue;
    const actual = logsource[name];
    if (actual !== wanted && actual?.toLowerCase() !== wanted.toLowerCase()) return undefined;
    count++;
  }
  return count;
}

/** Whether rules for a product name tables of Advanced Hunting directly. */
export function isNativeProduct(product: string | undefined): boolean {
  return product !== undefined && NATIVE_PRODUCTS.has(product.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

function nativeMapping(logsource: Logsource): LogsourceMapping | undefined {
  if (!isNativeProduct(logsource.product)) return undefined;
  for (const name of [logsource.service, logsource.category]) {
    const table =
      name === undefined ? undefined : tableOf(name, logsource.product?.toLowerCase() !== 'azure');
    if (table !== undefined) return { logsource, tables: [{ table, fields: {} }] };
  }
  return undefined;
}

/** A known table by its name in any letter case; for Defender's own products also an unknown table, which may be new. */
function tableOf(name: string, own: boolean): string | undefined {
  const known = tableNames.find((table) => table.toLowerCase() === name.toLowerCase());
  if (known !== undefined || !own) return known;
  return /^[A-Z][A-Za-z0-9]+$/.test(name) ? name : undefined;
}

/** Makes the function that maps the fields of a log source on one table. A field that the mapping does not list is a column's name. */
export function fieldMapper(table: TableMapping, { product }: Pick<Logsource, 'product'>): FieldMapper {
  const system = operatingSystemOf(product);
  return (field) => {
    const mapping = toMapping(Object.hasOwn(table.fields, field) ? table.fields[field] : field);
    const { products } = mapping ?? {};
    const isOthers = products !== undefined && !(system && products.includes(system));
    return isOthers ? { columns: [field] } : mapping;
  };
}

/** The fields of a mapping that a misspelt name may mean. Hundreds of rules may ask for one field that a table does not have. */
export function nearestFields(name: string, { fields }: TableMapping): readonly string[] {
  let found = foundFields.get(fields);
  if (!found) {
    found = new Map();
    foundFields.set(fields, found);
  }
  // The shipped mappings live as long as the process, and an editor compiles each name that is being written.
  if (found.size >= MOST_NAMES) found.clear();
  const names = found.get(name) ?? nearest(name, Object.keys(fields));
  found.set(name, names);
  return names;
}

/** Rules of SigmaHQ ask for some hundred fields that no table has. */
const MOST_NAMES = 1_000;
const foundFields = new WeakMap<TableMapping['fields'], Map<string, readonly string[]>>();

function toMapping(mapped: string | readonly string[] | FieldMapping | undefined): FieldMapping | undefined {
  if (mapped === undefined) return undefined;
  if (typeof mapped === 'string') return { columns: [mapped] };
  return isList(mapped) ? { columns: mapped } : mapped;
}

function isList(mapped: readonly string[] | FieldMapping): mapped is readonly string[] {
  return Array.isArray(mapped);
}

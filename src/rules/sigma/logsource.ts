import type { FieldMapper, FieldMapping, Logsource, LogsourceMapping, TableMapping } from './types.ts';

const NAMES = ['category', 'product', 'service'] as const;

/** The mapping that fits a log source best: most names in common; of equals the later one, so that a user's own win. */
export function findMapping(
  logsource: Logsource,
  mappings: readonly LogsourceMapping[],
): LogsourceMapping | undefined {
  let best: LogsourceMapping | undefined;
  let bestScore = 0;
  for (const mapping of mappings) {
    const given = NAMES.filter((name) => mapping.logsource[name] !== undefined);
    const fits = given.every((name) => mapping.logsource[name] === logsource[name]);
    if (fits && given.length >= Math.max(1, bestScore)) {
      best = mapping;
      bestScore = given.length;
    }
  }
  return best;
}

/** The fields of a log source on one table; those the mapping does not list are taken for columns. */
export function fieldMapper(table: TableMapping): FieldMapper {
  return (field) => {
    const mapped = Object.hasOwn(table.fields, field) ? table.fields[field] : field;
    return toMapping(mapped);
  };
}

function toMapping(mapped: string | readonly string[] | FieldMapping | undefined): FieldMapping | undefined {
  if (mapped === undefined) return undefined;
  if (typeof mapped === 'string') return { columns: [mapped] };
  return isList(mapped) ? { columns: mapped } : mapped;
}

function isList(mapped: readonly string[] | FieldMapping): mapped is readonly string[] {
  return Array.isArray(mapped);
}

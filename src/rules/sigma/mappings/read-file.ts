/** Reads a user's mapping file. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import type { Path } from '../../../diagnostics/path.ts';
import { checkRuleFile, type OpenRuleFile, openRuleFile, RULE_FILES } from '../../open-rule-file.ts';
import type { RuleFile } from '../../rule-file.ts';
import type { Schema } from '../../schema/index.ts';
import { unknownColumn, unknownTable, wrongActionType } from '../../unknown-names.ts';
import type { FieldMapping, LogsourceMapping } from '../types.ts';
import { type MappingFile, mappingFile } from './file-schema.ts';

type TableEntry = MappingFile['mappings'][number]['tables'][number];
type FieldEntry = TableEntry['fields'][string];

/** Reads a mapping file. Empty if its shape is wrong, which was reported. */
export function readMappings(
  source: RuleFile,
  schema: Schema,
  report: (diagnostic: Diagnostic) => void,
): LogsourceMapping[] {
  const file = openRuleFile(source, RULE_FILES.mapping, report);
  const content = file && checkRuleFile(file, mappingFile, file.data);
  if (!file || !content) return [];
  return content.mappings.map(({ logsource, tables }, index) => ({
    logsource: {
      ...(logsource.category === undefined ? {} : { category: logsource.category }),
      ...(logsource.product === undefined ? {} : { product: logsource.product }),
      ...(logsource.service === undefined ? {} : { service: logsource.service }),
    },
    tables: tables.map((entry, position) => {
      checkColumns(file, entry, schema, ['mappings', index, 'tables', position]);
      const fields = Object.entries(entry.fields).map(
        ([field, given]) => [field, fieldMapping(given)] as const,
      );
      return {
        table: schema.find(entry.table)?.table ?? entry.table,
        fields: Object.fromEntries(fields),
        ...(entry.where === undefined ? {} : { where: entry.where }),
      };
    }),
  }));
}

function fieldMapping(given: FieldEntry): string | readonly string[] | FieldMapping {
  if (typeof given === 'string' || Array.isArray(given)) return given;
  // zod leaves missing keys out instead of setting them to undefined, so the cast is safe.
  return { ...(given as Omit<FieldMapping, 'columns'>), columns: given.columns ?? [] };
}

function checkColumns(file: OpenRuleFile, entry: TableEntry, known: Schema, at: Path): void {
  const schema = known.find(entry.table);
  if (schema === undefined) {
    file.report({
      ...unknownTable(entry.table, known.tableNames),
      severity: 'warning',
      path: [...at, 'table'],
    });
    return;
  }
  const need = (name: string, path: Path, atKey = false) => {
    const column = name.split('.')[0] ?? name;
    if (schema.columns.has(column)) return;
    const mistake = unknownColumn(schema.table, column, didYouMean(column, schema.columns.keys()));
    file.report({ ...mistake, path: [...at, ...path], atKey });
  };
  for (const column of Object.keys(entry.where ?? {})) need(column, ['where', column], true);
  checkActionTypes(file, entry, schema.table, [...at, 'where', 'ActionType']);
  for (const [field, given] of Object.entries(entry.fields)) {
    const path = ['fields', field];
    if (typeof given === 'string') need(given, path);
    else if (Array.isArray(given)) for (const [i, name] of given.entries()) need(name, [...path, i]);
    else {
      for (const [i, name] of (given.columns ?? []).entries()) need(name, [...path, 'columns', i]);
      for (const [i, name] of (given.join?.columns ?? []).entries())
        need(name, [...path, 'join', 'columns', i]);
    }
  }
}

function checkActionTypes(file: OpenRuleFile, { where }: TableEntry, table: string, at: Path): void {
  for (const [index, name] of (where?.ActionType ?? []).entries()) {
    const mistake = wrongActionType(table, name);
    if (mistake) file.report({ ...mistake, severity: 'warning', path: [...at, index] });
  }
}

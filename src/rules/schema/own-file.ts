/** Reads `transforms/schema.yaml`: the tenant's own tables and columns, which `xdr-relay schema import` writes and people edit. */
import { z } from 'zod';
import type { Diagnostic, Mistake } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import { checkRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { RuleFile } from '../rule-file.ts';
import {
  KUSTO_TYPES,
  type KustoType,
  type Schema,
  shippedSchema,
  type TableSchema,
  typesConflict,
  withTables,
} from './index.ts';

/** The file's path in the folder of rule files. */
export const SCHEMA_FILE = 'schema.yaml';

/** Far more tables than any tenant has: a larger file is not a schema. */
export const MAX_TABLES = 1_000;
export const MAX_COLUMNS = 2_000;

/** Names that Kusto writes without brackets; all of Defender's names are like this. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Whether a table or a column may have this name. `__proto__` may not, because the YAML reader refuses it as a key. */
export function isName(text: string): boolean {
  return NAME.test(text) && text !== '__proto__';
}

const name = z.string().regex(NAME, 'a name of letters, digits and "_", such as DeviceEvents');

/** The shape of `schema.yaml`. */
export const schemaFile = z
  .strictObject({
    tables: z
      .record(
        name,
        z
          .record(name, z.enum(KUSTO_TYPES))
          .refine((columns) => Object.keys(columns).length <= MAX_COLUMNS, `at most ${MAX_COLUMNS} columns`)
          .describe('The columns of the table, each with its type.'),
      )
      .refine((tables) => Object.keys(tables).length <= MAX_TABLES, `at most ${MAX_TABLES} tables`)
      .describe('Tables by name. Everything that is not listed here comes from the shipped schema.'),
  })
  .describe("The tables and columns of your tenant, in addition to those of Microsoft's reference.");

/** The tables that the schema files name. Empty if there is no file, or if its shape is wrong, which was reported. */
export function readOwnTables(
  files: readonly RuleFile[],
  report: (diagnostic: Diagnostic) => void,
): readonly TableSchema[] {
  return files.flatMap((source) => {
    const file = openRuleFile(source, RULE_FILES.schema, report);
    const content = file && checkRuleFile(file, schemaFile, file.data);
    if (!file || !content) return [];
    return Object.entries(content.tables).map(([table, columns]): TableSchema => {
      const shipped = shippedSchema.find(table);
      const hint = shipped ? undefined : didYouMean(table, shippedSchema.tableNames);
      if (hint !== undefined) {
        const message = `"${table}" is a table of its own here, and nearly the name of a known one`;
        const path = ['tables', table];
        file.report({ severity: 'warning', code: 'unknown-table', path, atKey: true, message, hint });
      }
      const own = Object.entries(columns).map(([column, type]): [string, KustoType] => {
        const known = shipped?.columns.get(column);
        if (known !== undefined && typesConflict(known, type)) {
          const mistake = conflictingTypes(`${shipped?.table}.${column}`, type, known);
          file.report({ ...mistake, severity: 'warning', path: ['tables', table, column] });
        }
        return [column, mergedType(known, type)];
      });
      return { table: shipped?.table ?? table, columns: new Map(own) };
    });
  });
}

/** The shipped schema with the tenant's own tables added. */
export function ownSchema(files: readonly RuleFile[], report: (diagnostic: Diagnostic) => void): Schema {
  return withTables(shippedSchema, readOwnTables(files, report));
}

/** The message about a column whose type in a file conflicts with its type in the schema. */
export function conflictingTypes(column: string, type: KustoType, known: KustoType): Mistake {
  return {
    code: 'type-conflict',
    message: `${column} is ${type} here, but ${known} in the schema that is known`,
    hint: `the type in this file counts; where rows hold ${known}, remove the line`,
  };
}

/**
 * Keeps `string` for a column that the schema knows as a string and the file calls dynamic. The portal shows JSON as dynamic where
 * the stream writes a string, and `flatten` must know that it is a string, because it needs `parse_json` before it.
 */
function mergedType(known: KustoType | undefined, own: KustoType): KustoType {
  return known === 'string' && own === 'dynamic' ? 'string' : own;
}

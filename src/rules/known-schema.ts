/** Collects the tables and columns that rule files may name: the shipped schema, the tenant's schema file, and the table files. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { RuleFolder } from './folder.ts';
import { type Schema, withTables } from './schema/index.ts';
import { ownSchema } from './schema/own-file.ts';
import { type ParsedTable, parseTable } from './table/compile.ts';

export interface KnownSchema {
  readonly schema: Schema;
  /** The table files that passed the check of their shape. */
  readonly parsed: readonly ParsedTable[];
}

/** Reads the schema file and the table files, and reports their mistakes. */
export function knownSchema(folder: RuleFolder, report: (diagnostic: Diagnostic) => void): KnownSchema {
  const own = ownSchema(folder.schema, report);
  const parsed = folder.tables.flatMap((file) => parseTable(file, own, report) ?? []);
  return {
    schema: withTables(
      own,
      parsed.flatMap((table) => table.schema ?? []),
    ),
    parsed,
  };
}

/** Converts the filters and routes of a table file. */
import type { Program } from '../program.ts';
import type { RuleFile } from '../rule-file.ts';
import { parseTable } from '../table/compile.ts';
import { type Conversion, type ConvertContext, convertCondition } from './convert.ts';

/**
 * The rows that each filter of a table file drops, and those that each route with a condition takes.
 * @param program the compiled rule set that the file belongs to.
 */
export function convertTableFile(
  file: RuleFile,
  program: Program,
  context: ConvertContext,
): readonly Conversion[] {
  const name = parseTable(file, context.schema, () => {})?.table;
  const table = name === undefined ? undefined : program.tables.get(name.toLowerCase());
  if (!table) return [];
  const filters = table.filters.map(({ title, detection: { expression } }) => ({
    title: `Dropped by the filter "${title}"`,
    expression,
  }));
  const routes = table.routes.flatMap(({ to, rule, detection }) =>
    detection ? [{ title: rule?.title ?? `Routed to ${to}`, expression: detection.expression }] : [],
  );
  return [...filters, ...routes].map((one) =>
    convertCondition(
      { ...one, table: table.table, file: file.path, line: one.expression.span.line },
      context,
    ),
  );
}

/** Converts one Sigma rule, and runs rule and query on a row, for tests. */
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { assumedContext } from '../../../src/rules/assumed-context.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { type Conversion, convertRule } from '../../../src/rules/kql/convert.ts';
import { shippedSchema } from '../../../src/rules/schema/index.ts';
import { viewRecord } from '../../../src/rules/sigma/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { runQuery } from './evaluate.ts';
import { kustoOf } from './kusto.ts';

export const kusto = kustoOf(shippedSchema);

export interface Converted extends Conversion {
  /** The query without the comments above it. */
  readonly bare: string;
  readonly codes: readonly Diagnostic['code'][];
  /** Whether the rule matches a row of the table in the relay. */
  matches(table: string, row: JsonObject): boolean;
  /** Whether the query finds the row. */
  finds(table: string, row: JsonObject): boolean;
}

/**
 * Converts a rule that must compile.
 * @param detection the lines of `detection:`, not indented.
 * @param files other files of `transforms/`.
 */
export function converted(
  logsource: string,
  detection: string,
  files: Readonly<Record<string, string>> = {},
): Converted {
  const indented = detection.replace(/^/gm, '  ');
  const text = `title: T\nid: 4c0c33e5-1b3f-4b0c-8a4e-0c3f2d1b7a11\nlogsource: { ${logsource} }\ndetection:\n${indented}\nlevel: low\n`;
  const all = Object.entries({ 'detections/t.yml': text, ...files }).map(([path, content]) => ({
    path,
    text: content,
  }));
  const { compiledRules, diagnostics } = compileProgram(all, assumedContext(all));
  if (compiledRules.length === 0)
    throw new Error(`${text}\n${diagnostics.map(({ message }) => message).join('\n')}`);
  const conversion = convertRule(compiledRules, { schema: shippedSchema, now: 0, over: undefined });
  const { query } = conversion;
  let tree: ReturnType<typeof kusto.parse> | undefined;
  return {
    ...conversion,
    bare: query?.replace(/^\/\/.*\n/gm, '') ?? '',
    codes: conversion.diagnostics.map(({ code }) => code),
    matches: (table, row) =>
      compiledRules.some(
        (one) =>
          one.table === table &&
          one.detection.matches(viewRecord(row, one.sources)) &&
          !one.narrowings.some(
            ({ of, detection: narrowing }) =>
              narrowing.matches(viewRecord(row, one.sources)) === (of.kind === 'exception'),
          ),
      ),
    finds(table, row) {
      if (query === undefined) throw new Error('there is no query');
      tree ??= kusto.parse(query);
      return runQuery(tree, shippedSchema, { [table]: [row] }).length > 0;
    },
  };
}

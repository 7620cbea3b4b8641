/** Rules and rows of the tests of renderings: a rule of a log source as text, and whether it raises an alert on a row. */

import type { JsonObject } from '../../../../src/shared/json.ts';
import { compile as compileFiles, context } from '../../helpers.ts';

/** A rule with one selection, of a log source such as `product: windows, category: registry_set`. */
export function ruleOf(logsource: string, selection: string, condition = 'selection'): string {
  return `title: T\nlogsource: { ${logsource} }\ndetection:\n  selection: { ${selection} }\n  condition: ${condition}\nlevel: high\n`;
}

/** Whether the rule of a text raises its alert on a row, in a whole rule set as the relay runs it. */
export function raises(rule: string, table: string, row: JsonObject): boolean {
  const compiled = compileFiles({ 'detections/rule.yml': rule }, context);
  const verdict = compiled.evaluate(table, row);
  return verdict.kind === 'forwarded' && verdict.routes.some(({ rule }) => rule?.title === 'T');
}

/** What is wrong with a rule, as codes with their severity. */
export function findings(rule: string): readonly string[] {
  const { diagnostics } = compileFiles({ 'detections/rule.yml': rule }, context);
  return diagnostics.map(({ severity, code }) => `${severity} ${code}`);
}

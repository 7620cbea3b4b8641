import { compileRules } from '../../src/rules/index.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import type { RuleContext } from '../../src/rules/ruleset.ts';
import { rowOf } from '../../src/rules/testing/run.ts';
import type { Verdict } from '../../src/shared/event.ts';
import type { JsonObject } from '../../src/shared/json.ts';

export const context: RuleContext = {
  destinations: ['splunk', 'archive', 'soc-slack', 'hook'],
  defaultDestinations: ['splunk', 'archive'],
  alerts: [
    { levels: ['high', 'critical'], to: ['soc-slack', 'hook'] },
    { levels: ['medium', 'high'], to: ['hook'] },
  ],
  variables: { HASH_KEY: 'k'.repeat(32), SITE: 'zrh' },
};

/** `{ 'DeviceProcessEvents.yaml': '...' }` -> files. */
export function filesOf(texts: Readonly<Record<string, string>>): RuleFile[] {
  return Object.entries(texts).map(([path, text]) => ({ path, text }));
}

export function compile(texts: Readonly<Record<string, string>>, with_: RuleContext = context) {
  const { rules, diagnostics } = compileRules(filesOf(texts), with_);
  const told = diagnostics.map(
    ({ severity, code, file, span, message, hint }) =>
      `${file}:${span.line}:${span.column}+${span.length} ${severity} ${code}: ${message}${hint ? ` (${hint})` : ''}`,
  );
  const evaluate = (table: string, properties: JsonObject): Verdict => {
    if (!rules) throw new Error(told.join('\n'));
    return rules.evaluate(rowOf(table, properties));
  };
  return { rules, diagnostics, told, evaluate };
}

/** The routes of a verdict in short: `splunk`, `soc-slack!high:Title`. */
export function routesOf(verdict: Verdict): string[] {
  if (verdict.kind === 'filtered') return [`filtered: ${verdict.filter}`];
  return verdict.routes.map(
    ({ to, severity, rule }) => `${to}${severity ? `!${severity}` : ''}${rule ? `:${rule.title}` : ''}`,
  );
}

/** Compiles rule files as the relay needs them: a set with errors is none. */
import { compileRules } from '../../rules/index.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { RuleContext, RuleSet } from '../../rules/ruleset.ts';
import { RulesError } from './refusals.ts';

/** Compiles rule files. Throws {@link RulesError} if they have errors. */
export function compileOrThrow(files: readonly RuleFile[], context: RuleContext): RuleSet {
  const { rules, diagnostics } = compileRules(files, context);
  if (rules) return rules;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  throw new RulesError(errors, new Map(files.map(({ path, text }) => [path, text])));
}

/** Undefined if the files have errors. */
export function compiledOrNone(files: readonly RuleFile[], context: RuleContext): RuleSet | undefined {
  return compileRules(files, context).rules;
}

import type { CompiledRule, RuleEnvironment, SigmaRule } from './types.ts';

/** Compiles a rule for each table its `logsource` is found in. Empty when it can't run: the reasons were reported. */
export function compileRule(_rule: SigmaRule, _environment: RuleEnvironment): readonly CompiledRule[] {
  throw new Error('not built yet');
}

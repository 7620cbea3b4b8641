/** The entry to the rules: compiles rule files into a checked rule set. Pure: the host reads the files. */
import type { Row } from '../shared/event.ts';
import { compileProgram } from './compile.ts';
import { evaluate, tableOf } from './evaluate.ts';
import type { RuleFile } from './rule-file.ts';
import type { Compiled, RuleContext } from './ruleset.ts';

export type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
export { ENDS_SOON_MS, exceptionState, type ListedException } from './exceptions/ends.ts';
export type { RuleFile } from './rule-file.ts';
export type { Compiled, CorrelationRule, RuleContext, RuleSet } from './ruleset.ts';

/**
 * Checks and compiles the files of `transforms/`.
 *
 * Paths are relative to `transforms/`, with forward slashes: `<Table>.yaml`, `detections/**`, `exceptions/**`, `mappings/**`; `*.test.yaml`
 * is for `rules test` and ignored here. Never throws: mistakes in the files are in `diagnostics`.
 */
export function compileRules(files: readonly RuleFile[], context: RuleContext): Compiled {
  const { program, diagnostics } = compileProgram(files, context);
  const rules = program && {
    version: program.version,
    evaluate: (row: Row) => evaluate(program, row),
    dedupeWindow: (table: string) => tableOf(program, table).dedupe,
    rowLimits: (table: string) => tableOf(program, table).limits,
    shapes: program.shapes,
    correlations: program.correlations,
    exceptions: program.exceptions,
    lists: [...program.lists.values()],
    usesDevices: program.devices !== undefined,
  };
  return { rules, diagnostics };
}

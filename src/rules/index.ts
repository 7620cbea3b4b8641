/** The entry to the rules: compiles rule files into a checked rule set. Pure: the host reads the files. */
import type { Row } from '../shared/event.ts';
import { type ReadBy, tableUse } from './columns/reads.ts';
import type { TableUse } from './columns/use.ts';
import { compileProgram } from './compile.ts';
import { evaluate, tableOf } from './evaluate.ts';
import type { RuleFile } from './rule-file.ts';
import type { Compiled, RuleContext } from './ruleset.ts';
import type { CompiledRule } from './sigma/types.ts';

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
  const { program, diagnostics, schema, compiledRules } = compileProgram(files, context);
  const rules = program && {
    version: program.version,
    evaluate: (row: Row) => evaluate(program, row),
    dedupeWindow: (table: string) => tableOf(program, table).dedupe,
    rowLimits: (table: string) => tableOf(program, table).limits,
    shapes: program.shapes,
    correlations: program.correlations,
    exceptions: program.exceptions,
    lists: [...program.lists.values()],
    ...(context.knownDetections && { keptRules: keptOf(compiledRules) }),
    usesDevices: program.devices !== undefined,
    columnsOf: (table: string) => useOf(table, { program, schema, context }),
  };
  return { rules, diagnostics };
}

/** A rule is compiled for each table of its log source, and counts once. */
function keptOf(compiled: readonly CompiledRule[]): number {
  return new Set(compiled.flatMap(({ rule }) => (rule.kept ? [rule] : []))).size;
}

/** By rule set, what reads the columns of the tables that were asked about. */
const uses = new WeakMap<object, Map<string, TableUse>>();
/** Names of tables come out of rows: nobody is to fill the memory with them. */
const MOST_TABLES = 1_000;

function useOf(table: string, of: ReadBy): TableUse {
  const known = uses.get(of.program) ?? new Map<string, TableUse>();
  uses.set(of.program, known);
  const found = known.get(table) ?? tableUse(of, table);
  if (known.size < MOST_TABLES) known.set(table, found);
  return found;
}

/** Everything that `rules check` finds in a compiled set of rule files. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CompiledProgram } from './compile.ts';
import { type AgedList, agedLists, oldListWarnings } from './lists/age.ts';
import type { RuleFile } from './rule-file.ts';
import type { RuleContext } from './ruleset.ts';
import { collectTests, type RuleTest } from './testing/collect.ts';

/** What was found in a set of rule files. */
export interface CheckedFolder {
  /** Mistakes in rules, lists that are too old, mistakes in tests. */
  readonly diagnostics: readonly Diagnostic[];
  readonly lists: readonly AgedList[];
  readonly tests: readonly RuleTest[];
}

/** @param now ms since the epoch, by which lists are too old. */
export function checkFolder(
  files: readonly RuleFile[],
  context: RuleContext,
  compiled: CompiledProgram,
  now: number,
): CheckedFolder {
  const { tests, diagnostics } = collectTests(files, context, compiled.program);
  const lists = agedLists(compiled.lists.values(), files, now);
  const old = compiled.program ? oldListWarnings(lists) : [];
  return { diagnostics: [...compiled.diagnostics, ...old, ...diagnostics], lists, tests };
}

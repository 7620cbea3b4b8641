/** Runs the tests in rule files, as `rules test` does. Loaded when there is one. */
import type { Program } from '../../../src/rules/program.ts';
import type { RuleTest } from '../../../src/rules/testing/collect.ts';
import { runTest } from '../../../src/rules/testing/run.ts';
import type { TestOutcomes } from './messages.ts';

/** Failed tests that are shown. */
const MOST_SHOWN = 50;

export function testOutcomes(program: Program, tests: readonly RuleTest[]): TestOutcomes {
  const failed = tests.flatMap((test) => {
    const mismatches = runTest(program, test);
    return mismatches.length === 0 ? [] : [{ test, mismatches }];
  });
  return {
    total: tests.length,
    failed: failed.length,
    shown: failed.slice(0, MOST_SHOWN).map(({ test: { title, file, span }, mismatches }) => ({
      title,
      file,
      line: span.line,
      mismatches: mismatches.map(({ what, expected, actual }) => ({
        what,
        expected: JSON.stringify(expected),
        actual: JSON.stringify(actual),
      })),
    })),
  };
}

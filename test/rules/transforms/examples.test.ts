/** Each step has an example with a row, and does with it what the example says. */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { assumedContext } from '../../../src/rules/assumed-context.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { evaluate } from '../../../src/rules/evaluate.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { steps } from '../../../src/rules/transforms/index.ts';
import type { Step } from '../../../src/rules/transforms/step.ts';
import { frozen } from './run.ts';

/** What the whole engine makes of an example's row. */
function resultOf({ verb, example }: Step): unknown {
  const { table = 'DeviceProcessEvents', before = [], value, row, variables = {}, files = [] } = example;
  const text = stringify({ table, transform: [...before, { [verb]: value }] });
  const all = [...files, { path: `${table}.yaml`, text }];
  const { program, diagnostics } = compileProgram(all, { ...assumedContext(all), variables });
  expect(diagnostics).toEqual([]);
  if (!program) throw new Error('no program');
  const verdict = evaluate(program, rowOf(table, frozen(row)));
  return verdict.kind === 'forwarded' ? verdict.event : verdict;
}

describe('the examples of steps', () => {
  it.each(steps.map((step) => ({ verb: step.verb, step })))('$verb', ({ step }) => {
    const { row, result } = step.example;
    expect(resultOf(step)).toEqual(result);
    // The order of keys counts, too: `sort_keys` changes nothing else.
    expect(JSON.stringify(resultOf(step))).toBe(JSON.stringify(result));
    // An example shows an effect.
    expect(JSON.stringify(result)).not.toBe(JSON.stringify(row));
  });
});

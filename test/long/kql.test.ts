import { describe, expect, it } from 'vitest';
import { loadRuleFiles } from '../../src/hosts/node/rule-files.ts';
import { assumedContext } from '../../src/rules/assumed-context.ts';
import { compileProgram } from '../../src/rules/compile.ts';
import { convertRule } from '../../src/rules/kql/convert.ts';
import { kustoOf } from '../rules/kql/kusto.ts';

/** A checkout of SigmaHQ, whose rules are not part of this repository. */
const SIGMA = process.env.BENCH_SIGMA ?? '';

describe.skipIf(SIGMA === '')('SigmaHQ', () => {
  it('is converted, and Kusto takes every query', { timeout: 1_800_000 }, async () => {
    const found = await loadRuleFiles(SIGMA);
    const files = found.map(({ path, text }) => ({ path: `detections/${path}`, text }));
    const { compiledRules, schema } = compileProgram(files, assumedContext(files));
    const rules = [...Map.groupBy(compiledRules, ({ rule }) => rule).values()];
    const kusto = kustoOf(schema);
    const conversions = rules.map((one) => convertRule(one, { schema, now: 0, over: '30d' }));
    const problems = conversions.flatMap(({ file, query }) =>
      query === undefined ? [] : kusto.problems(query).map((problem) => `${file}: ${problem}`),
    );
    expect(problems).toEqual([]);
    const queries = conversions.filter(({ query }) => query !== undefined);
    expect(queries.length).toBeGreaterThan(0.99 * rules.length);
  });
});

import { describe, expect, it } from 'vitest';
import { loadRuleFiles } from '../../../src/hosts/node/rule-files.ts';
import { assumedContext } from '../../../src/rules/assumed-context.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { convertRule } from '../../../src/rules/kql/convert.ts';
import { convertCorrelation } from '../../../src/rules/kql/correlation.ts';
import { convertTableFile } from '../../../src/rules/kql/table-file.ts';
import { kusto } from './convert-one.ts';

describe('the shipped rules', () => {
  it('are converted, all but the correlation that wants an order, and Kusto takes every query', async () => {
    const files = await loadRuleFiles('transforms');
    const { program, compiledRules, correlations, schema } = compileProgram(files, assumedContext(files));
    if (!program) throw new Error('the shipped rules have mistakes');
    const context = { schema, now: 0, over: '30d' };
    const parts = { rules: compiledRules, program: correlations };
    const all = [
      ...[...Map.groupBy(compiledRules, ({ rule }) => rule).values()].map((one) => convertRule(one, context)),
      ...correlations.correlations.map(({ correlation }) => convertCorrelation(correlation, parts, context)),
      ...files.flatMap((file) =>
        /^[^/]+\.yaml$/.test(file.path) ? convertTableFile(file, program, context) : [],
      ),
    ];
    const problems = all.flatMap(({ query }) => (query === undefined ? [] : kusto.problems(query)));
    expect(problems).toEqual([]);
    const refused = all.filter(({ query }) => query === undefined).map(({ title }) => title);
    expect(refused).toEqual(['Password Guessed From the Internet']);
    expect(all.length).toBeGreaterThan(30);
  });
});

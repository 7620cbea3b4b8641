import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { codes, compile, detection, underlined } from '../support.ts';

const parts = `
selection_a:
  A: 1
selection_b:
  B: 1
filter_c:
  C: 1
_hidden:
  D: 1
`;

function truth(condition: string): (...columns: string[]) => boolean {
  const matches = detection(`${parts}condition: ${condition}`);
  return (...columns) => matches(Object.fromEntries(columns.map((column) => [column, 1])) as JsonObject);
}

describe('conditions (rules specification 2.1, "Condition")', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['selection_a', ['A', 'AB'], ['', 'B']],
    ['selection_a and selection_b', ['AB'], ['A', 'B']],
    ['selection_a or selection_b', ['A', 'B'], ['C', '']],
    ['not selection_a', ['', 'B'], ['A']],
    ['not not selection_a', ['A'], ['']],
    ['selection_a and not filter_c', ['A'], ['AC', '']],
    ['selection_a or selection_b and filter_c', ['A', 'BC'], ['B', 'C']],
    ['(selection_a or selection_b) and filter_c', ['AC', 'BC'], ['A', 'B', 'C']],
    ['not selection_a and selection_b', ['B'], ['AB', '']],
    ['not (selection_a and selection_b)', ['A', 'B', ''], ['AB']],
    ['1 of selection*', ['A', 'B'], ['C', 'D']],
    ['any of selection_*', ['A', 'B'], ['C', 'D']],
    ['all of selection*', ['AB'], ['A', 'B']],
    ['1 of them', ['A', 'B', 'C'], ['D', '']],
    ['all of them', ['ABC', 'ABCD'], ['AB', 'ABD']],
    ['1 of _h*', ['D'], ['A']],
    ['1 of selection* and not 1 of filter*', ['A', 'B'], ['AC', 'BC']],
    ['not 1 of filter* and all of *_b', ['B'], ['BC', 'A']],
    ['1 of *e*_a or filter_c', ['A', 'C'], ['B']],
    ['SELECTION', [], []],
  ])('%s', (condition, yes, no) => {
    if (yes.length === 0) {
      expect(codes(`${parts}condition: ${condition}`)).toEqual(['unknown-part']);
      return;
    }
    const matches = truth(condition);
    for (const columns of yes) expect([columns, matches(...columns)]).toEqual([columns, true]);
    for (const columns of no) expect([columns, matches(...columns)]).toEqual([columns, false]);
  });

  it('keywords of the condition are written in any case', () => {
    expect(truth('selection_a AND NOT filter_c')('A')).toBe(true);
    expect(truth('ALL OF selection_*')('A')).toBe(false);
  });

  it('a list of conditions is joined with OR', () => {
    const matches = truth('[selection_a and selection_b, filter_c]');
    expect(matches('C')).toBe(true);
    expect(matches('A', 'B')).toBe(true);
    expect(matches('A')).toBe(false);
  });

  it('the parts of "1 of" keep their own logic', () => {
    const matches = detection('sel_x: [{ A: 1, B: 1 }, { C: 1 }]\nsel_y: { D: 1 }\ncondition: 1 of sel_*');
    expect(matches({ A: 1 })).toBe(false);
    expect(matches({ A: 1, B: 1 })).toBe(true);
    expect(matches({ C: 1 })).toBe(true);
  });
});

describe('mistakes in conditions', () => {
  it.each([
    ['selection_a and', '', 'bad-condition'],
    ['and selection_a', 'and', 'bad-condition'],
    ['selection_a selection_b', 'selection_b', 'bad-condition'],
    ['(selection_a', '(', 'bad-condition'],
    ['selection_a)', ')', 'bad-condition'],
    ['selection_a or ()', ')', 'bad-condition'],
    ['2 of selection_*', '2', 'bad-condition'],
    ['1 of', 'of', 'bad-condition'],
    ['selection_*', 'selection_*', 'bad-condition'],
    ['selection_x', 'selection_x', 'unknown-part'],
    ['1 of nothing*', '1 of nothing*', 'unknown-part'],
    ['them', 'them', 'unknown-part'],
    ['selection_a | count() by B > 5', '| count() by B > 5', 'unsupported-aggregation'],
    ['selection_a | near selection_b', '| near selection_b', 'unsupported-aggregation'],
  ])('%s', (condition, token, code) => {
    const text = `${parts}condition: ${condition}`;
    const found = compile(text).diagnostics.filter(({ severity }) => severity === 'error');
    expect(found.map((diagnostic) => diagnostic.code)).toEqual([code]);
    for (const diagnostic of found) expect(underlined(text, diagnostic)).toBe(token);
  });

  it('a condition that is missing, empty, or no text', () => {
    expect(codes('s: { A: 1 }')).toEqual(['missing-key']);
    expect(compile('s: { A: 1 }\ncondtion: s').diagnostics).toMatchObject([
      { severity: 'warning', code: 'unknown-key', span: { line: 2 }, hint: 'did you mean "condition"?' },
      { severity: 'error', code: 'missing-key', message: '"condition" is missing in detection' },
    ]);
    expect(codes('s: { A: 1 }\ncondition:')).toEqual(['wrong-type']);
    expect(codes('s: { A: 1 }\ncondition: ""')).toEqual(['bad-condition']);
    expect(codes('s: { A: 1 }\ncondition: []')).toEqual(['out-of-range']);
    expect(codes('s: { A: 1 }\ncondition: { s: 1 }')).toEqual(['wrong-type']);
  });

  it('timeframe belonged to aggregations', () => {
    expect(codes('s: { A: 1 }\ntimeframe: 5m\ncondition: s')).toEqual(['unsupported-aggregation']);
  });

  it('nests up to a limit', () => {
    expect(codes(`s: { A: 1 }\ncondition: ${'('.repeat(100_000)}s`)).toEqual(['bad-condition']);
    expect(codes(`s: { A: 1 }\ncondition: ${'not '.repeat(10_000)}s`)).toEqual(['bad-condition']);
    expect(codes(`s: { A: 1 }\ncondition: ${'s or '.repeat(10_000)}s`)).toEqual([]);
  });

  it('a part that no condition uses is a warning', () => {
    expect(codes('s: { A: 1 }\nt: { B: 1 }\ncondition: s')).toEqual(['unused-part']);
  });
});

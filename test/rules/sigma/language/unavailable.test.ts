/** What a table does not hold is never true: what that means for each way of writing alternatives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldMapping } from '../../../../src/rules/sigma/index.ts';
import type { Expression, Unavailable } from '../../../../src/rules/sigma/language/expression.ts';
import { constantOf, isAlways, lossesOf } from '../../../../src/rules/sigma/language/unavailable.ts';
import { type Compilation, compile, sources, underlined, upTo, view } from '../support.ts';

const columns = { A: 'string', B: 'string', N: 'number', SHA256: 'string' } as const;
const fields: Record<string, FieldMapping> = {
  Gone: { columns: [], missing: 'nothing has it' },
  Hashes: { columns: ['SHA256'], convert: 'hashes' },
  EventID: { columns: ['A'], values: { '1': 'one' }, closed: true },
};

function compiled(text: string): Compilation {
  return compile(text, { columns, fields });
}

/** Code, severity and what is underlined. */
function told(text: string): string[] {
  return compiled(text).diagnostics.map(
    (one) => `${one.severity} ${one.code} ${underlined(text, one)}${one.effect ? ` ${one.effect}` : ''}`,
  );
}

function matches(text: string, row: Record<string, string>): boolean {
  const { detection, diagnostics } = compiled(text);
  if (!detection) throw new Error(JSON.stringify(diagnostics));
  return detection.matches(view(row));
}

describe('an alternative that cannot be found', () => {
  it.each([
    ['another part', 's: { A: x }\nt: { Nope: y }\ncondition: s or t', 'unknown-column Nope'],
    ['1 of', 's1: { A: x }\ns2: { Nope: y }\ncondition: 1 of s*', 'unknown-column Nope'],
    ['any of them', 's1: { A: x }\ns2: { Nope: y }\ncondition: any of them', 'unknown-column Nope'],
    ['a list of mappings', 's:\n  - A: x\n  - Nope: y\ncondition: s', 'unknown-column Nope'],
    ['a list of conditions', 's: { A: x }\nt: { Nope: y }\ncondition: [s, t]', 'unknown-column Nope'],
    ['a field without a column', 's:\n  - A: x\n  - Gone: y\ncondition: s', 'unmapped-field Gone'],
    ['a value', 's: { Hashes: [SHA256=x, IMPHASH=y] }\ncondition: s', 'unmappable-value IMPHASH=y'],
    ['an event id', 's: { EventID: [1, 2] }\nt: { A: x }\ncondition: s or t', 'unmappable-value 2'],
    ['a field to compare with', 's:\n  - A: x\n  - B|fieldref: Nope\ncondition: s', 'unknown-column Nope'],
    [
      'all of its values',
      's: { A: x }\nt: { Nope|contains|all: [y, z] }\ncondition: s or t',
      'unknown-column Nope',
    ],
    ['a number', 's: { A: x }\nt: { Nope|gte: 3 }\ncondition: s or t', 'unknown-column Nope'],
    ['what exists', 's: { A: x }\nt: { Nope|exists: true }\ncondition: s or t', 'unknown-column Nope'],
    ['null', 's: { A: x }\nt: { Nope: null }\ncondition: s or t', 'unknown-column Nope'],
  ])('%s is lost with a warning, and the rest matches', (_, text, expected) => {
    expect(told(text)).toEqual([`warning ${expected} lost-alternative`]);
    expect(compiled(text).diagnostics[0]?.message).toMatch(/: this alternative never matches$/);
    expect(compiled(text).detection?.matches(view({ A: 'x', SHA256: 'x' }))).toBe(true);
    expect(matches(text, { A: '', Nope: 'y', Gone: 'y', B: 'z' })).toBe(false);
  });

  it('a keyword beside it still matches', () => {
    const text = 's: [evil]\nt: { Nope: y }\ncondition: s or t';
    expect(told(text)).toEqual(['warning unknown-column Nope lost-alternative']);
    expect(matches(text, { B: 'an evil word' })).toBe(true);
  });
});

describe('under a not', () => {
  it.each([
    ['a filter', 's: { A: x }\nf: { Nope: y }\ncondition: s and not f', 'unknown-column Nope'],
    [
      'not 1 of',
      's: { A: x }\nf1: { B: q }\nf2: { Nope: y }\ncondition: s and not 1 of f*',
      'unknown-column Nope',
    ],
    [
      'not all of',
      's: { A: x }\nf1: { B: q }\nf2: { Nope: y }\ncondition: s and not all of f*',
      'unknown-column Nope',
    ],
    ['neq', 's: { A: x, Nope|neq: y }\ncondition: s', 'unknown-column Nope'],
    [
      'one field of a filter',
      's: { A: x }\nf: { B: q, Nope: y }\ncondition: s and not f',
      'unknown-column Nope',
    ],
    ['a hash', 's: { A: x }\nf: { Hashes: IMPHASH=1 }\ncondition: s and not f', 'unmappable-value IMPHASH=1'],
    [
      'three times not',
      's: { A: x }\nf: { Nope: y }\ncondition: s and not (not (not f))',
      'unknown-column Nope',
    ],
  ])('%s: the rule is wider, and the warning says so', (_, text, expected) => {
    expect(told(text)).toEqual([`warning ${expected} wider`]);
    expect(compiled(text).diagnostics[0]?.message).toMatch(
      /: the rule matches rows that this would exclude$/,
    );
    expect(matches(text, { A: 'x' })).toBe(true);
  });

  it('not not is an alternative again', () => {
    const text = 's: { A: x }\nf: { Nope: y }\ncondition: s or not (not f)';
    expect(told(text)).toEqual(['warning unknown-column Nope lost-alternative']);
  });

  it('what rows certainly never hold excludes nothing, and widens nothing', () => {
    const text = 's: { B: x }\nf: { EventID: 2 }\ncondition: s and not f';
    expect(told(text)).toEqual(['warning unmappable-value 2 lost-alternative']);
  });

  it('a part used both ways is told as what is worse', () => {
    const text = 's: { A: x }\nt: { B: z }\nf: { Nope: y }\ncondition: (s and not f) or (t and f)';
    expect(told(text)).toEqual(['warning unknown-column Nope wider']);
  });
});

describe('an error all the same', () => {
  it.each([
    ['nothing else', 's: { Nope: y }\ncondition: s', ['error unknown-column Nope']],
    ['all fields must hold', 's: { A: x, Nope: y }\ncondition: s', ['error unknown-column Nope']],
    ['all of', 's1: { A: x }\ns2: { Nope: y }\ncondition: all of s*', ['error unknown-column Nope']],
    [
      'all values',
      's: { Hashes|contains|all: [SHA256=a, IMPHASH=b] }\ncondition: s',
      ['error unmappable-value IMPHASH=b'],
    ],
    ['no value', 's: { EventID: [7, 8] }\ncondition: s', ['error unmappable-value EventID']],
    ['one value', 's: { EventID: 7 }\ncondition: s', ['error unmappable-value 7']],
    [
      'a filter alone would match everything',
      'f: { Nope: y }\ncondition: not f',
      ['error unknown-column Nope'],
    ],
    ['or not', 's: { A: x }\nf: { Nope: y }\ncondition: s or not f', ['error unknown-column Nope']],
    [
      'each alternative',
      's1: { Nope: y }\ns2: { Gone: z }\ncondition: 1 of s*',
      ['error unknown-column Nope', 'error unmapped-field Gone'],
    ],
  ])('%s', (_, text, expected) => {
    expect(told(text)).toEqual(expected);
    expect(compiled(text).detection).toBeUndefined();
  });

  it('a mistake beside it, both are told', () => {
    expect(told('s: { A|contian: x }\nt: { Nope: y }\ncondition: s or t')).toEqual([
      'error unsupported-modifier contian',
      'error unknown-column Nope',
    ]);
  });

  it('in filters and routes of table files, which are written for their table', () => {
    const text = 's: { A: x }\nt: { Nope: y }\ncondition: s or t';
    const { detection, diagnostics } = compile(text, { columns, fields, isStrict: true });
    expect(detection).toBeUndefined();
    expect(diagnostics).toMatchObject([{ severity: 'error', code: 'unknown-column' }]);
  });
});

it('an unused part warns of what it would lose', () => {
  expect(told('s: { A: x }\nt: { Nope: y }\ncondition: s')).toEqual([
    'warning unused-part t',
    'warning unknown-column Nope lost-alternative',
  ]);
});

it('explain shows what cannot be found, and why', () => {
  const { detection } = compiled('s: { A: x }\nt: { Nope|contains: y }\ncondition: s or t');
  expect(detection?.explain(view({ A: 'x' }))).toMatchObject({
    matched: true,
    children: [
      { label: 's', matched: true },
      {
        label: 't',
        matched: false,
        children: [
          { label: 'Nope|contains', matched: false, children: [{ label: 'TestTable has no column "Nope"' }] },
        ],
      },
    ],
  });
  expect(detection?.columns).toEqual(new Set(['A']));
  expect(detection?.matchedValues(view({ A: 'x', Nope: 'y' }))).toEqual([{ column: 'A', value: 'x' }]);
});

const span = { line: 1, column: 1, length: 1 };
const reason = { code: 'unknown-column', message: 'gone' } as const;
const present: Expression = { kind: 'field', source: sources.column('A'), values: [], label: 'A', span };
const leaf = fc.oneof(
  fc.constant(present),
  fc
    .boolean()
    .map((isCertain): Unavailable => ({ kind: 'unavailable', label: 'x', span, reason, isCertain })),
);
const tree = fc.letrec<{ node: Expression }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    tie('node').map((item): Expression => ({ kind: 'not', item, span })),
    tie('node').map((item): Expression => ({ kind: 'part', name: 'p', item, span })),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
      )
      .map(([kind, items]): Expression => ({ kind, items, span })),
  ),
})).node;

/** What an expression comes to where fields are one thing and what is not there another. */
function outcomeOf(expression: Expression, field: boolean, gone: (leaf: Unavailable) => boolean): boolean {
  switch (expression.kind) {
    case 'field':
      return field;
    case 'unavailable':
      return gone(expression);
    case 'part':
      return outcomeOf(expression.item, field, gone);
    case 'not':
      return !outcomeOf(expression.item, field, gone);
    case 'and':
      return expression.items.every((item) => outcomeOf(item, field, gone));
    case 'or':
      return expression.items.some((item) => outcomeOf(item, field, gone));
  }
}

it('a constant is what the expression comes to, whatever the rows hold', () => {
  fc.assert(
    fc.property(tree, (expression) => {
      const constant = constantOf(expression);
      if (constant === undefined) return;
      for (const field of [true, false]) expect(outcomeOf(expression, field, () => false)).toBe(constant);
      if (isAlways(expression)) {
        expect(outcomeOf(expression, false, ({ isCertain }) => !isCertain)).toBe(true);
      }
    }),
    upTo(1000),
  );
});

it('a rule without losses means the same, whatever is missing', () => {
  fc.assert(
    fc.property(tree, fc.boolean(), (expression, field) => {
      const open = lossesOf(expression).filter(({ of }) => !of.isCertain);
      if (open.length > 0) return;
      const hidden = (leaf: Unavailable) => !leaf.isCertain;
      expect(outcomeOf(expression, field, hidden)).toBe(outcomeOf(expression, field, () => false));
    }),
    upTo(1000),
  );
});

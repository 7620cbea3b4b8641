import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCounter, parseDocument, type YAMLMap } from 'yaml';
import {
  type CompiledDetection,
  compileDetection,
  type RecordView,
} from '../../../../src/rules/sigma/index.ts';
import type { Expression, TextMode, ValueTest } from '../../../../src/rules/sigma/language/expression.ts';
import { fold } from '../../../../src/rules/sigma/language/fold.ts';
import { AnyOf } from '../../../../src/rules/sigma/match/any-of.ts';
import { Candidates } from '../../../../src/rules/sigma/match/candidates.ts';
import { GramIndex } from '../../../../src/rules/sigma/match/gram-index.ts';
import { learnLikelihood } from '../../../../src/rules/sigma/match/likelihood.ts';
import { buildMatcher } from '../../../../src/rules/sigma/match/matcher.ts';
import { allNeeds } from '../../../../src/rules/sigma/match/needs.ts';
import { requirementsOf } from '../../../../src/rules/sigma/match/requirements.ts';
import { testValue } from '../../../../src/rules/sigma/match/test-value.ts';
import type { JsonObject, JsonValue } from '../../../../src/shared/json.ts';
import { processorMs } from '../../../support/processor-time.ts';
import { sources, upTo, view } from '../support.ts';
import { buildPlainMatcher } from './plain-matcher.ts';

const LOST = 'asks for what is not there';

/** Compiles detections; those of which nothing can match, because all of it asks for the field `Lost`, are left out. */
function compileAll(detections: readonly unknown[]): CompiledDetection[] {
  return detections.flatMap((value) => {
    const lines = new LineCounter();
    const document = parseDocument(JSON.stringify(value), { lineCounter: lines });
    const problems: string[] = [];
    const compiled = compileDetection(document.contents as YAMLMap, {
      file: 'rule.yml',
      lines,
      columns: undefined,
      sources,
      variables: { name: ['ab', 'b*'] },
      mapField: (name) => (name === 'Lost' ? undefined : { columns: [name] }),
      report: ({ severity, code, message }) =>
        severity === 'error' && problems.push(code === 'unmapped-field' ? LOST : message),
    });
    if (problems.length > 0 && problems.every((problem) => problem === LOST)) return [];
    if (!compiled) throw new Error(`${problems.join('; ')}: ${JSON.stringify(value)}`);
    return compiled;
  });
}

/** The plainest reading of an expression: no lists merged, nothing reordered, no sets and no automata. */
function evaluatePlainly(expression: Expression, record: RecordView): boolean {
  switch (expression.kind) {
    case 'unavailable':
      return false;
    case 'part':
      return evaluatePlainly(expression.item, record);
    case 'not':
      return !evaluatePlainly(expression.item, record);
    case 'and':
      return expression.items.every((item) => evaluatePlainly(item, record));
    case 'or':
      return expression.items.some((item) => evaluatePlainly(item, record));
    case 'field': {
      const { source } = expression;
      return expression.values.some(({ test }) => {
        if (source.kind === 'column' && test.kind === 'null')
          return (record.value(source.path) ?? null) === null;
        if (source.kind === 'column' && test.kind === 'exists')
          return record.value(source.path) !== undefined;
        return testValue(test, view(record.properties).texts(source), record);
      });
    }
  }
}

const units = [
  'a',
  'b',
  'A',
  'B',
  '\\',
  '.',
  '-',
  '/',
  ' ',
  '1',
  'ß',
  'k',
  '\u212a',
  'Σ',
  'ς',
  'İ',
  '–',
  '😀',
  '𐐀',
  '𐐨',
  'é',
  'É',
];
const word = fc.string({ unit: fc.constantFrom(...units), maxLength: 5 });
const longer = fc.string({ unit: fc.constantFrom(...units), maxLength: 24 });
const pattern = fc.string({ unit: fc.constantFrom(...units, '*', '?', '\\*'), maxLength: 6 });
const column = fc.constantFrom('A', 'B', 'C', 'D.e', 'J.k', 'Lost');

const scalar = fc.oneof(pattern, fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constant(null));
const textKey = fc
  .tuple(
    column,
    fc.constantFrom(
      '',
      '|contains',
      '|startswith',
      '|endswith',
      '|cased',
      '|contains|cased',
      '|windash|contains',
      '|neq',
    ),
  )
  .map(([name, modifiers]) => name + modifiers);
const field = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(textKey, fc.oneof(pattern, fc.array(pattern, { minLength: 1, maxLength: 7 }))),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(column, fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 4 }))),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      column.map((name) => `${name}|contains|all`),
      fc.array(pattern, { minLength: 2, maxLength: 3 }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      column.map((name) => `${name}|exists`),
      fc.boolean(),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      column.map((name) => `${name}|gte`),
      fc.integer({ min: 0, max: 3 }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      column.map((name) => `${name}|fieldref`),
      column,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      column.map((name) => `${name}|expand|contains`),
      fc.constantFrom('%name%', 'a%name%'),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.tuple(column, fc.constantFrom('|re', '|re|i')).map((parts) => parts.join('')),
      fc.constantFrom(
        'a+b',
        '^ab',
        'b$',
        'a.*b',
        '(?:a|b)1',
        'a?b1',
        '[ab]-1',
        'ab',
        '\\.a',
        'ς|a',
        'K',
        '(ab)?1-',
      ),
    ),
  },
);
const map = fc.array(field, { minLength: 1, maxLength: 3 }).map((fields) => Object.fromEntries(fields));
const part = fc.oneof(
  { weight: 6, arbitrary: map },
  { weight: 2, arbitrary: fc.array(map, { minLength: 1, maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.array(
      pattern.filter((text) => text !== ''),
      { minLength: 1, maxLength: 3 },
    ),
  },
);
const condition = fc.constantFrom(
  's1',
  's1 and s2',
  's1 or s2',
  's1 and not s2',
  'not s1',
  '1 of s*',
  'all of s*',
  's3 and (s1 or s2)',
  '(s1 and not s2) or (s3 and s2)',
  'not 1 of s*',
  's1 or not (s2 and s3)',
);
const rule = fc.record({ s1: part, s2: part, s3: part, condition });

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: longer },
  { weight: 2, arbitrary: word },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.array(word, { maxLength: 3 }) },
);
const row: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      A: value,
      B: value,
      C: value,
      D: fc.record({ e: value }),
      J: fc.record({ k: value }).map((inner) => JSON.stringify(inner)),
    },
    { requiredKeys: [] },
  )
  .map((found): JsonObject => ({ ...found }));

describe('the indexed engine', () => {
  it('builds the index of a table for its first row', () => {
    const [detection] = compileAll([{ a: { Name: 'x' }, condition: 'a' }]);
    if (!detection) throw new Error('no detection');
    let looked = 0;
    const watched = Object.defineProperty({ ...detection }, 'expression', {
      get() {
        looked += 1;
        return detection.expression;
      },
    });
    const matcher = buildMatcher([watched]);
    expect(looked).toBe(0);
    expect(matcher.match(view({ Name: 'x' }))).toEqual([0]);
    const first = looked;
    expect(first).toBeGreaterThan(0);
    expect(matcher.match(view({ Name: 'x' }))).toEqual([0]);
    expect(looked).toBe(first);
  });

  it('agrees with trying rules one by one, and with the plainest evaluation', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 12 }),
        fc.array(row, { minLength: 1, maxLength: 12 }),
        (rules, rows) => {
          const detections = compileAll(rules);
          const indexed = buildMatcher(detections);
          const plain = buildPlainMatcher(detections);
          for (const properties of rows) {
            const expected = detections.flatMap(({ expression }, position) =>
              evaluatePlainly(expression, view(properties)) ? [position] : [],
            );
            expect(plain.match(view(properties))).toEqual(expected);
            expect(indexed.match(view(properties))).toEqual(expected);
            for (const [position, detection] of detections.entries()) {
              const record = view(properties);
              expect(detection.explain(record).matched).toBe(expected.includes(position));
              if (!expected.includes(position)) expect(detection.matchedValues(record)).toEqual([]);
            }
          }
        },
      ),
      upTo(200),
    );
  });

  it('agrees on lists long enough for sets and automata', () => {
    const mode = fc.constantFrom('', '|contains', '|startswith', '|endswith', '|contains|cased', '|cased');
    const list = fc.array(fc.oneof(pattern, longer), { minLength: 5, maxLength: 90 });
    fc.assert(
      fc.property(
        mode,
        list,
        fc.array(longer, { minLength: 1, maxLength: 8 }),
        (modifiers, values, texts) => {
          const [detection] = compileAll([{ s: { [`A${modifiers}`]: values }, condition: 's' }]);
          if (!detection) return;
          const indexed = buildMatcher([detection]);
          for (const A of texts) {
            const expected = evaluatePlainly(detection.expression, view({ A }));
            expect(detection.matches(view({ A }))).toBe(expected);
            expect(indexed.match(view({ A }))).toEqual(expected ? [0] : []);
          }
        },
      ),
      upTo(200),
    );
  });

  it('finds literals of any length where they are', () => {
    const text = fc.string({ unit: fc.constantFrom(...units), minLength: 9, maxLength: 60 });
    fc.assert(
      fc.property(
        text,
        fc.nat(),
        fc.nat(),
        fc.constantFrom('contains', 'startswith', 'endswith'),
        (A, from, size, mode) => {
          const points = [...A];
          const length = 1 + (size % points.length);
          const start =
            mode === 'startswith'
              ? 0
              : mode === 'endswith'
                ? points.length - length
                : from % (points.length - length + 1);
          const literal = points
            .slice(start, start + length)
            .join('')
            .replaceAll('\\', '\\\\')
            .toUpperCase();
          if (fold(literal) !== fold(literal.toLowerCase())) return;
          const [detection] = compileAll([{ s: { [`A|${mode}`]: literal }, condition: 's' }]);
          if (!detection?.matches(view({ A }))) return;
          expect(buildMatcher([detection]).match(view({ A }))).toEqual([0]);
        },
      ),
      upTo(1000),
    );
  });

  it('handles one rule with 1,093 values, and the same rule twice', () => {
    const values = Array.from({ length: 1093 }, (_, i) => `driver-${i}.sys`);
    const one = { s: { 'A|endswith': values }, condition: 's' };
    const two = { s: { 'A|contains': values }, condition: 's' };
    const matcher = buildMatcher(compileAll([one, two, one]));
    expect(matcher.match(view({ A: 'C:\\DRIVER-1092.SYS' }))).toEqual([0, 1, 2]);
    expect(matcher.match(view({ A: 'driver-7.sys.bak' }))).toEqual([1]);
    expect(matcher.match(view({ A: 'driver-1093.sys' }))).toEqual([]);
  });

  it('never throws, whatever the row holds', () => {
    const keys = ['A', 'B', 'A.b', '__proto__', 'constructor', 'toString'];
    const tests = [
      '',
      '|contains',
      '|re',
      '|cidr',
      '|gt',
      '|hour',
      '|fieldref',
      '|exists',
      '|neq',
      '|cased|startswith',
    ];
    const values: Record<string, unknown> = {
      '|cidr': '10.0.0.0/8',
      '|gt': 1,
      '|hour': 1,
      '|exists': true,
      '|re': 'a.b',
    };
    const detections = compileAll([
      { k: ['x', 'a*b'], condition: 'k' },
      ...keys.flatMap((key) =>
        tests.map((test) => ({ s: { [`${key}${test}`]: values[test] ?? 'a' }, condition: 's' })),
      ),
    ]);
    const matcher = buildMatcher(detections);
    const row = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), fc.jsonValue({ maxDepth: 6 }));
    fc.assert(
      fc.property(row, (found) => {
        const properties = JSON.parse(JSON.stringify(found)) as JsonObject;
        const matched = matcher.match(view(properties));
        expect(matched).toEqual(buildPlainMatcher(detections).match(view(properties)));
        for (const detection of detections) {
          const record = view(properties);
          expect(detection.explain(record).matched).toBe(detection.matches(record));
          detection.matchedValues(record);
        }
      }),
      upTo(250),
    );
  });

  it('without rules matches nothing', () => {
    expect(buildMatcher([]).match(view({ A: 'x' }))).toEqual([]);
  });
});

describe('GramIndex', () => {
  const mode = fc.constantFrom<TextMode>('equals', 'contains', 'startswith', 'endswith');

  it('misses no pattern and visits each at most once', () => {
    const literal = fc.oneof(word, longer).filter((text) => text !== '');
    const patterns = fc.array(fc.record({ literal: literal.map(fold), mode }), {
      minLength: 1,
      maxLength: 20,
    });
    const text = fc.oneof(
      longer,
      fc.tuple(longer, longer, fc.nat(30)).map(([a, b, n]) => a.repeat(n) + b),
    );
    fc.assert(
      fc.property(patterns, text, fc.nat(), (given, haystack, seed) => {
        // One of the patterns is made to be there.
        const chosen = given[seed % given.length]?.literal ?? '';
        const index = new GramIndex(given);
        for (const whole of [haystack, haystack + chosen.toUpperCase(), chosen + haystack, chosen]) {
          const found: number[] = [];
          index.scan(whole, (id) => found.push(id));
          expect(new Set(found).size).toBe(found.length);
          for (const [id, pattern] of given.entries()) {
            const test: ValueTest = { kind: 'text', ...pattern, cased: false };
            if (testValue(test, [whole], view({})))
              expect([pattern, found.includes(id)]).toEqual([pattern, true]);
          }
        }
      }),
      upTo(1000),
    );
  });

  it('takes linear time on a text made to mislead it', () => {
    const patterns = Array.from({ length: 500 }, (_, i) => ({
      literal: `aaaa${i}`,
      mode: 'contains' as const,
    }));
    const index = new GramIndex(patterns);
    const start = processorMs();
    index.scan('a'.repeat(1_000_000), () => {});
    expect(processorMs() - start).toBeLessThan(2000);
  });

  it('AnyOf finds exactly what is there', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), longer, (literals, text) => {
        expect(new AnyOf(literals).test(text)).toBe(literals.some((literal) => text.includes(literal)));
      }),
      upTo(1000),
    );
  });
});

describe('what a rule is known by', () => {
  const names = Array.from({ length: 300 }, (_, n) => `Invoke-Tool${n}x`);

  /** How many of the detections a row makes the matcher try. */
  function tried(detections: readonly unknown[], row: JsonObject): number {
    const compiled = compileAll(detections);
    const likelihood = learnLikelihood((visit) => {
      for (const { expression } of compiled) allNeeds(expression, visit);
    });
    return new Candidates(compiled, requirementsOf(compiled, likelihood)).of(view(row));
  }

  it('is a long list of literals, and not the kind of event that half of the rules are for', () => {
    const listed = [1, 2, 3].map(() => ({
      s: { ActionType: 'PowerShellCommand', 'Command|contains': names },
      condition: 's',
    }));
    const others = Array.from({ length: 200 }, (_, n) => ({
      s: { ActionType: 'PowerShellCommand', 'Command|contains': `other-thing-${n}` },
      condition: 's',
    }));
    const rules = [...listed, ...others];
    expect(tried(rules, { ActionType: 'PowerShellCommand', Command: 'Get-ChildItem C:\\' })).toBe(0);
    expect(tried(rules, { ActionType: 'PowerShellCommand', Command: 'invoke-tool77x -a' })).toBe(3);
  });

  it('is its list, and not a seldom named value that nearly every row has', () => {
    const rule = {
      s: { Company: 'Microsoft Corporation', 'Image|endswith': ['\\csi.exe', '\\rcsi.exe'] },
      condition: 's',
    };
    expect(tried([rule], { Company: 'Microsoft Corporation', Image: 'C:\\Windows\\x.exe' })).toBe(0);
    expect(tried([rule], { Company: 'Microsoft Corporation', Image: 'C:\\Windows\\csi.exe' })).toBe(1);
  });

  it('is the kind of event where few rules are for it', () => {
    const rule = { s: { ActionType: 'UserAccountCreated', 'Name|contains': ['ab', 'cd'] }, condition: 's' };
    expect(tried([rule], { ActionType: 'UserAccountCreated', Name: 'x' })).toBe(1);
    expect(tried([rule], { ActionType: 'Other', Name: 'abcd' })).toBe(0);
  });

  it('is two things where many rows have either', () => {
    const rule = { s: { 'Image|endswith': '\\cmd.exe', 'Command|contains': ' /c' }, condition: 's' };
    expect(tried([rule], { Image: 'C:\\Windows\\cmd.exe', Command: 'cmd' })).toBe(0);
    expect(tried([rule], { Image: 'C:\\Windows\\x.exe', Command: 'x /c' })).toBe(0);
    expect(tried([rule], { Image: 'C:\\Windows\\cmd.exe', Command: 'cmd /C dir' })).toBe(1);
  });

  it('is not what only one rule would have a column read for', () => {
    const rules = Array.from({ length: 20 }, (_, n) => ({
      s: { 'Command|contains': `word-${n}-x` },
      condition: 's',
    }));
    const rule = { s: { 'Command|contains': 'who-am-i', 'Rare.Field.Path': 'one' }, condition: 's' };
    expect(tried([...rules, rule], { Command: 'who-am-i', Rare: { Field: { Path: 'two' } } })).toBe(1);
  });
});

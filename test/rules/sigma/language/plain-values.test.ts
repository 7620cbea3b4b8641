/** The short way of compiling strings on one column, against the way that compiles them value by value. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { Expression, Token } from '../../../../src/rules/sigma/language/expression.ts';
import { parseKey } from '../../../../src/rules/sigma/language/field-key.ts';
import { fieldScope, type MappedField } from '../../../../src/rules/sigma/language/field-scope.ts';
import { compileValue } from '../../../../src/rules/sigma/language/field-value.ts';
import { type Given, readValues } from '../../../../src/rules/sigma/language/given.ts';
import { anyOf, linked } from '../../../../src/rules/sigma/language/link.ts';
import type { ModifierPlan } from '../../../../src/rules/sigma/language/modifiers.ts';
import { plainValues } from '../../../../src/rules/sigma/language/plain-values.ts';
import { MANY, normalise, ONE, parseText } from '../../../../src/rules/sigma/language/text.ts';
import { literalTest, textAlternatives, textTests } from '../../../../src/rules/sigma/language/values.ts';
import type { FieldMapping } from '../../../../src/rules/sigma/types.ts';
import { runs } from '../../../support/runs.ts';
import { schemaColumns, sources } from '../support.ts';

interface Field {
  readonly given: readonly Given[];
  readonly field: MappedField;
}

function fieldOf(key: string, values: unknown, mapping: FieldMapping): Field {
  const lines = new LineCounter();
  const document = parseDocument(JSON.stringify({ [key]: values }), { lineCounter: lines });
  const [pair] = isMap(document.contents) ? document.contents.items : [];
  if (!pair || !isScalar(pair.key)) throw new Error('no field');
  const context = {
    file: 'rule.yml',
    lines,
    columns: schemaColumns('DeviceProcessEvents'),
    variables: {},
    sources,
    report: () => {},
  };
  const parsed = parseKey(pair.key, context);
  if (!parsed) throw new Error(`no such field: ${key}`);
  return {
    given: readValues(pair.value as Node | null, pair.key),
    field: { ...fieldScope(parsed, context), mapping },
  };
}

function valueByValue({ given, field }: Field): Expression | undefined {
  const items = given.map((value) => compileValue(value, field)).filter((item) => item !== undefined);
  if (items.length < given.length) return undefined;
  return field.key.plan.all ? linked('and', items, field.span) : anyOf(items, field.span);
}

const text = fc.oneof(
  fc.array(fc.constantFrom('\\', '*', '?', 'a', 'Z', 'İ', 'Σ', '-', '/', ' ', '%', '😀'), { maxLength: 6 }),
  fc.array(fc.string({ maxLength: 3 }), { maxLength: 2 }),
);
const value = fc.oneof(
  text.map((parts) => parts.join('')),
  fc.integer(),
  fc.boolean(),
);
const modifiers = fc.constantFrom(
  '',
  '|contains',
  '|startswith',
  '|endswith',
  '|contains|all',
  '|all',
  '|cased',
  '|contains|cased',
  '|endswith|all|cased',
);
const PLAN: ModifierPlan = {
  comparison: { kind: 'text' },
  steps: [],
  all: false,
  cased: false,
  negated: false,
  expand: false,
};
const PLAIN: readonly FieldMapping[] = [
  { columns: ['FileName'] },
  { columns: ['ProcessCommandLine'], approximate: 'nearly', products: ['windows'] },
  { columns: ['FolderPath'], join: { columns: ['FolderPath', 'FileName'], with: '\\' } },
];

/** A Sigma string, character by character. */
function tokensOf(raw: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...raw];
  while (characters.length > 0) {
    const character = characters.shift() ?? '';
    const [next] = characters;
    if (character === '*') tokens.push(MANY);
    else if (character === '?') tokens.push(ONE);
    else if (character === '\\' && (next === '*' || next === '?' || next === '\\'))
      tokens.push(characters.shift() ?? '');
    else tokens.push(character);
  }
  return tokens;
}

describe('strings without wildcards', () => {
  it('are tested as those are that are read character by character', () => {
    fc.assert(
      fc.property(value, fc.constantFrom('contains', 'startswith', 'endswith', undefined), (given, place) => {
        const raw = String(given);
        expect(normalise(parseText(raw))).toEqual(normalise(tokensOf(raw)));
        const before = place === 'contains' || place === 'endswith' ? [MANY] : [];
        const behind = place === 'contains' || place === 'startswith' ? [MANY] : [];
        const tokens = normalise([...before, ...tokensOf(raw), ...behind]);
        const steps = place === undefined ? [] : [place];
        const plan = { ...PLAN, steps };
        expect(textAlternatives(raw, plan)).toEqual([tokens]);
        for (const cased of [true, false]) {
          const literal = literalTest(raw, place, cased);
          if (literal) expect([literal]).toEqual(textTests(tokens, cased));
          else expect(raw === '' || /[*?]|\\\\/.test(raw)).toBe(true);
        }
      }),
      { numRuns: runs(250) },
    );
  });
});

describe('strings on one column', () => {
  it('compile to what they compile to value by value', () => {
    fc.assert(
      fc.property(
        modifiers,
        fc.array(value, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...PLAIN),
        (chain, values, mapping) => {
          const field = fieldOf(`Field${chain}`, values, mapping);
          const plain = plainValues(field.given, field.field);
          expect(plain).toBeDefined();
          expect(plain).toEqual(valueByValue(field));
        },
      ),
      { numRuns: runs(250) },
    );
  });

  it.each<[string, string, unknown, FieldMapping]>([
    ['null', 'F', [null], { columns: ['FileName'] }],
    ['encodings', 'F|base64offset|contains', ['a'], { columns: ['FileName'] }],
    ['regular expressions', 'F|re', ['a'], { columns: ['FileName'] }],
    ['placeholders', 'F|expand', ['%a%'], { columns: ['FileName'] }],
    ['several columns', 'F', ['a'], { columns: ['FileName', 'FolderPath'] }],
    ['addresses, which have several spellings', 'F', ['::1'], { columns: ['RemoteIP'] }],
    ['columns with other names for values', 'F', ['1'], { columns: ['ActionType'], values: { '1': 'A' } }],
    ['words with several spellings', 'F', ['a'], { columns: ['FileName'], replace: { a: ['b'] } }],
    ['columns with a prefix', 'F', ['a'], { columns: ['FileName'], prefix: 'x' }],
    ['hashes', 'F', ['MD5=a'], { columns: ['MD5'], convert: 'hashes' }],
    ['keywords', '', ['a'], { columns: [] }],
  ])('leave %s to the other way', (_, key, values, mapping) => {
    const { given, field } = fieldOf(key, values, mapping);
    expect(plainValues(given, field)).toBeUndefined();
  });
});

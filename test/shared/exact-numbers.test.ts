import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber } from '../../src/shared/exact-number.ts';
import { parseExact } from '../../src/shared/exact-numbers.ts';
import { isJsonObject } from '../../src/shared/json.ts';

/** Numbers as JSON may write them: what a double changes among those that it does not. */
const number = fc.oneof(
  fc.constantFrom('0', '-0', '-0.0', '-0e7', '1e400', '-1e400', '1E+400', '1e-400', '0.0000000000000001'),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.integer().map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => JSON.stringify(value)),
);

/** JSON text of any shape, with spaces between its parts. */
const { value: json } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null', '"-0"', '": -0"', '"9007199254740993"'),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(' , ')}]`),
  object: fc
    .uniqueArray(fc.tuple(fc.string(), tie('value')), { maxLength: 5, selector: ([key]) => key })
    .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(`k${key}`)}: ${value}`).join(',\t')}}`),
}));

/** Every number of a JSON text in order, as it is written. Strings are skipped. */
function numbersIn(text: string): string[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)]
    .map(([token]) => token)
    .filter((token) => !token.startsWith('"'));
}

function isHeld(written: string): boolean {
  if (/^-0(?:\.0+)?(?:[eE].*)?$/.test(written)) return false;
  const value = Number(written);
  if (!Number.isFinite(value) || (value === 0 && /^[^eE]*[1-9]/.test(written))) return false;
  return !/^-?\d+$/.test(written) || Number.isSafeInteger(value);
}

describe('parseExact', () => {
  it('writes every number again as it came, at every depth, or as the double that it is', () => {
    fc.assert(
      fc.property(json, (inner) => {
        const text = `{"properties": [${inner}]}`;
        const expected = numbersIn(text).map((written) =>
          isHeld(written) ? JSON.stringify(Number(written)) : written,
        );
        expect(numbersIn(JSON.stringify(parseExact(text)))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '133370937691236740123',
    '1e400',
    '-0',
    '-0.00',
    '1e-400',
  ])('keeps %s, and reads it as its digits', (written) => {
    const parsed = parseExact(`{"a":[{"b":${written}}]}`) as { a: { b: unknown }[] };
    const value = parsed.a[0]?.b;
    expect(value).toBeInstanceOf(ExactNumber);
    expect(`${value}`).toBe(written);
    expect(isJsonObject(value)).toBe(false);
    expect(JSON.stringify(parsed)).toBe(`{"a":[{"b":${written}}]}`);
  });

  it.each(['0', '-1', '9007199254740991', '1.5', '-0.5', '1e21', '0.1234567890123456789'])(
    'leaves %s a number',
    (written) => {
      expect(parseExact(`[${written}]`)).toEqual([Number(written)]);
    },
  );

  it('throws what JSON.parse throws', () => {
    for (const text of ['', '{', '[9007199254740993', '[-]', '[01]'])
      expect(() => parseExact(text)).toThrow(SyntaxError);
  });
});

/** Where a cursor stands in YAML, also in YAML that is not finished. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorAt } from '../../../src/rules/editor/cursor.ts';
import { runs } from '../../support/runs.ts';

/** The path, role and typed text at `|` of a text. */
function at(text: string) {
  const offset = text.indexOf('‸');
  const found = cursorAt(text.replace('‸', ''), offset);
  return found && [found.path.join('.'), found.role, found.typed];
}

describe('the place of a cursor', () => {
  it.each([
    ['‸', ['', 'key', '']],
    ['tit‸', ['', 'key', 'tit']],
    ['tit‸le: x', ['', 'key', 'tit']],
    ['title: ‸', ['title', 'value', '']],
    ['title: a b‸', ['title', 'value', 'a b']],
    ['title: a\n‸', ['', 'key', '']],
    ['logsource:\n  ‸', ['logsource', 'either', '']],
    ['logsource:\n  category: x\n  pro‸', ['logsource', 'key', 'pro']],
    ['logsource:\n  category: x\n‸\nlevel: high', ['', 'key', '']],
    ['tags:\n  - ‸', ['tags.0', 'either', '']],
    ['tags:\n  - a\n  - b‸', ['tags.1', 'either', 'b']],
    ['tags:\n- a\n- b‸\nlevel: low', ['tags.1', 'either', 'b']],
    ['tags:\n- a\n‸', ['', 'key', '']],
    ['a:\n  - b: 1\n    c‸', ['a.0', 'key', 'c']],
    ['a:\n  - b: 1\n  - c: ‸', ['a.1.c', 'value', '']],
    ['a:\n  - - x\n    - ‸', ['a.0.1', 'either', '']],
    ['a:\n  - b:\n      - x\n    c: ‸', ['a.0.c', 'value', '']],
    ['a: { ‸', ['a', 'key', '']],
    ['a: { b: ‸ }', ['a.b', 'value', '']],
    ['a: { b: [x, y‸] }', ['a.b.1', 'value', 'y']],
    ['a: { b: x, c‸ }', ['a', 'key', 'c']],
    ['a: {\n  b: x,\n  c: ‸\n}', ['a.c', 'value', '']],
    ['a: { b: x }\nc: ‸', ['c', 'value', '']],
    ["a: { b: 'x, y', c: ‸ }", ['a.c', 'value', '']],
    ["a: ['b ‸", ['a.0', 'value', 'b ']],
    ["a: [don't, ‸]", ['a.1', 'value', '']],
    ['- { b: ‸', ['0.b', 'value', '']],
    ["'a b': ‸", ['a b', 'value', '']],
    ["a: 'x‸", ['a', 'value', 'x']],
    ['a: "x: y‸"', ['a', 'value', 'x: y']],
    ['sel:\n  Field|contains: ‸', ['sel.Field|contains', 'value', '']],
    ['sel:\n  Field|con‸', ['sel', 'either', 'Field|con']],
    ['a: 1\n---\nb: 2\nc‸', ['', 'key', 'c']],
    ['a: !!str x‸', ['a', 'value', '!!str x']],
    ['a:\r\n  b: ‸\r\n', ['a.b', 'value', '']],
    ['größe: 1\n"ß": { é: ‸ }', ['ß.é', 'value', '']],
  ])('of %j', (text, expected) => {
    expect(at(text as string)).toEqual(expected);
  });

  it.each(['# a‸', 'a: 1 # b‸', 'a: |\n  text‸', 'a: >-\n  text\n  more‸', '- |\n  text‸', "a: 'x\n  y‸'"])(
    'is nowhere in %j',
    (text) => {
      expect(at(text)).toBeUndefined();
    },
  );

  it('goes on behind a block scalar', () => {
    expect(at('a: |\n  b: c\n\n  d\ne: ‸')).toEqual(['e', 'value', '']);
  });

  it.each(['\n---x', '\n---', '\n---}é\n  '])('ends in a text that begins with %j', (text) => {
    for (let offset = 0; offset <= text.length; offset++) cursorAt(text, offset);
  });

  it('is found in whatever somebody types, and names a place of the text', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'b c',
        ': ',
        ':',
        '- ',
        '\n',
        '\n  ',
        '\n    ',
        '{',
        '}',
        '[',
        ']',
        ', ',
        '"',
        "'",
        '|',
        '#',
        ' #',
        '---',
        '\r',
        '&x ',
        '!t ',
        '\\',
        'é',
        '😀',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(), (pieces, n) => {
        const text = pieces.join('');
        const offset = n % (text.length + 1);
        const found = cursorAt(text, offset);
        if (!found) return;
        expect(found.from).toBeLessThanOrEqual(offset);
        expect(text.slice(found.from, offset)).toBe(found.typed);
        // What stands behind the cursor does not matter.
        expect(cursorAt(text.slice(0, offset), offset)).toEqual(found);
      }),
      { numRuns: runs(250) },
    );
  });

  it.each([
    ['brackets', '['.repeat(400_000)],
    ['braces with keys', '{a: '.repeat(200_000)],
    ['dashes', '- '.repeat(400_000)],
    ['indentation', Array.from({ length: 2_000 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
    ['colons', `a${':b'.repeat(400_000)}`],
    ['quotes', `a: ["${'" "'.repeat(200_000)}`],
    ['hashes', `a: ${'# '.repeat(400_000)}`],
    ['document marks', '---\n'.repeat(200_000)],
    ['anchors', `a: ${'&a '.repeat(200_000)}`],
  ])('is looked for in linear time among many %s', { timeout: 20_000 }, (_, text) => {
    for (const offset of [0, text.length >> 1, text.length]) cursorAt(text, offset);
  });
});

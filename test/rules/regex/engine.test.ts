import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { Regex } from '../../../src/rules/regex/engine.ts';
import { SHORT, Work } from '../../../src/rules/work.ts';
import { runs } from '../../support/runs.ts';

const regexOf = (pattern: string, flags = 0) => new Regex(RE2JS.compile(pattern, flags));

/** Work of which nothing is left for searches that are not counted. */
function counted(): Work {
  const work = new Work();
  work.book('quick', work.left('quick'));
  return work;
}

const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '\\w',
  '[ab]',
  '[^a]',
  '\\b',
  '\\B',
  '^',
  '$',
  'é',
  '\\n',
  '(?i)A',
  '😀',
  '\\p{L}',
);
const pattern = fc
  .array(fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}')), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.map(([one, times]) => `(?:${one})${times}`))
  .chain((parts) => fc.constantFrom(parts.join(''), parts.join('|'), `(${parts.join('')})+b`));
const text = fc
  .array(fc.constantFrom('a', 'b', 'A', 'é', '\n', ' ', '😀', '\ud83d', '_'), { maxLength: 30 })
  .map((all) => all.join(''));

describe('a search whose work is counted', () => {
  it('finds what the engine finds', () => {
    fc.assert(
      fc.property(
        pattern,
        text,
        fc.constantFrom(0, RE2JS.MULTILINE, RE2JS.DOTALL),
        (source, value, flags) => {
          const engine = RE2JS.compile(source, flags);
          const work = counted();
          expect(new Regex(engine).test(value, work)).toBe(engine.test(value));
          expect(work.cuts).toBe(0);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('reaches the end of some megabytes of an ordinary pattern', () => {
    const work = new Work();
    const value = `${'powershell -nop '.repeat(100_000)}frombase64string`;
    expect(regexOf('(?i)\\bpowershell\\b.*\\sfrom(base64)?string$').test(value, work)).toBe(true);
    expect(work.cuts).toBe(0);
  });

  it.each([
    ['a.{200}X', 'ab'],
    ['a.{999}X', 'ab'],
    ['(a|b)*a(a|b){20}X', 'ab'],
    ['([A-Za-z0-9+/]{4}){200,}=', 'QUJD/+'],
    ['(\\s*\\S+\\s*){1,200}X', 'ab '],
    ['\\p{L}{1,900}X', 'aéβ'],
  ])('ends when the allowance is used up: %s', (source, alphabet) => {
    let seed = 7;
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return alphabet[seed % alphabet.length] ?? '';
    };
    const value = Array.from({ length: 200_000 }, next).join('');
    const work = new Work();
    const before = work.left('long');
    expect(regexOf(source).test(value, work)).toBe(false);
    // The steps that were counted, not the time: one pattern never takes all that a row has.
    expect(before - work.left('long')).toBeLessThan(before / 2);
  });

  it('says so where only a part was searched, and gives the same answer again', () => {
    const regex = regexOf('a[ab]{300}X');
    let seed = 3;
    const value = `${Array.from({ length: 100_000 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return 'ab'[(seed >> 16) & 1];
    }).join('')}X`;
    const answers = Array.from({ length: 3 }, () => {
      const work = new Work();
      return [regex.test(value, work), work.cuts, work.left('long')];
    });
    expect(answers[0]?.slice(0, 2)).toEqual([false, 1]);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('searches the ends of a long text where nothing is left for it', () => {
    const work = new Work();
    work.book('long', work.left('long'));
    const filler = 'x'.repeat(SHORT);
    expect(regexOf('needle[0-9]').test(`needle1${filler}`, work)).toBe(true);
    expect(regexOf('needle[0-9]$').test(`${filler}needle1`, work)).toBe(true);
    expect(regexOf('needle[0-9]').test(`${filler}needle1${filler}`, work)).toBe(false);
    expect(work.cuts).toBe(3);
  });

  it('leaves short texts their own allowance', () => {
    const work = new Work();
    work.book('long', work.left('long'));
    expect(regexOf('a.*b[0-9]').test(`a${'x'.repeat(5_000)}b1`, work)).toBe(true);
    expect(work.cuts).toBe(0);
  });
});

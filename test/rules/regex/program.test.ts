/** What is read from a pattern's program, against the engine: its shortest match, and runs of one class. */
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { Regex } from '../../../src/rules/regex/engine.ts';
import { hasRun, runOf, shortestMatch } from '../../../src/rules/regex/program.ts';
import { Work } from '../../../src/rules/work.ts';
import { runs } from '../../support/runs.ts';

const FLAGS = [0, RE2JS.MULTILINE, RE2JS.DOTALL, RE2JS.CASE_INSENSITIVE];
const atom = fc.constantFrom(
  'a',
  '.',
  '\\w',
  '[ab]',
  '[^a]',
  '\\b',
  '^',
  '$',
  'é',
  '\\S',
  '😀',
  '\\p{L}',
  'k',
);
const times = fc.constantFrom('', '*', '+', '?', '{2}', '{3,}', '{1,3}', '{0,2}', '{2,}?');
const piece = fc.tuple(atom, times).map(([one, count]) => `(?:${one})${count}`);
const pattern = fc.oneof(
  piece,
  piece.map((one) => `(${one})`),
  fc
    .array(piece, { minLength: 2, maxLength: 4 })
    .chain((all) => fc.constantFrom(all.join(''), all.join('|'))),
);
const text = fc
  .array(fc.constantFrom('a', 'b', 'A', 'é', '\n', ' ', '😀', '\ud83d', '\u212a'), { maxLength: 12 })
  .map((all) => all.join(''));

describe('a pattern', () => {
  it('matches no string that is shorter than its shortest match, and runs are found as the engine finds them', () => {
    let spans = 0;
    fc.assert(
      fc.property(pattern, text, fc.constantFrom(...FLAGS), (source, value, flags) => {
        const engine = RE2JS.compile(source, flags);
        const found = engine.test(value);
        if ([...value].length < shortestMatch(engine))
          expect([source, value, found]).toEqual([source, value, false]);
        const run = runOf(engine);
        if (!run) return;
        spans++;
        expect([source, value, hasRun(run, value)]).toEqual([source, value, found]);
      }),
      { numRuns: runs(500) },
    );
    expect(spans).toBeGreaterThan(20);
  });

  it.each([
    ['abc', 3],
    ['a.{10,}b', 12],
    ['(?:ab|c)+d?', 1],
    ['^$', 0],
    ['x*', 0],
  ])('%s: the shortest match has %i characters', (source, length) => {
    expect(shortestMatch(RE2JS.compile(source))).toBe(length);
  });

  it.each([
    ['.{1000,}', 1000],
    ['(.){200,}', 200],
    ['\\S{40}', 40],
    ['[a-f0-9]{32,64}', undefined],
    ['a.{200,}', undefined],
    ['^.{200,}', undefined],
    ['.*', undefined],
  ])('%s is a run of %s', (source, length) => {
    expect(runOf(RE2JS.compile(source))?.length).toBe(length);
  });

  it('of a thousand of any character is searched whole and at little cost', () => {
    const regex = new Regex(RE2JS.compile('(.){1000,}'));
    const work = new Work();
    const before = work.left('short');
    expect(regex.test('x'.repeat(999), work)).toBe(false);
    expect(regex.test(`${'x'.repeat(900)}\n${'x'.repeat(900)}`, work)).toBe(false);
    expect(regex.test(`${'x\n'.repeat(3000)}${'x'.repeat(1000)}`, work)).toBe(true);
    expect([work.left('short'), work.cuts]).toEqual([before, 0]);
  });
});

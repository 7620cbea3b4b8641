import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Token } from '../../../../src/rules/sigma/language/expression.ts';
import { fold, foldUnit } from '../../../../src/rules/sigma/language/fold.ts';
import {
  MANY,
  matchTokensWithin,
  normalise,
  ONE,
  parseText,
} from '../../../../src/rules/sigma/language/text.ts';
import { processorMs } from '../../../support/processor-time.ts';
import { field, upTo } from '../support.ts';

const matchTokens = (tokens: readonly Token[], text: string) =>
  matchTokensWithin(tokens, text, Number.POSITIVE_INFINITY).found;

describe('escaping (rules specification, "Escaping")', () => {
  it.each<[string, readonly Token[]]>([
    [String.raw`C:\Windows`, [String.raw`C:\Windows`]],
    [String.raw`C:\\Windows`, [String.raw`C:\Windows`]],
    [String.raw`a\*`, ['a*']],
    [String.raw`a\?`, ['a?']],
    [String.raw`a\\*`, ['a\\', MANY]],
    [String.raw`a\\?`, ['a\\', ONE]],
    [String.raw`a\\\*`, ['a\\*']],
    [String.raw`\\\x`, [String.raw`\\x`]],
    [String.raw`\\\\x`, [String.raw`\\x`]],
    ['\\', ['\\']],
    ['', []],
    ['a**b', ['a', MANY, MANY, 'b']],
  ])('%s', (raw, tokens) => {
    expect(parseText(raw)).toEqual(tokens);
  });

  it('the wildcards of the specification', () => {
    const progs = field("A: 'prog?.exe'");
    expect(progs({ A: 'progA.exe' })).toBe(true);
    expect(progs({ A: 'prog.exe' })).toBe(false);
    const antivirus = field("A: 'antivirus_V*.exe'");
    expect(antivirus({ A: 'antivirus_V1.exe' })).toBe(true);
    expect(antivirus({ A: 'antivirus_V21.2.1.exe' })).toBe(true);
    expect(antivirus({ A: 'antivirus_V.exe' })).toBe(true);
    expect(antivirus({ A: 'antivirus_V1.exe.bak' })).toBe(false);
    expect(field("A: '*something'")({ A: 'it is something' })).toBe(true);
    expect(field("A: 'something*'")({ A: 'something is' })).toBe(true);
    expect(field("A: '*something*'")({ A: 'a something b' })).toBe(true);
  });

  it('a wildcard crosses lines, and ? takes a whole code point', () => {
    expect(field("A: 'a*b'")({ A: 'a\n\nb' })).toBe(true);
    expect(field("A: 'a?b'")({ A: 'a😀b' })).toBe(true);
  });
});

describe('matchTokens', () => {
  const alphabet = fc.constantFrom('a', 'b', '\\', '.');
  const token = fc.oneof(
    fc.string({ unit: alphabet, minLength: 1, maxLength: 2 }),
    fc.constantFrom(MANY, ONE),
  );

  it('agrees with a regular expression', () => {
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 8 }),
        fc.string({ unit: alphabet, maxLength: 12 }),
        (raw, text) => {
          const tokens = normalise(raw);
          const source = tokens
            .map((part) =>
              typeof part === 'string' ? part.replace(/[\\.]/g, '\\$&') : part === MANY ? '.*' : '.',
            )
            .join('');
          expect(matchTokens(tokens, text)).toBe(new RegExp(`^${source}$`, 'su').test(text));
        },
      ),
      upTo(1000),
    );
  });

  it('does not blow up on many stars', () => {
    const start = processorMs();
    const tokens = normalise(
      Array.from({ length: 50 }, () => [MANY, 'a'])
        .flat()
        .concat('b'),
    );
    expect(matchTokens(tokens, 'a'.repeat(20_000))).toBe(false);
    expect(processorMs() - start).toBeLessThan(2000);
  });
});

describe('fold', () => {
  it('agrees with simple case folding for every character', () => {
    for (let point = 0; point < 0x20000; point++) {
      if (point >= 0xd800 && point < 0xe000) continue;
      const character = String.fromCodePoint(point);
      const folded = fold(character);
      if (folded === character) continue;
      expect(folded.length).toBe(character.length);
      expect([point, new RegExp(`^${character}$`, 'iu').test(folded)]).toEqual([point, true]);
    }
  });

  it('folds what is equal to the same', () => {
    const apart: string[] = [];
    for (let point = 0x41; point < 0x10000; point++) {
      const character = String.fromCharCode(point);
      if (/[\p{P}\p{S}\p{Cs}]/u.test(character)) continue;
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        if (other.length !== 1 || !new RegExp(`^${character}$`, 'iu').test(other)) continue;
        if (fold(other) !== fold(character)) apart.push(`${point} ${character} ${other}`);
      }
    }
    expect(apart).toEqual([]);
  });

  it('works unit by unit outside surrogate pairs', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const folded = fold(text);
        expect(folded.length).toBe(text.length);
        expect(fold(folded)).toBe(folded);
        for (let at = 0; at < text.length; at++) {
          const unit = text.charCodeAt(at);
          if (unit < 0xd800 || unit >= 0xe000) expect(folded.charCodeAt(at)).toBe(foldUnit(unit));
        }
      }),
    );
  });

  it.each([
    ['ΑΣ', 'ας'],
    ['ΟΔΟΣ', 'οδος'],
    ['ÄÖÜ', 'äöü'],
    ['МОСКВА', 'москва'],
    ['𐐀', '𐐨'],
    ['\u212a', 'k'],
  ])('%s is %s', (a, b) => {
    expect(field(`A|contains: '${a}'`)({ A: `x${b}y` })).toBe(true);
    expect(field(`A|contains: '${b}'`)({ A: `x${a}y` })).toBe(true);
  });

  it('takes no letter for another because lower case is longer', () => {
    expect(field("A: 'İ'")({ A: 'i' })).toBe(false);
    expect(field("A|endswith: 'İX'")({ A: 'aİx' })).toBe(true);
    expect(field("A: 'straße'")({ A: 'STRAßE' })).toBe(true);
  });
});

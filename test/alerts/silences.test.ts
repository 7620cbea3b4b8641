/** Which alerts a silence keeps from people, and until when. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fits,
  isInForce,
  LONGEST_SILENCE_MS,
  type Silence,
  silenceFor,
  silenceSchema,
} from '../../src/alerts/silences.ts';
import { ExactNumber } from '../../src/shared/exact-number.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { runs } from '../support/runs.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

const silence = (of: Partial<Silence>): Silence => ({
  id: '0123abcd',
  where: [],
  from: NOW,
  until: NOW + HOUR,
  by: 'ada',
  reason: 'a test',
  ...of,
});
const rule = { title: 'Shadow copies deleted', id: 'AB-1' };
const silenced = (of: Partial<Silence>, event: JsonObject = {}, now = NOW) =>
  silenceFor([silence(of)], { event, rule }, now) !== undefined;
const where = (column: string, value: string) => [{ column, value }];

describe('a silence', () => {
  it('names a rule by its id or its title, in any letter case, and no part of them', () => {
    expect(silenced({ rule: 'shadow COPIES deleted' })).toBe(true);
    expect(silenced({ rule: 'ab-1' })).toBe(true);
    expect(silenced({ rule: 'Shadow' })).toBe(false);
    expect(silenced({ rule: 'Shadow*' })).toBe(false);
    expect(silenceFor([silence({ rule: 'x' })], { event: {} }, NOW)).toBeUndefined();
  });

  it.each<[string, string, JsonObject, boolean]>([
    ['DeviceName', 'pc-1', { DeviceName: 'PC-1' }, true],
    ['DeviceName', 'pc-1', { DeviceName: 'pc-11' }, false],
    ['DeviceName', 'pc-*', { DeviceName: 'pc-1.contoso.com' }, true],
    ['DeviceName', '*.contoso.com', { DeviceName: 'pc-1.contoso.com' }, true],
    ['DeviceName', 'pc-*.com', { DeviceName: 'pc-.com' }, true],
    ['DeviceName', 'pc-*-.com', { DeviceName: 'pc-.com' }, false],
    ['DeviceName', 'a*a', { DeviceName: 'a' }, false],
    ['DeviceName', '*', {}, false],
    ['DeviceName', '*', { DeviceName: null }, false],
    ['devicename', 'pc-1', { DeviceName: 'pc-1' }, false],
    ['ProcessId', '7', { ProcessId: 7 }, true],
    ['ReportId', '18446744073709551615', { ReportId: new ExactNumber('18446744073709551615') }, true],
    ['IsAdmin', 'true', { IsAdmin: true }, true],
    ['Names', 'b*', { Names: ['a', 'bob'] }, true],
    ['Names', 'x', { Names: { x: 'x' } }, false],
    ['F.User', 'bob', { F: '{"User":"Bob"}' }, true],
    ['constructor', '*', {}, false],
  ])('where %s=%s on %j: %j', (column, value, event, expected) => {
    expect(silenced({ where: where(column, value) }, event)).toBe(expected);
  });

  it('asks for all of its conditions, and for its rule', () => {
    const both = [...where('A', 'x'), ...where('B', 'y')];
    expect(silenced({ where: both }, { A: 'x', B: 'y' })).toBe(true);
    expect(silenced({ where: both }, { A: 'x' })).toBe(false);
    expect(silenced({ rule: 'AB-1', where: both }, { A: 'x', B: 'y' })).toBe(true);
    expect(silenced({ rule: 'other', where: both }, { A: 'x', B: 'y' })).toBe(false);
  });

  it('of everything silences nothing', () => {
    expect(silenced({})).toBe(false);
    expect(silenceSchema.safeParse(silence({})).success).toBe(false);
  });

  it('ends by itself, and holds for no clock that is far off', () => {
    const one = silence({ rule: 'x' });
    expect(isInForce(one, NOW + HOUR - 1)).toBe(true);
    expect(isInForce(one, NOW + HOUR)).toBe(false);
    expect(isInForce(one, NOW - 60_000)).toBe(true);
    expect(isInForce(one, NOW - HOUR)).toBe(false);
    const forged = silence({ rule: 'x', until: NOW + LONGEST_SILENCE_MS + 1 });
    expect(isInForce(forged, NOW + 1)).toBe(false);
    expect(silenceSchema.safeParse(forged).success).toBe(false);
  });

  it('does not look through a value that somebody made endless', () => {
    expect(silenced({ where: where('A', '*x*') }, { A: `x${'a'.repeat(40_000)}` })).toBe(false);
    const pattern = `${'a*'.repeat(120)}b`;
    expect(fits(pattern, 'a'.repeat(32_000))).toBe(false);
  });
});

describe('a pattern', () => {
  it('covers the same texts as the regular expression that it stands for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '-', 'ß') });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '-', 'ß'), minLength: 1 });
    fc.assert(
      fc.property(pattern, text, (glob, value) => {
        const source = glob.split('*').join('.*');
        expect(fits(glob, value)).toBe(new RegExp(`^${source}$`, 'iv').test(value));
      }),
      { numRuns: runs(250) },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { formatTable, visible } from '../../src/cli/text.ts';
import { instantOf } from '../../src/cli/when.ts';
import { formatAge, formatBytes, formatInstant, plural } from '../../src/shared/readable.ts';

describe('figures for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [5 * 2 ** 30, '5.0 GiB'],
    [2 ** 60, '1048576.0 TiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0s'],
    [-5, '0s'],
    [45_000, '45s'],
    [60_000, '1m'],
    [3_725_000, '1h 2m'],
    [90_061_000, '1d 1h'],
    [86_405_000, '1d'],
  ])('%d ms are %s', (ms, text) => expect(formatAge(ms)).toBe(text));

  it('counts and dates', () => {
    expect(plural(1, 'blob')).toBe('1 blob');
    expect(plural(1234, 'blob')).toBe('1,234 blobs');
    expect(formatInstant(Date.UTC(2026, 10, 23, 7, 4, 5, 678))).toBe('2026-11-23 07:04:05Z');
  });

  it('sets tables', () => {
    expect(
      formatTable(
        ['A', 'COUNT'],
        [
          ['long', '5'],
          ['x', '1234567'],
        ],
        [1],
      ),
    ).toBe('A       COUNT\nlong        5\nx     1234567');
  });

  it('leaves letters of all scripts and takes out what steers', () => {
    expect(visible('Zoë 日本\t\u0007\u009b\u2067\r\n')).toBe('Zoë 日本\t\ufffd\ufffd\ufffd\ufffd\ufffd');
  });
});

describe('times', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  it.each([
    ['2026-11-23', '2026-11-23T00:00:00Z'],
    ['2026-11-23T07', '2026-11-23T07:00:00Z'],
    ['2026-11-23T07Z', '2026-11-23T07:00:00Z'],
    ['2026-11-23T07:30', '2026-11-23T07:30:00Z'],
    ['2026-11-23T07:30:15.5Z', '2026-11-23T07:30:15.500Z'],
    ['2026-11-23T07:30+02:00', '2026-11-23T05:30:00Z'],
    ['24h', '2026-11-22T12:00:00Z'],
    ['7d', '2026-11-16T12:00:00Z'],
  ])('%s is %s', (text, iso) => expect(instantOf(text, now)).toBe(Date.parse(iso)));

  it.each(['', 'yesterday', '2026-13-01', '2026-11-23 07:00', '1763881200', '2026-11-23T25:00Z', '-1h'])(
    '%j is none',
    (text) => expect(instantOf(text, now)).toBeUndefined(),
  );
});

import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from '../../demo/options.ts';

describe('the options of the demo', () => {
  it('runs without end on a terminal, and for 20,000 rows without one', () => {
    expect(parseOptions([], true)).toMatchObject({
      rows: undefined,
      rate: 300,
      seed: 1,
      host: 'node',
      plain: false,
    });
    expect(parseOptions([], false)).toMatchObject({ rows: 20_000, rate: 2000, plain: true });
  });

  it('takes what it is told', () => {
    const argv = [
      '--rows',
      '500',
      '--rate',
      '0',
      '--seed',
      '7',
      '--keep',
      '--plain',
      '--transforms',
      '/rules',
    ];
    expect(parseOptions(argv, true)).toEqual({
      rows: 500,
      rate: 0,
      seed: 7,
      host: 'node',
      transforms: '/rules',
      keep: true,
      plain: true,
    });
    expect(parseOptions(['--help'], true)).toBe('help');
  });

  it.each([
    [['--host', 'mainframe'], /--host mainframe.*node/],
    [['--rows', '0'], /--rows takes a whole number/],
    [['--rows', '1e3'], /--rows takes a whole number/],
    [['--seed', '-1'], /seed/],
    [['--rwos', '5'], /rwos/],
    [['extra'], /extra/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv, true)).toThrow(UsageError);
    expect(() => parseOptions(argv, true)).toThrow(message);
  });
});

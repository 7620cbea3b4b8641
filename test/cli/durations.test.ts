import { describe, expect, it } from 'vitest';
import { instantOf } from '../../src/cli/when.ts';
import { run } from './run.ts';

describe('durations on the command line have bounds', () => {
  it.each([
    ['--interval', '0s'],
    ['--interval', '25d'],
    ['--since', '9999999d'],
    ['--max-lag', '0ms'],
  ])('status %s %s', async (option, value) => {
    const { code, stderr } = await run(['status', option, value]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/from "\w+" to "\w+"/);
  });

  it('a time before 1970 is none', () => {
    expect(instantOf('24h', 86_400_000)).toBe(0);
    expect(instantOf('25h', 86_400_000)).toBeUndefined();
    expect(instantOf(`${'9'.repeat(400)}d`, Date.now())).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distinct, hashOfBytes } from '../../../src/rules/columns/distinct.ts';
import { runs } from '../../support/runs.ts';

const hashOf = (text: string) => {
  const bytes = new TextEncoder().encode(text);
  return hashOfBytes(bytes, 0, bytes.length);
};

describe('the count of distinct values', () => {
  it('is exact while there are few, however often each comes (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), (values) => {
        const distinct = new Distinct();
        for (const value of [...values, ...values]) distinct.add(hashOf(value));
        const hashes = new Set(values.map(hashOf));
        expect(distinct.count).toEqual({ count: hashes.size, isExact: true });
      }),
      { numRuns: runs(50) },
    );
  });

  // Six standard errors of 2.3 %.
  it.each([257, 1_000, 5_000, 20_000, 200_000])('is near %d beyond that', (many) => {
    const distinct = new Distinct();
    for (let n = 0; n < many; n++) distinct.add(hashOf(`value ${n}`));
    const { count, isExact } = distinct.count;
    expect(isExact).toBe(false);
    expect(Math.abs(count - many)).toBeLessThan(many * 0.138);
  });

  it('hashes bytes as they are, not their text', () => {
    expect(hashOf('"a"')).not.toBe(hashOf('"b"'));
    expect(hashOf('')).toBe(hashOf(''));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowCounter } from '../../src/delivery/row-counts.ts';

const fate = fc.constantFrom('delivered' as const, 'filtered' as const, 'deadLettered' as const);

describe('RowCounter', () => {
  it('counts each row before an offset once, by what became of it in the end', () => {
    fc.assert(
      fc.property(
        fc.array(fate, { maxLength: 50 }),
        fc.array(fc.nat(49)),
        fc.array(fc.nat(60)),
        (fates, isolated, looks) => {
          const counter = new RowCounter();
          const raw = (n: number) => ({
            offset: n * 10,
            end: n * 10 + 10,
            bytes: Buffer.alloc(0),
            truncated: false,
          });
          fates.forEach((each, n) => {
            counter.row(raw(n), each);
          });
          for (const n of isolated) counter.isolated(raw(n));
          const became = fates.map((each, n) => (isolated.includes(n) ? 'deadLettered' : each));
          let reached = 0;
          for (const look of looks) {
            reached = Math.max(reached, look);
            const counts = counter.before(reached * 10);
            const before = became.slice(0, reached);
            expect(counts).toEqual({
              rows: before.length,
              delivered: before.filter((each) => each === 'delivered').length,
              filtered: before.filter((each) => each === 'filtered').length,
              deadLettered: before.filter((each) => each === 'deadLettered').length,
            });
          }
        },
      ),
    );
  });
});

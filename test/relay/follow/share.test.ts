import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXPECTED_LOAD, type Member, mayTake, surplusOf } from '../../../src/relay/follow/share.ts';

const member = (more: Partial<Member>): Member => ({ cores: 1, capacity: 100, blobs: 10, load: 10, ...more });
const blobs = (...loads: number[]) => loads.map((load) => ({ load }));

describe('whether a process takes another blob', () => {
  it.each([
    ['alone', member({ load: 900 }), [], true],
    ['alone and full', member({ blobs: 100 }), [], false],
    ['it has less than its part', member({ load: 200 }), [member({ load: 400 })], true],
    ['it has more than its part', member({ load: 400 }), [member({ load: 200 })], false],
    ['it has more, and twice the cores', member({ load: 400, cores: 2 }), [member({ load: 200 })], true],
    [
      'it has more than its part, and all have little to do',
      member({ load: 40 }),
      [member({ load: 2 })],
      true,
    ],
    ['it has more, and the others are full', member({ load: 400 }), [member({ load: 2, blobs: 100 })], true],
  ] as const)('%s', (_, me, others, is) => {
    expect(mayTake(me, others, 'new')).toBe(is);
  });

  it('does not take back what it gave away', () => {
    expect(mayTake(member({ load: 40 }), [member({ load: 2 })], 'returning')).toBe(false);
    expect(mayTake(member({ load: 2 }), [member({ load: 40 })], 'returning')).toBe(true);
  });

  it('takes what was handed over if it need not give a blob away for it', () => {
    expect(mayTake(member({ load: 40 }), [member({ load: 2 })], 'handed over')).toBe(false);
    expect(mayTake(member({ load: 22 }), [member({ load: 20 })], 'handed over')).toBe(true);
    expect(mayTake(member({ load: 2 }), [member({ load: 40 })], 'handed over')).toBe(true);
  });
});

describe('what a process gives away', () => {
  it.each([
    ['nothing while it is alone', member({ load: 90 }), [], blobs(30, 30, 30), []],
    ['nothing while it has its part', member({ load: 90 }), [member({ load: 80 })], blobs(30, 30, 30), []],
    [
      'half to a new process',
      member({ load: 80 }),
      [member({ load: 0, blobs: 0 })],
      blobs(20, 20, 20, 20),
      [20, 20],
    ],
    [
      'nothing that is too little to matter',
      member({ load: 5 }),
      [member({ load: 0, blobs: 0 })],
      blobs(2.5, 2.5),
      [],
    ],
    [
      'by cores',
      member({ load: 90 }),
      [member({ load: 0, blobs: 0, cores: 2 })],
      blobs(30, 30, 30),
      [30, 30],
    ],
    [
      'no blob that is heavier than the surplus',
      member({ load: 80 }),
      [member({ load: 0 })],
      blobs(75, 5),
      [5],
    ],
    ['the heaviest that fit first', member({ load: 60 }), [member({ load: 0 })], blobs(5, 5, 20, 30), [30]],
    [
      'no more than others can follow',
      member({ load: 80 }),
      [member({ load: 0, blobs: 99 })],
      blobs(20, 20, 20, 20),
      [20],
    ],
    [
      'nothing to those that are full',
      member({ load: 80 }),
      [member({ load: 0, blobs: 100 })],
      blobs(20, 20),
      [],
    ],
  ] as const)('%s', (...[, me, others, held, given]) => {
    expect(surplusOf(me, others, held).map(({ load }) => load)).toEqual(given);
  });

  it('never brings a process below its part, nor another that took it all above its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 50, noNaN: true }), { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0, max: 300, noNaN: true }),
        fc.integer({ min: 1, max: 8 }),
        (loads, load, cores) => {
          const me = member({ load: loads.reduce((sum, each) => sum + each, 0), blobs: loads.length });
          const other = member({ load, cores });
          const given = surplusOf(me, [other], blobs(...loads)).reduce((sum, each) => sum + each.load, 0);
          const all = me.load + other.load;
          expect(me.load - given).toBeGreaterThanOrEqual(given === 0 ? 0 : all / (1 + cores) - 1e-6);
          expect(other.load + given).toBeLessThanOrEqual(
            Math.max(other.load, (all * cores) / (1 + cores) + 1e-6) + (given === 0 ? 0 : EXPECTED_LOAD),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { OwnVisits } from '../../../src/relay/visit/own-visits.ts';
import { MINUTE } from '../harness.ts';
import { simulate } from '../simulation.ts';

/** Lets visits come every 5 s, each lasting `lasts` of them, and tells when each got its place. */
function entered(visits: OwnVisits, asks: readonly (readonly [string, string])[], now: number) {
  return asks.filter(([destination, visit]) => visits.enter(destination, visit, now));
}

describe('Places for visits of one cursor alone', () => {
  it('are half of all for one destination, and three quarters for all together', () => {
    const visits = new OwnVisits(8);
    const asks = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: 6 }, (_, n) => [name, `${n}`] as const),
    );
    expect(entered(visits, asks, 0).map(([name]) => name)).toEqual(['a', 'a', 'a', 'a', 'b', 'b']);
  });

  it('are given in the order in which they were asked for', () => {
    const visits = new OwnVisits(2);
    const leave = visits.enter('a', 'first', 0);
    expect(visits.enter('a', 'second', 1)).toBeUndefined();
    expect(visits.enter('a', 'third', 2)).toBeUndefined();
    leave?.(3);
    // It comes back at once, and behind those that wait.
    expect(visits.enter('a', 'first', 3)).toBeUndefined();
    expect(visits.enter('a', 'third', 5_000)).toBeUndefined();
    expect(visits.enter('a', 'second', 5_001)).toBeDefined();
  });

  it('wait for nobody who does not come back', () => {
    const visits = new OwnVisits(2);
    const leave = visits.enter('a', 'first', 0);
    expect(visits.enter('a', 'second', 1)).toBeUndefined();
    leave?.(2);
    expect(visits.enter('a', 'third', 3)).toBeUndefined();
    expect(visits.enter('a', 'third', 60_000)).toBeDefined();
  });

  it('are others for cursors that were slow, until they are quick again', () => {
    const visits = new OwnVisits(8);
    const slow = ['1', '2', '3', '4', '5'];
    for (const each of slow) visits.enter('a', each, 0)?.(60_000);
    const leave = slow.map((each) => visits.enter('a', each, 60_000));
    expect(leave.map((each) => each !== undefined)).toEqual([true, true, true, true, false]);
    expect(visits.slowRunning).toBe(4);
    // None of the places of the quick ones is taken.
    const quick = ['6', '7', '8', '9'].map((each) => visits.enter('a', each, 60_000));
    expect(quick.every((each) => each !== undefined)).toBe(true);
    leave[0]?.(61_000);
    expect(visits.slowRunning).toBe(3);
    expect(visits.enter('a', '5', 61_000)).toBeDefined();
    // It was quick this time, and those places are taken.
    expect(visits.enter('a', '1', 61_000)).toBeUndefined();
  });

  it('tell when a slow visit has given its place back', async () => {
    const visits = new OwnVisits(2);
    visits.enter('a', '1', 0)?.(60_000);
    const told = visits.nextSlow;
    visits.enter('a', '1', 60_000);
    await told;
    expect(visits.slowRunning).toBe(1);
  });

  it('are at least one', () => {
    const visits = new OwnVisits(1);
    expect(visits.enter('a', '1', 0)).toBeDefined();
    expect(visits.slowRunning).toBe(0);
  });
});

describe('rows of twelve tables that a destination does not answer', () => {
  it('keep no row from another destination, and few from theirs', async () => {
    const s = simulate({ destinations: { hook: { items: 50 }, splunk: { items: 50 } } });
    const hook = s.receiver('hook');
    hook.poison = ({ table, n }) => (table !== 'Healthy' && n % 3 === 0 ? 'silence' : undefined);
    const written = new Map<string, number>();
    const write = async (table: string, n: number) => {
      written.set(`${table} ${n}`, s.clock.monotonic());
      await s.write(table, 7, [{ n }]);
    };
    for (let round = 0; round < 180; round++) {
      await write('Healthy', round);
      if (round % 6 === 0) for (let table = 0; table < 12; table++) await write(`T${table}`, round / 6);
      await s.pass(10_000);
    }
    await s.pass(MINUTE);
    const late = (name: string) =>
      Math.max(...[...written].map(([key, at]) => (s.receiver(name).arrived.get(key) ?? Infinity) - at));
    expect(late('splunk')).toBeLessThan(45_000);
    await s.stopAll();
    expect(s.faults).toEqual([]);
  });
});

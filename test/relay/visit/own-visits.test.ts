import { describe, expect, it } from 'vitest';
import { OwnVisits } from '../../../src/relay/visit/own-visits.ts';
import { MINUTE } from '../harness.ts';
import { simulate } from '../simulation.ts';

/** What ends the visit; undefined: there was no place. */
function enter(visits: OwnVisits, destination: string, visit: string, now: number) {
  const entrance = visits.enter(destination, visit, now);
  return entrance.kind === 'entered' ? entrance.leave : undefined;
}

/** Those that get a place. */
function entered(visits: OwnVisits, asks: readonly (readonly [string, string])[], now: number) {
  return asks.filter(([destination, visit]) => enter(visits, destination, visit, now));
}

describe('Places for visits of one cursor alone', () => {
  it('are half of all for one destination, and three quarters for all together', () => {
    const visits = new OwnVisits(8);
    const asks = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: 6 }, (_, n) => [name, `${n}`] as const),
    );
    expect(entered(visits, asks, 0).map(([name]) => name)).toEqual(['a', 'a', 'a', 'a', 'b', 'b']);
  });

  it('go to the visit that asks, not to one that asked before and may be at work elsewhere', () => {
    const visits = new OwnVisits(2);
    const leave = enter(visits, 'a', 'first', 0);
    expect(enter(visits, 'a', 'second', 1)).toBeUndefined();
    leave?.(2);
    expect(enter(visits, 'a', 'third', 3)).toBeDefined();
    expect(enter(visits, 'a', 'second', 4)).toBeUndefined();
  });

  it('say when to ask again, by how many wait', () => {
    const visits = new OwnVisits(8);
    const wait = (visit: string) => {
      const entrance = visits.enter('a', visit, 0);
      return entrance.kind === 'wait' ? entrance.seconds : 0;
    };
    const waits = Array.from({ length: 204 }, (_, n) => wait(`${n}`));
    expect(waits.slice(0, 14)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3]);
    // Before it has lost its turn.
    expect(waits.at(-1)).toBe(25);
  });

  it('are others for cursors that were slow, until they are quick again', () => {
    const visits = new OwnVisits(8);
    const slow = ['1', '2', '3', '4', '5'];
    for (const each of slow) enter(visits, 'a', each, 0)?.(60_000);
    const leave = slow.map((each) => enter(visits, 'a', each, 60_000));
    expect(leave.map((each) => each !== undefined)).toEqual([true, true, true, true, false]);
    expect(visits.slowRunning).toBe(4);
    // None of the places of the quick ones is taken.
    const quick = ['6', '7', '8', '9'].map((each) => enter(visits, 'a', each, 60_000));
    expect(quick.every((each) => each !== undefined)).toBe(true);
    leave[0]?.(61_000);
    expect(visits.slowRunning).toBe(3);
    expect(enter(visits, 'a', '5', 61_000)).toBeDefined();
    // It was quick this time, and those places are taken.
    expect(enter(visits, 'a', '1', 61_000)).toBeUndefined();
  });

  it('tell when a slow visit has given its place back', async () => {
    const visits = new OwnVisits(2);
    enter(visits, 'a', '1', 0)?.(60_000);
    const told = visits.freed.next(new AbortController().signal);
    enter(visits, 'a', '1', 60_000);
    await told;
    expect(visits.slowRunning).toBe(1);
  });

  it('are at least one', () => {
    const visits = new OwnVisits(1);
    expect(enter(visits, 'a', '1', 0)).toBeDefined();
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

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

  it('are fewer for cursors that were slow, until they are quick again', () => {
    const visits = new OwnVisits(8);
    for (const slow of ['1', '2', '3']) visits.enter('a', slow, 0)?.(60_000);
    const first = visits.enter('a', '1', 60_000);
    expect(visits.enter('a', '2', 60_000)).toBeDefined();
    expect(visits.enter('a', '3', 60_000)).toBeUndefined();
    expect(visits.enter('a', 'quick', 60_000)).toBeDefined();
    first?.(61_000);
    expect(visits.enter('a', '3', 61_000)).toBeDefined();
    expect(visits.enter('a', '1', 61_000)).toBeDefined();
    expect(visits.enter('a', '4', 61_000)).toBeUndefined();
  });

  it('are at least one', () => {
    const visits = new OwnVisits(1);
    visits.enter('a', '1', 0)?.(60_000);
    expect(visits.enter('a', '1', 60_000)).toBeDefined();
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

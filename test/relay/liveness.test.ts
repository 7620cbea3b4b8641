import { describe, expect, it } from 'vitest';
import { RelayError } from '../../src/shared/errors.ts';
import { MINUTE, numbers } from './harness.ts';
import { simulate } from './simulation.ts';

const from = (count: number) => numbers(0, count).map((n) => ({ n }));
const ofTable = (arrived: ReadonlyMap<string, number>, table: string) =>
  [...arrived.keys()].filter((key) => key.startsWith(table)).length;

describe('rows that nobody poisoned', () => {
  it('are not buried where their destination accepts others for a moment only, and one row makes a batch', async () => {
    const s = simulate({ destinations: { hook: { items: 1 } } });
    const hook = s.receiver('hook');
    hook.outage = '500';
    await s.write('A', 7, from(15));
    await s.pass(MINUTE);
    hook.outage = undefined;
    await s.write('B', 7, from(1));
    while (!hook.arrived.has('B 0')) await s.pass(100);
    hook.outage = '500';
    await s.pass(60 * MINUTE);
    expect(await s.letters(false)).toEqual([]);
    hook.outage = undefined;
    await s.pass(30 * MINUTE);
    expect(hook.arrived.size).toBe(16);
    await s.stopAll();
    expect(s.faults).toEqual([]);
  });

  it.each([19, 20, 21, 30])(
    'arrive behind %i bad rows of the only blob of their table, while other tables are accepted',
    async (bad) => {
      const s = simulate({ destinations: { hook: {} } });
      const hook = s.receiver('hook');
      hook.poison = ({ table, n }) => (table === 'A' && n < bad ? '500' : undefined);
      await s.write('A', 7, from(bad + 10));
      for (let minute = 0; minute < 15; minute++) {
        await s.write('B', 7, [{ n: minute }]);
        await s.pass(MINUTE);
      }
      expect(ofTable(hook.arrived, 'A')).toBe(10);
      expect(ofTable(hook.arrived, 'B')).toBe(15);
      await s.stopAll();
      expect(s.faults).toEqual([]);
    },
  );

  it('arrive behind bad ones after an outage that made every row suspicious, though nothing else is written', async () => {
    const s = simulate({ destinations: { hook: { items: 1 } } });
    const hook = s.receiver('hook');
    hook.poison = ({ alert }) => (alert ? undefined : '400');
    hook.outage = '400';
    await s.write(
      'A',
      7,
      [0, 1, 2, 3].map((n) => ({ n, alert: n % 3 === 0 })),
    );
    await s.pass(9_000);
    hook.outage = undefined;
    await s.pass(2 * MINUTE);
    expect([...hook.arrived.keys()].toSorted()).toEqual(['A 0 alert', 'A 3 alert']);
    await s.stopAll();
    expect(s.faults).toEqual([]);
  });

  it('arrive behind bad ones where the first bad delivery is an alert about a row that is accepted itself', async () => {
    const s = simulate({ destinations: { hook: {} } });
    const hook = s.receiver('hook');
    hook.poison = ({ n, alert }) => (alert || (n > 0 && n < 8) ? '500' : undefined);
    await s.write('A', 7, [{ n: 0, alert: true }, ...from(20).slice(1)]);
    await s.pass(10 * MINUTE);
    expect(ofTable(hook.arrived, 'A')).toBe(13);
    // Once, and again in each visit that looks for the bad rows: few.
    expect(hook.requests.filter(({ isOk, keys }) => isOk && keys.includes('A 0')).length).toBeLessThan(6);
    await s.stopAll();
    expect(s.faults).toEqual([]);
  });

  it.each(['silence', '500', '403'] as const)(
    'arrive behind four that get %s, without any other traffic',
    async (kind) => {
      const s = simulate({ destinations: { hook: {} } });
      const hook = s.receiver('hook');
      hook.poison = ({ n }) => (n < 4 ? kind : undefined);
      await s.write('A', 7, from(10));
      await s.pass(20 * MINUTE);
      expect(ofTable(hook.arrived, 'A')).toBe(6);
      await s.stopAll();
      expect(s.faults).toEqual([]);
    },
  );

  it.each(['silence', '500'] as const)(
    'arrive where they are the alerts about rows that get %s, and nothing else is accepted',
    async (kind) => {
      const s = simulate({ destinations: { hook: {} } });
      const hook = s.receiver('hook');
      hook.poison = ({ alert }) => (alert ? undefined : kind);
      await s.write('B', 7, [{ n: 0, alert: true }]);
      await s.pass(MINUTE);
      await s.write(
        'A',
        7,
        numbers(0, 8).map((n) => ({ n, alert: true })),
      );
      await s.pass(60 * MINUTE);
      expect(ofTable(hook.arrived, 'A')).toBe(8);
      await s.stopAll();
      expect(s.faults).toEqual([]);
    },
  );

  it('arrive behind an alert that is told to wait, though its row is accepted in each visit and nothing else is', async () => {
    const s = simulate({ destinations: { hook: {} } });
    const hook = s.receiver('hook');
    hook.poison = ({ n, alert }) => (n === 0 && alert ? '429' : undefined);
    await s.write(
      'A',
      7,
      numbers(0, 8).map((n) => ({ n, alert: true })),
    );
    await s.pass(30 * MINUTE);
    expect(ofTable(hook.arrived, 'A')).toBe(15);
    await s.stopAll();
    expect(s.faults).toEqual([]);
  });

  it('are not buried where the breaker cannot be stored and the processes are started again and again', async () => {
    const s = simulate({ destinations: { hook: {} }, processes: 2 });
    const hook = s.receiver('hook');
    Object.assign(s.documents, {
      async put() {
        throw new RelayError('storage_unavailable', 'no');
      },
    });
    hook.outage = '500';
    for (const table of ['A', 'B', 'C']) await s.write(table, 7, from(40));
    for (let restarts = 0; restarts < 8; restarts++) {
      await s.pass(6 * MINUTE);
      await s.restart(0);
      await s.restart(0);
    }
    expect([...(await s.letters(true)), ...(await s.letters(false))]).toEqual([]);
    hook.outage = undefined;
    await s.pass(30 * MINUTE);
    expect(hook.arrived.size).toBe(120);
    expect(s.faults).toEqual([]);
  });

  it('arrive where two blobs have failed as often as each other and only one of them has good rows', async () => {
    const s = simulate({ destinations: { hook: { items: 1 } } });
    const hook = s.receiver('hook');
    hook.outage = '400';
    await s.write('C', 7, from(30));
    await s.write('B', 7, from(30));
    await s.pass(120 * MINUTE);
    hook.poison = ({ table }) => (table === 'C' ? '400' : undefined);
    hook.outage = undefined;
    await s.pass(15 * MINUTE);
    expect(ofTable(hook.arrived, 'B')).toBe(30);
    const began = s.clock.monotonic() - 15 * MINUTE;
    expect(hook.requests.filter(({ at }) => at > began).length).toBeLessThan(200);
    await s.stopAll();
    expect(s.faults).toEqual([]);
  });
});

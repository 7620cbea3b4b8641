import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { CheckpointError } from '../../src/checkpoints/errors.ts';
import { createTableHolds } from '../../src/delivery/table-holds.ts';

const refusal = { code: 'rows_refused', message: 'answered 422' } as const;
const MINUTE = 60_000;

function consumers() {
  const clock = new FakeClock(1_000_000);
  const documents = createMemoryStateDocuments();
  const metrics = recordingMetrics();
  const make = () => createTableHolds('hook', { documents, clock, logger: silentLogger, metrics });
  return { clock, documents, metrics, make, one: make(), two: make() };
}

describe('The held tables of a destination', () => {
  it('are probed at growing pauses, by one consumer at a time', async () => {
    const { clock, one, two } = consumers();
    const waits: number[] = [];
    for (let probes = 0; probes < 7; probes++) {
      const until = await one.failed('DeviceEvents', refusal);
      waits.push((until - clock.now()) / 1000);
      await two.refresh();
      expect(await two.admit('deviceevents')).toBe(until);
      clock.advance(until - clock.now());
      const admitted = await Promise.all([one.admit('DeviceEvents'), two.admit('DeviceEvents')]);
      expect(admitted.filter((each) => each === undefined)).toHaveLength(1);
      // The other one waits for the probe, and no longer than two minutes where it never ends.
      expect(Math.max(...admitted.map((each) => each ?? 0))).toBeLessThanOrEqual(clock.now() + 2 * MINUTE);
    }
    expect(waits).toEqual([30, 60, 120, 240, 300, 300, 300]);
  });

  it('are no matter for other tables, and are told', async () => {
    const { one } = consumers();
    await one.failed('DeviceEvents', refusal);
    expect(one.heldUntil('DeviceInfo')).toBeUndefined();
    expect(await one.admit('DeviceInfo')).toBeUndefined();
    expect(one.tables).toEqual(['deviceevents']);
    await one.accepted('DeviceEvents');
    expect(one.tables).toEqual([]);
  });

  it('end for all consumers when one row of the table is accepted, and only that table', async () => {
    const { documents, one, two } = consumers();
    await one.failed('DeviceEvents', refusal);
    await two.refresh();
    await two.failed('DeviceInfo', refusal);
    await one.accepted('DeviceEvents');
    await two.refresh();
    expect(two.isHeld('DeviceEvents')).toBe(false);
    expect(two.isHeld('DeviceInfo')).toBe(true);
    await two.accepted('DeviceInfo');
    expect(await documents.get('holds/hook')).toBeUndefined();
    await one.refresh();
    expect(one.isHeld('DeviceInfo')).toBe(false);
  });

  it('end when a person resets them', async () => {
    const { documents, one } = consumers();
    await one.failed('DeviceEvents', refusal);
    await documents.remove('holds/hook');
    await one.refresh();
    expect(one.isHeld('DeviceEvents')).toBe(false);
  });

  it('are believed up to the longest pause only where another clock is a day ahead', async () => {
    const { clock, documents, make } = consumers();
    const hold = { failures: 1, openUntil: clock.now() + 24 * 60 * MINUTE, since: 0, ...refusal };
    await documents.put('holds/hook', { tables: { deviceevents: hold } }, undefined);
    let admitted: number | undefined = 0;
    for (let looks = 0; looks < 20 && admitted !== undefined; looks++) {
      // A process that starts anew each time, as an isolate of a Worker may.
      const holds = make();
      await holds.refresh();
      admitted = await holds.admit('DeviceEvents');
      clock.advance(MINUTE);
    }
    expect(admitted).toBeUndefined();
  });

  it('are believed for as long as was meant where another clock is a day ahead', async () => {
    const { clock, documents, metrics, two } = consumers();
    const ahead = new FakeClock(clock.now() + 24 * 60 * MINUTE);
    const one = createTableHolds('hook', { documents, clock: ahead, logger: silentLogger, metrics });
    await one.failed('DeviceEvents', refusal);
    await two.refresh();
    expect(two.heldUntil('DeviceEvents')).toBe(clock.now() + 30_000);
    clock.advance(30_000);
    expect(await two.admit('DeviceEvents')).toBeUndefined();
  });

  it('last no longer than twice what was meant where the own clock is set back', async () => {
    const { clock, documents, metrics } = consumers();
    let off = 0;
    const stepped = {
      now: () => clock.now() + off,
      monotonic: () => clock.monotonic(),
      sleep: (ms: number) => clock.sleep(ms),
      after: (ms: number, work: () => void) => clock.after(ms, work),
    };
    const holds = createTableHolds('hook', { documents, clock: stepped, logger: silentLogger, metrics });
    await holds.failed('DeviceEvents', refusal);
    off = -7 * MINUTE;
    expect(holds.heldUntil('DeviceEvents')).toBe(clock.now() + off + 30_000);
    clock.advance(30_000);
    // The document still has the moment of before: read once more, it counts once more.
    expect(await holds.admit('DeviceEvents')).toBe(clock.now() + off + 30_000);
    clock.advance(30_000);
    expect(await holds.admit('DeviceEvents')).toBeUndefined();
  });

  it('keep what they know while the state cannot be shared, and survive a document that is not theirs', async () => {
    const { clock, documents, one, two } = consumers();
    await documents.put('holds/hook', 'nonsense', undefined);
    await two.refresh();
    expect(await two.admit('DeviceEvents')).toBeUndefined();
    const down = () => Promise.reject(new CheckpointError('storage_unavailable', 'down'));
    Object.assign(documents, { get: down, put: down, remove: down });
    const until = await one.failed('DeviceEvents', refusal);
    expect(one.heldUntil('DeviceEvents')).toBe(until);
    clock.advance(30_000);
    expect(await one.admit('DeviceEvents')).toBeUndefined();
    await one.accepted('DeviceEvents');
    expect(one.isHeld('DeviceEvents')).toBe(false);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'x'.repeat(5_000), 'É\u0000/..', ''])(
    'may have any name: %j',
    async (table) => {
      const { clock, one, two } = consumers();
      await one.failed('DeviceEvents', refusal);
      expect(one.isHeld(table)).toBe(false);
      expect(await one.admit(table)).toBeUndefined();
      const until = await one.failed(table, refusal);
      expect(one.heldUntil(table)).toBe(until);
      await one.refresh();
      await two.refresh();
      expect(two.isHeld('DeviceEvents')).toBe(true);
      clock.advance(15 * MINUTE);
      expect(await one.admit(table)).toBeUndefined();
      await one.accepted(table);
      expect(one.isHeld(table)).toBe(false);
      expect(one.isHeld('DeviceEvents')).toBe(true);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { fleetWorld, percentile } from './fleet-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const tables = (count: number) => Array.from({ length: count }, (_, n) => `T${n}`);

/** Each table grows every `everyMs`, one after the other, for `ms`. */
async function grow(
  world: ReturnType<typeof fleetWorld>,
  names: readonly string[],
  { ms, everyMs }: { readonly ms: number; readonly everyMs: number },
) {
  const step = Math.floor(everyMs / names.length);
  for (let gone = 0, turn = 0; gone < ms; gone += step, turn++) {
    await world.append(names[turn % names.length] ?? '');
    await world.clock.run(step);
  }
}

describe('a process that follows its blobs', () => {
  it('delivers what tables grow each 5 s within 3 s half of the time, and within 6 s', async () => {
    const world = fleetWorld();
    world.start();
    const names = tables(15);
    await grow(world, names, { ms: 20 * SECOND, everyMs: 5 * SECOND });
    const since = world.clock.monotonic();
    await grow(world, names, { ms: MINUTE, everyMs: 5 * SECOND });
    await world.clock.run(20 * SECOND);
    expect(world.missing()).toEqual([]);
    expect(percentile(world.latencies(since), 0.5)).toBeLessThan(3 * SECOND);
    expect(percentile(world.latencies(since), 0.99)).toBeLessThan(6 * SECOND);
    expect(world.faults).toEqual([]);
  });

  it('delivers what comes each 30 s within 15 s', async () => {
    const world = fleetWorld();
    world.start();
    const names = tables(7);
    await grow(world, names, { ms: 2 * MINUTE, everyMs: 31 * SECOND });
    const since = world.clock.monotonic();
    await grow(world, names, { ms: 5 * MINUTE, everyMs: 31 * SECOND });
    await world.clock.run(30 * SECOND);
    expect(world.missing()).toEqual([]);
    expect(percentile(world.latencies(since), 0.99)).toBeLessThan(15 * SECOND);
  });

  it('looks at a quiet blob with one request and writes nothing', async () => {
    const world = fleetWorld();
    const process = world.start();
    for (const name of tables(5)) await world.append(name);
    await world.clock.run(3 * MINUTE);
    const before = new Map(process.calls);
    await world.clock.run(5 * MINUTE);
    const since = (what: string) => (process.calls.get(what) ?? 0) - (before.get(what) ?? 0);
    expect(since('stat')).toBeGreaterThanOrEqual(5 * 4);
    expect(since('stat')).toBeLessThanOrEqual(5 * 6);
    for (const what of ['save', 'claim', 'renew', 'release', 'queue', 'read'])
      expect([what, since(what)]).toEqual([what, 0]);
    expect(since('load')).toBeLessThanOrEqual(5);
  });

  it('looks at quiet blobs together, at two moments in `tail.poll_max`, and at each in that time', async () => {
    const world = fleetWorld();
    world.start();
    const names = tables(9);
    for (const name of names) {
      await world.append(name);
      await world.clock.run(3 * SECOND);
    }
    await world.clock.run(6 * MINUTE);
    const since = world.clock.monotonic();
    await world.clock.run(5 * MINUTE);
    const recent = world.looks.filter(({ at }) => at >= since);
    const moments = new Set(recent.map(({ at }) => Math.round(at / SECOND)));
    expect(moments.size).toBeLessThanOrEqual(10);
    const byBlob = Map.groupBy(recent, ({ blob }) => blob);
    expect(byBlob.size).toBe(names.length);
    for (const [, looks] of byBlob) {
      expect(looks.length).toBe(5);
      for (const [n, { at }] of looks.entries())
        expect(at - (looks[n - 1]?.at ?? at)).toBeLessThanOrEqual(61 * SECOND);
    }
  });

  it('wakes less than eleven times a minute where all is quiet: for the queue, heartbeats, and what comes at random', async () => {
    const world = fleetWorld();
    const process = world.start();
    for (const name of tables(30)) await world.append(name);
    await world.clock.run(10 * MINUTE);
    process.wakes.clear();
    await world.clock.run(10 * MINUTE);
    expect(process.wakes.size / 10).toBeLessThan(11);
  });

  it('looks at many quiet blobs as often as a short `tail.poll_max` says, where the storage is slow', async () => {
    const world = fleetWorld({ pollMaxMs: SECOND, lookMs: 200 });
    world.start();
    const names = tables(60);
    for (const name of names) await world.append(name);
    // Before that, looks read as well.
    await world.clock.run(3 * MINUTE);
    const since = world.clock.monotonic();
    await world.clock.run(5 * SECOND);
    const byBlob = Map.groupBy(
      world.looks.filter(({ at }) => at >= since),
      ({ blob }) => blob,
    );
    expect(byBlob.size).toBe(names.length);
    for (const [, looks] of byBlob)
      for (const [n, { at }] of looks.entries())
        expect(at - (looks[n - 1]?.at ?? at)).toBeLessThanOrEqual(1.5 * SECOND);
  });

  it('reads what has grown with the look that finds it', async () => {
    const world = fleetWorld();
    const process = world.start();
    const names = tables(5);
    await grow(world, names, { ms: 20 * SECOND, everyMs: 5 * SECOND });
    const before = new Map(process.calls);
    await grow(world, names, { ms: MINUTE, everyMs: 5 * SECOND });
    await world.clock.run(10 * SECOND);
    const since = (what: string) => (process.calls.get(what) ?? 0) - (before.get(what) ?? 0);
    expect(world.missing()).toEqual([]);
    expect(since('save')).toBeGreaterThanOrEqual(5 * 10);
    expect(since('peek')).toBeGreaterThanOrEqual(since('save'));
    expect([since('stat'), since('read')]).toEqual([0, 0]);
  });

  it('writes offsets no more often than it is told, and before it hands a blob over', async () => {
    const world = fleetWorld({ checkpointEveryMs: 30 * SECOND });
    const process = world.start();
    const names = tables(3);
    await grow(world, names, { ms: 30 * SECOND, everyMs: 5 * SECOND });
    const before = process.calls.get('save') ?? 0;
    await grow(world, names, { ms: 2 * MINUTE, everyMs: 5 * SECOND });
    expect((process.calls.get('save') ?? 0) - before).toBeLessThanOrEqual(3 * 5);
    process.stop();
    await world.clock.run(5 * SECOND);
    world.start();
    await grow(world, names, { ms: 30 * SECOND, everyMs: 5 * SECOND });
    await world.clock.run(MINUTE);
    expect(world.missing()).toEqual([]);
    expect(world.repeats).toEqual([]);
    // What is deferred when the blob grows no more is written, too.
    for (const name of names) {
      const stored = await world.checkpoints.load(world.refOf(name));
      expect(stored?.checkpoint.destinations.splunk?.offset).toBe(stored?.checkpoint.length);
    }
  });

  it('sends again after a crash what came since the offsets were written, and no more', async () => {
    const world = fleetWorld({ checkpointEveryMs: 30 * SECOND });
    const process = world.start();
    const names = tables(2);
    await grow(world, names, { ms: 2 * MINUTE, everyMs: 5 * SECOND });
    process.kill();
    world.start();
    await grow(world, names, { ms: 30 * SECOND, everyMs: 5 * SECOND });
    await world.clock.run(2 * MINUTE);
    expect(world.missing()).toEqual([]);
    expect(world.repeats.length).toBeGreaterThan(0);
    expect(world.repeats.length).toBeLessThanOrEqual(2 * 8);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'takes up a blob that grows right after it was closed, whichever process is told (%i)',
    async (n) => {
      const world = fleetWorld();
      world.start();
      await world.append('T');
      // The processes ask the queue at other moments each time.
      await world.clock.run(MINUTE + n * 1_700);
      world.start();
      await world.clock.run(70 * MINUTE);
      const isClosed = async () =>
        (await world.checkpoints.load(world.refOf('T')))?.checkpoint.closed === true;
      for (let second = 0; second < 20 * 60 && !(await isClosed()); second++) await world.clock.run(SECOND);
      expect(await isClosed()).toBe(true);
      await world.append('T', false);
      await world.hint('T');
      await world.clock.run(MINUTE);
      expect(world.missing()).toEqual([]);
    },
  );

  it.each([17, 19, 20, 21, 23])(
    'takes over within 90 s what a killed process followed, also while new blobs come each %i s',
    async (every) => {
      const world = fleetWorld();
      world.start();
      const other = world.start();
      const names = tables(8);
      for (const name of names) await world.append(name);
      await world.clock.run(2 * MINUTE);
      other.kill();
      for (const name of names) await world.append(name);
      for (let second = 0; second < 90; second++) {
        if (second % every === 0) await world.append(`New${second}`);
        await world.clock.run(SECOND);
      }
      expect(world.missing().filter((row) => !row.startsWith('New'))).toEqual([]);
    },
  );

  it('sends the own task of a cursor that a dropped task had made and not sent', async () => {
    const world = fleetWorld();
    world.start();
    await world.append('T');
    await world.clock.run(MINUTE);
    // An earlier visit of the task `dead` wrote this, and its process died before it sent the task.
    const ref = world.refOf('T');
    const stored = await world.checkpoints.load(ref);
    const { splunk } = stored?.checkpoint.destinations ?? {};
    if (!stored || !splunk) throw new Error('nothing was read');
    const behind = { task: 'dead.0-1', due: world.clock.now(), attempts: 0 };
    const destinations = { ...stored.checkpoint.destinations, splunk: { ...splunk, behind } };
    await world.checkpoints.save(ref, { ...stored.checkpoint, destinations }, stored.etag);
    await world.hint('T', 'dead');
    await world.append('T', false);
    await world.clock.run(MINUTE);
    expect(world.missing()).toEqual([]);
    expect((await world.checkpoints.load(ref))?.checkpoint.destinations.splunk).not.toHaveProperty('behind');
  });
});

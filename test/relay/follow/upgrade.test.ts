/** Consumers of the version before, which know the queue's tasks only, beside consumers that follow. */
import { describe, expect, it } from 'vitest';
import { checkpointJson } from '../../../src/checkpoints/encoding.ts';
import { fleetWorld } from './fleet-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TABLES = ['A', 'B', 'C', 'D'] as const;
type World = ReturnType<typeof fleetWorld>;

async function grow(world: World, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const table of TABLES) await world.append(table);
    await world.clock.run(10 * SECOND);
  }
}

/** What is lost by a kill beside old consumers is found by their sweep: five minutes overdue, and the sweep's interval. */
const SWEPT_MS = 12 * MINUTE;

describe('an upgrade', () => {
  it.each([
    ['the old one is stopped', 'old', 'stop'],
    ['the old one is killed', 'old', 'kill'],
    ['the new one is stopped, and rolled back', 'new', 'stop'],
    ['the new one is killed, and rolled back', 'new', 'kill'],
  ] as const)('loses nothing while both run, and when %s', async (_, which, how) => {
    const world = fleetWorld();
    const old = world.start({ isOld: true });
    await grow(world, 3);
    const following = world.start();
    await grow(world, 6);
    (which === 'old' ? old : following)[how]();
    await grow(world, 6);
    await world.clock.run(SWEPT_MS);
    expect(world.missing()).toEqual([]);
    // The one that is left delivers what comes from now on.
    await grow(world, 3);
    await world.clock.run(2 * MINUTE);
    expect(world.missing()).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  it('keeps the checkpoint readable by the version before', async () => {
    const world = fleetWorld();
    world.start();
    await grow(world, 3);
    const stored = await world.checkpoints.load(world.refOf('A'));
    if (!stored) throw new Error('nothing is stored');
    expect(Object.keys(checkpointJson(stored.checkpoint)).sort()).toEqual(
      [
        'closed',
        'createdOn',
        'destinations',
        'end',
        'etag',
        'format',
        'grownOn',
        'length',
        'next',
        'v',
      ].sort(),
    );
    expect(Object.keys(stored.checkpoint.next ?? {}).sort()).toEqual(['due', 'task']);
  });
});

describe('sharing out', () => {
  /** By process: the blobs that its heartbeat lists. */
  const shares = async (world: World) => {
    const found = new Map<string, number>();
    for await (const name of world.documents.list('followers/')) {
      const value = (await world.documents.get(name))?.value as
        | { host: string; follows: unknown[] }
        | undefined;
      if (value) found.set(value.host, value.follows.length);
    }
    return found;
  };
  const names = Array.from({ length: 12 }, (_, n) => `T${n}`);
  const growAll = async (world: World, ms: number) => {
    for (let gone = 0; gone < ms; gone += 5 * SECOND) {
      for (const name of names) await world.append(name);
      await world.clock.run(5 * SECOND);
    }
  };

  it('gives a new consumer its part within a minute, by cores', async () => {
    const world = fleetWorld();
    world.start({ cores: 1 });
    await growAll(world, MINUTE);
    expect((await shares(world)).get('p1')).toBe(12);
    world.start({ cores: 2 });
    await growAll(world, MINUTE + 5 * SECOND);
    const found = await shares(world);
    expect(found.get('p2')).toBeGreaterThanOrEqual(6);
    expect(found.get('p2')).toBeLessThanOrEqual(10);
    expect((found.get('p1') ?? 0) + (found.get('p2') ?? 0)).toBe(12);
    await growAll(world, MINUTE);
    await world.clock.run(20 * SECOND);
    expect(world.missing()).toEqual([]);
  });

  it('takes over what a killed consumer followed within 90 s', async () => {
    const world = fleetWorld();
    const first = world.start();
    world.start();
    await growAll(world, 90 * SECOND);
    expect([...(await shares(world)).values()].reduce((sum, one) => sum + one, 0)).toBe(12);
    first.kill();
    await growAll(world, 90 * SECOND);
    expect(Math.max(...world.latencies())).toBeLessThan(95 * SECOND);
    await world.clock.run(20 * SECOND);
    expect((await shares(world)).get('p2')).toBe(12);
    expect(world.missing()).toEqual([]);
  });

  it('leaves on the queue what a process cannot follow', async () => {
    const world = fleetWorld({ capacity: 4 });
    world.start();
    await growAll(world, MINUTE);
    expect((await shares(world)).get('p1')).toBe(4);
    expect((await world.queue.depth()).ready).toBeGreaterThanOrEqual(8);
    await world.clock.run(30 * SECOND);
    expect(world.missing()).toEqual([]);
  });

  it('hands everything over when a consumer stops', async () => {
    const world = fleetWorld();
    const first = world.start();
    await growAll(world, 30 * SECOND);
    world.start();
    first.stop();
    await world.clock.run(5 * SECOND);
    expect(first.hasEnded).toBe(true);
    const since = world.clock.monotonic();
    await growAll(world, 30 * SECOND);
    await world.clock.run(20 * SECOND);
    expect(world.missing()).toEqual([]);
    expect(Math.max(...world.latencies(since))).toBeLessThan(15 * SECOND);
    expect([...(await shares(world)).keys()]).toEqual(['p2']);
  });
});

/** Heartbeats that somebody deletes, or fills with what is no heartbeat, as when a person cleans up the state container. */
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { fleetWorld } from './fleet-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TABLES = ['A', 'B', 'C', 'D'] as const;
type World = ReturnType<typeof fleetWorld>;

async function grow(world: World, ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 5 * SECOND) {
    for (const table of TABLES) await world.append(table);
    await world.clock.run(5 * SECOND);
  }
}

async function heartbeats(world: World): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of world.documents.list('followers/')) names.push(name);
  return names;
}

/** Lets reading these documents fail, as it does where they are not JSON. */
function makeUnreadable(world: World, names: readonly string[]): void {
  const { get } = world.documents;
  world.documents.get = (name, signal) =>
    names.includes(name)
      ? Promise.reject(new CheckpointError('checkpoint_unreadable', `${name} is not JSON`))
      : get(name, signal);
}

/** Replaces the content, as somebody who does not know the document's ETag. */
async function overwrite(world: World, name: string): Promise<void> {
  await world.documents.remove(name);
  await world.documents.put(name, 'rubbish', undefined);
}

describe('a process whose heartbeat is damaged', () => {
  it.each([
    ['deleted', async (world: World, name: string) => world.documents.remove(name)],
    ['filled with other JSON', overwrite],
    [
      'filled with what is not JSON',
      async (world: World, name: string) => {
        await overwrite(world, name);
        makeUnreadable(world, [name]);
      },
    ],
  ])('delivers on when it is %s', async (_, damage) => {
    const world = fleetWorld();
    world.start();
    await grow(world, 30 * SECOND);
    for (const name of await heartbeats(world)) await damage(world, name);
    const since = world.clock.monotonic();
    await grow(world, MINUTE);
    await world.clock.run(20 * SECOND);
    expect(world.missing()).toEqual([]);
    expect(Math.max(...world.latencies(since))).toBeLessThan(15 * SECOND);
    // It beats under another name, and lists its blobs there.
    const found = await Promise.all(
      (await heartbeats(world)).map((name) => world.documents.get(name).catch(() => undefined)),
    );
    const lists = found.map((one) => (one?.value as { follows?: unknown[] } | undefined)?.follows?.length);
    expect(lists.filter((length) => length === TABLES.length)).toHaveLength(1);
  });
});

describe('a document that is no heartbeat', () => {
  it.each([
    ['of other JSON', 'followers/0', false],
    ['that is not JSON', 'followers/0', true],
    ['with a name that no document has', 'followers/a (copy)', false],
  ])(
    'does not keep a process from taking over what a killed one followed: one %s',
    async (_, name, isUnreadable) => {
      const world = fleetWorld();
      const first = world.start();
      world.start();
      await grow(world, MINUTE);
      if (isUnreadable || !name.includes(' ')) await world.documents.put(name, [], undefined);
      if (isUnreadable) makeUnreadable(world, [name]);
      const { list } = world.documents;
      world.documents.list = async function* (prefix, signal) {
        if (prefix === 'followers/') yield name;
        for await (const one of list(prefix, signal)) if (one !== name) yield one;
      };
      first.kill();
      const since = world.clock.monotonic();
      await grow(world, 100 * SECOND);
      await world.clock.run(20 * SECOND);
      expect(world.missing()).toEqual([]);
      expect(Math.max(...world.latencies(since))).toBeLessThan(95 * SECOND);
    },
  );
});

describe('what has been no heartbeat for an hour', () => {
  it('is removed, one document a round, while younger ones, later versions and copies stay', async () => {
    const world = fleetWorld();
    for (const name of ['followers/0', 'followers/1', 'followers/2'])
      await world.documents.put(name, 'x', undefined);
    await world.documents.put('followers/later', { v: 2, beat: 1 }, undefined);
    makeUnreadable(world, ['followers/1']);
    world.start();
    await world.clock.run(50 * MINUTE);
    const all = await heartbeats(world);
    expect(all).toEqual(
      expect.arrayContaining(['followers/0', 'followers/1', 'followers/2', 'followers/later']),
    );
    await overwrite(world, 'followers/2');
    const inFolder = async () => (await heartbeats(world)).filter((name) => name.length < 17);
    const counts = new Set<number>();
    for (let gone = 0; gone < 15 * MINUTE; gone += 5 * SECOND) {
      await world.clock.run(5 * SECOND);
      counts.add((await inFolder()).length);
    }
    expect([...counts]).toEqual([4, 3, 2]);
    expect(await inFolder()).toEqual(['followers/2', 'followers/later']);
    await world.clock.run(50 * MINUTE);
    expect(await inFolder()).toEqual(['followers/later']);
  });

  it('stays where somebody writes it at that moment', async () => {
    const world = fleetWorld();
    await world.documents.put('followers/0', 'x', undefined);
    const { remove } = world.documents;
    world.documents.remove = async (name, etag) => {
      if (name === 'followers/0') throw new CheckpointError('checkpoint_conflict', 'another ETag');
      await remove(name, etag);
    };
    world.start();
    await grow(world, MINUTE);
    await world.clock.run(70 * MINUTE);
    expect(await heartbeats(world)).toHaveLength(2);
    await grow(world, MINUTE);
    await world.clock.run(20 * SECOND);
    expect(world.missing()).toEqual([]);
  });
});

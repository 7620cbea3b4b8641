/** A blob stays followed although its checkpoint names another task than the follower's, and although wall clocks are set. */
import { describe, expect, it } from 'vitest';
import { fleetWorld } from './fleet-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

type World = ReturnType<typeof fleetWorld>;

/** As the sweep of a process does that does not know yet who follows the blob: names a task of its own, and queues it. */
async function nameAnother(world: World, table: string): Promise<void> {
  const ref = world.refOf(table);
  const stored = await world.checkpoints.load(ref);
  if (!stored) throw new Error('nothing was read');
  await world.checkpoints.save(
    ref,
    { ...stored.checkpoint, next: { task: 'another', due: world.clock.now() } },
    stored.etag,
  );
  await world.hint(table, 'another');
}

/** Rows that nobody announces, for so long that no rule can count the task as lost and queue another one meanwhile. */
async function growUnannounced(world: World, table: string): Promise<void> {
  for (let n = 0; n < 10; n++) {
    await world.append(table, false);
    await world.clock.run(12 * SECOND);
  }
}

/** A process that follows the table, and another that knows it. */
async function followedTable(world: World, table: string) {
  const follower = world.start();
  await world.append(table);
  await world.clock.run(MINUTE);
  world.start();
  await world.clock.run(10 * MINUTE);
  return follower;
}

describe('a blob whose checkpoint names a task that is dropped for a follower', () => {
  it('is looked at by the follower of the process that dropped it', async () => {
    const world = fleetWorld();
    world.start();
    await world.append('T');
    await world.clock.run(10 * MINUTE);
    await nameAnother(world, 'T');
    await world.clock.run(20 * SECOND);
    await growUnannounced(world, 'T');
    await world.clock.run(30 * SECOND);
    expect(world.missing()).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  it('is looked at by the follower of another process', async () => {
    const world = fleetWorld();
    const follower = await followedTable(world, 'T');
    follower.suspend();
    await nameAnother(world, 'T');
    await world.clock.run(20 * SECOND);
    follower.resume();
    await growUnannounced(world, 'T');
    await world.clock.run(30 * SECOND);
    expect(world.missing()).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  it('is looked at where a process took the task that did not know the follower yet, whichever of both keeps the blob', async () => {
    for (let n = 0; n < 6; n++) {
      const world = fleetWorld();
      world.start();
      await world.append('T');
      await world.clock.run(10 * MINUTE);
      for (const process of world.processes) process.suspend();
      await nameAnother(world, 'T');
      world.start();
      await world.clock.run(5 * SECOND);
      for (const process of world.processes) process.resume();
      await world.clock.run(30 * SECOND);
      await growUnannounced(world, 'T');
      await world.clock.run(30 * SECOND);
      expect(world.missing()).toEqual([]);
      expect(world.faults).toEqual([]);
    }
  });

  it('is taken up where the process that follows it has died, which nobody knew when the task was dropped', async () => {
    const world = fleetWorld();
    const follower = await followedTable(world, 'T');
    follower.kill();
    await nameAnother(world, 'T');
    await world.append('T', false);
    await world.clock.run(100 * SECOND);
    expect(world.missing()).toEqual([]);
    await growUnannounced(world, 'T');
    await world.clock.run(30 * SECOND);
    expect(world.missing()).toEqual([]);
  });
});

it('looks in time although the wall clock was set back while a visit ended', async () => {
  const world = fleetWorld();
  const process = world.start();
  process.skew = 10 * MINUTE;
  await world.append('T');
  await world.clock.run(MINUTE);
  const { save } = world.checkpoints;
  world.checkpoints.save = (...args) => {
    process.skew = 0;
    return save(...args);
  };
  await world.append('T', false);
  await world.clock.run(2 * MINUTE);
  expect(process.skew).toBe(0);
  await growUnannounced(world, 'T');
  await world.clock.run(30 * SECOND);
  expect(world.missing()).toEqual([]);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../support/runs.ts';
import { fleetWorld, type Process } from './fleet-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TABLES = ['A', 'B', 'C', 'D', 'E'] as const;

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('grow' as const),
      tables: fc.subarray([...TABLES], { minLength: 1 }),
      rounds: fc.integer({ min: 1, max: 6 }),
      seconds: fc.integer({ min: 1, max: 15 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill', 'stop', 'start', 'resume'),
      which: fc.nat({ max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('suspend' as const), which: fc.nat({ max: 9 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('outage' as const), seconds: fc.integer({ min: 1, max: 150 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('skew' as const),
      which: fc.nat({ max: 9 }),
      seconds: fc.integer({ min: -5, max: 5 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type World = ReturnType<typeof fleetWorld>;

const MOST = 4;

async function perform(world: World, each: Step): Promise<void> {
  const running = world.processes.filter(({ isDead, hasEnded }) => !isDead && !hasEnded);
  const one: Process | undefined =
    'which' in each ? running[each.which % Math.max(1, running.length)] : undefined;
  switch (each.kind) {
    case 'grow':
      for (let round = 0; round < each.rounds; round++) {
        for (const table of each.tables) await world.append(table);
        await world.clock.run(each.seconds * SECOND);
      }
      return;
    case 'pass':
      return world.clock.run(each.seconds * SECOND);
    case 'kill':
      one?.kill();
      return;
    case 'stop':
      one?.stop();
      return;
    case 'start':
      if (running.length < MOST) world.start({ cores: 1 + (each.which % 3) });
      return;
    case 'suspend':
      one?.suspend();
      return;
    case 'resume':
      one?.resume();
      return;
    case 'outage':
      world.outage(true);
      await world.clock.run(each.seconds * SECOND);
      world.outage(false);
      return;
    case 'skew':
      if (one) one.skew = each.seconds * SECOND;
      return;
  }
}

describe('processes that follow, whatever happens to them', () => {
  it('deliver each append within a bound, leave no blob unfollowed, and do not look at one twice for long', async () => {
    const seen = { kills: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(1_000, 30_000),
        async (steps, processes, checkpointEveryMs) => {
          const world = fleetWorld({ checkpointEveryMs });
          for (let each = 0; each < processes; each++) world.start();
          await world.clock.run(5 * SECOND);
          for (const each of steps) await perform(world, each);
          // From now on all is well.
          for (const process of world.processes) process.resume();
          world.start();
          for (const table of TABLES) await world.append(table);
          // A killed process is noticed after 75 s, and what nobody lists is found by the sweep.
          await world.clock.run(8 * MINUTE);
          expect(world.missing()).toEqual([]);

          const calm = world.clock.monotonic();
          for (let round = 0; round < 6; round++) {
            for (const table of TABLES) await world.append(table);
            await world.clock.run(20 * SECOND);
          }
          await world.clock.run(MINUTE);
          expect(world.missing()).toEqual([]);
          expect(Math.max(...world.latencies(calm))).toBeLessThan(60 * SECOND + 5 * SECOND);
          // Handed over when a process was just started, perhaps; looked at in turns by two of them, never.
          const changes = world.changes(calm);
          expect(changes.size).toBe(TABLES.length);
          expect(Math.max(...changes.values())).toBeLessThanOrEqual(3);
          expect(world.faults).toEqual([]);
          seen.kills += steps.filter(({ kind }) => kind === 'kill').length;
          for (const process of world.processes) process.stop();
          await world.clock.run(20 * SECOND);
          const ended = world.processes.filter(({ isDead }) => !isDead);
          expect(ended.filter(({ hasEnded }) => !hasEnded).map(({ name }) => name)).toEqual([]);
        },
      ),
      { numRuns: runs(6), seed: Number(process.env.SEED ?? 1) },
    );
    expect(seen.kills).toBeGreaterThan(1);
  }, 300_000);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sweep } from '../../src/relay/discovery/sweep.ts';
import { RelayError } from '../../src/shared/errors.ts';
import { runs } from '../support/runs.ts';
import { HOUR, MINUTE, numbers, relay, rows } from './harness.ts';
import { misbehave } from './misbehave.ts';

const PORTS = {
  blobs: ['stat'],
  checkpoints: ['load', 'save', 'claim'],
  queue: ['send'],
  deadLetters: ['put'],
} as const;

/** What becomes of one call: it works, fails, fails though it was done, or the process dies just before or just after it. */
const fate = fc.constantFrom('fails', 'is done, says no', 'dies before', 'dies after');
type Fate = 'fails' | 'is done, says no' | 'dies before' | 'dies after';

/** Lets calls to the storage fail by plan, counted over all ports; a process that has died does nothing more until it is restarted. */
function inject(r: ReturnType<typeof relay>, plan: ReadonlyMap<number, Fate>) {
  let calls = 0;
  let isDead = false;
  let isOver = false;
  const dead = () => new RelayError('storage_unavailable', 'dead');
  for (const [port, methods] of Object.entries(PORTS)) {
    const target = Reflect.get(r, port);
    for (const method of methods) {
      const whole = Reflect.get(target, method).bind(target);
      Object.assign(target, {
        async [method](...args: unknown[]) {
          if (isOver) return whole(...args);
          if (isDead) throw dead();
          const fate = plan.get(calls++);
          if (fate === undefined) return guarded(await whole(...args));
          if (fate.startsWith('dies')) isDead = true;
          if (fate === 'is done, says no' || fate === 'dies after') await whole(...args);
          throw new RelayError('storage_unavailable', fate);
        },
      });
    }
  }
  const { receive } = r.queue;
  Object.assign(r.queue, {
    async receive(...args: Parameters<typeof receive>) {
      const messages = await receive.apply(r.queue, args);
      return messages.map((message) => ({
        ...message,
        // Dying six times over one message makes poison of it, which is not what is looked at here.
        dequeueCount: 1,
        complete: async () => {
          if (isDead) throw dead();
          const fate = isOver ? undefined : plan.get(calls++);
          if (fate?.startsWith('dies')) isDead = true;
          if (fate === undefined || fate === 'is done, says no' || fate === 'dies after')
            await message.complete();
          if (fate !== undefined) throw dead();
        },
      }));
    },
  });
  return {
    restart() {
      isDead = false;
    },
    heal() {
      isDead = false;
      isOver = true;
    },
  };

  /** The dead give up no claim. */
  function guarded(result: unknown): unknown {
    if (typeof result !== 'object' || result === null || !('release' in result)) return result;
    const claim = result as { release: () => Promise<void>; renew: () => Promise<void>; durationMs: number };
    return { ...claim, release: async () => (isDead ? undefined : claim.release()) };
  }
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 2000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('notify' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 5, max: 900 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('behave' as const),
      sink: fc.constantFrom('splunk', 'hook'),
      fault: fc.constantFrom('none', 'flaky', 'down', 'refuses 7'),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/**
 * Each row reached each destination, or its dead letters, in order apart from repeats; and nothing is left to do. A row that was refused
 * alone may come after those behind it: where its dead letter could not be stored, it is sent again.
 */
async function expectAll(
  r: ReturnType<typeof relay>,
  total: number,
  refused: ReadonlySet<string>,
): Promise<void> {
  const letters = await r.letters();
  for (const name of ['splunk', 'hook']) {
    const buried = letters.some((letter) => letter.destination === name) ? [7] : [];
    const arrived = [...new Set(r.sink(name).rows)];
    const all = [...arrived, ...buried.filter((n) => !arrived.includes(n))];
    expect(all.sort((a, b) => Number(a) - Number(b))).toEqual(numbers(0, total));
    const inOrder = arrived.filter((n) => !(n === 7 && refused.has(name)));
    expect(inOrder).toEqual([...inOrder].sort((a, b) => Number(a) - Number(b)));
  }
  expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  expect((await r.checkpoint())?.closed).toBe(true);
}

describe('whatever call to the storage fails, and wherever the process dies', () => {
  it.each([
    ['with the sweep', true],
    ['without the sweep, once it was notified', false],
  ])(
    'each row reaches each destination or its dead letters, in order apart from repeats: %s',
    async (_, sweeps) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 20 }),
          fc.array(fc.tuple(fc.integer({ min: 0, max: 150 }), fate), { maxLength: 12 }),
          fc.boolean(),
          async (steps, faults, hasLineEnd) => {
            const r = relay();
            if (!sweeps) await r.notify();
            const sweepNow = async () =>
              sweeps &&
              sweep(
                r.deps,
                { containerPrefix: 'insights-logs-', from: r.clock.now() - 180 * MINUTE, to: r.clock.now() },
                new AbortController().signal,
              ).catch(() => {});
            const { restart, heal } = inject(r, new Map(faults));
            const pass = async (ms: number, stepMs: number) => {
              for (let gone = 0; gone < ms; gone += stepMs) {
                await r.pass(stepMs, stepMs);
                restart();
              }
            };
            // A row that is half written when its blob closes is another matter.
            const openUntil = HOUR + 70 * MINUTE;
            const total = 20;
            const text = hasLineEnd ? rows(0, total) : rows(0, total).trimEnd();
            let written = 0;
            r.append('');
            const perform = async (each: Step) => {
              switch (each.kind) {
                case 'append':
                  r.append(text.slice(written, written + each.bytes));
                  written = Math.min(text.length, written + each.bytes);
                  return;
                case 'notify':
                  return r.notify().catch(() => {});
                case 'sweep':
                  return sweepNow();
                case 'pass':
                  return pass(Math.min(each.seconds * 1000, openUntil - r.clock.now()), 15_000);
                case 'behave':
                  misbehave(r.sink(each.sink), each.fault);
              }
            };
            for (const each of steps) {
              restart();
              await perform(each);
            }
            r.append(text.slice(written));
            for (const name of ['splunk', 'hook']) misbehave(r.sink(name), 'none');
            heal();
            for (let rounds = 0; rounds < 30; rounds++) {
              await sweepNow();
              await r.pass(5 * MINUTE, MINUTE);
            }

            const refused = steps.flatMap((each) =>
              each.kind === 'behave' && each.fault === 'refuses 7' ? [each.sink] : [],
            );
            await expectAll(r, total, new Set(refused));
          },
        ),
        { numRuns: runs(15) },
      );
    },
  );
});

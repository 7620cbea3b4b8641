import { BlobServiceClient } from '@azure/storage-blob';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClockedAzurite, startClockedAzurite } from '../../lab/clock/azurite-clock.ts';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryCheckpointStore } from '../../lab/memory/checkpoint-store.ts';
import { createAzureCheckpointStore } from '../../src/checkpoints/azure.ts';
import { ClaimKeeper } from '../../src/checkpoints/claim-keeper.ts';
import type { CheckpointStore } from '../../src/checkpoints/port.ts';
import type { BlobRef } from '../../src/shared/blob-ref.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { runs } from '../support/runs.ts';
import { commands, emptyHands, emptyModel } from './model.ts';

const LEASE_MS = 30_000;
/** No multiple of it comes near a lease's end: with Azurite some real time passes too. */
const STEP_MS = 11_000;

const blob = (name: string): BlobRef => ({ account: 'contoso', container: 'source', name });

describe('checkpoints and claims, against a model', () => {
  it('in memory', async () => {
    await fc.assert(
      fc.asyncProperty(commands(STEP_MS, 'max'), async (list) => {
        const clock = new FakeClock(0);
        const store = createMemoryCheckpointStore({ clock, leaseSeconds: LEASE_MS / 1000 });
        await fc.asyncModelRun(
          () => ({
            model: emptyModel(),
            real: {
              stores: [store],
              ref: blob('a.json'),
              leaseMs: LEASE_MS,
              renewsForStrangers: false,
              hands: emptyHands(),
              pass: async (ms) => clock.advance(ms),
            },
          }),
          list,
        );
      }),
      { numRuns: runs(50) },
    );
  });

  describe('in Azurite, whose clock is ours', () => {
    let azurite: ClockedAzurite;

    beforeAll(async () => {
      azurite = await startClockedAzurite();
    });
    afterAll(() => azurite?.stop());

    it('too', async () => {
      const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
      const stores = Array.from({ length: 2 }, () =>
        createAzureCheckpointStore(service, 'xdr-relay-state', { leaseSeconds: LEASE_MS / 1000 }),
      );
      await stores[0]?.ensure();
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(commands(STEP_MS, 'max'), async (list) => {
          runs++;
          await fc.asyncModelRun(
            () => ({
              model: emptyModel(),
              real: {
                stores,
                ref: blob(`run-${runs}.json`),
                leaseMs: LEASE_MS,
                renewsForStrangers: true,
                hands: emptyHands(),
                pass: (ms) => azurite.pass(ms),
              },
            }),
            list,
          );
        }),
        { numRuns: 10, endOnFailure: true },
      );
    }, 60_000);
  });
});

/** A consumer's clock: its timers stand still while it is suspended, as after SIGSTOP; time goes on. */
class SuspendableClock implements Clock {
  readonly #clock: FakeClock;
  #wake: (() => void) | undefined;
  #suspended: Promise<void> | undefined;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get isSuspended(): boolean {
    return this.#suspended !== undefined;
  }

  now = () => this.#clock.now();
  monotonic = () => this.#clock.monotonic();

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal);
    await this.#suspended;
  }

  after(ms: number, work: () => void): () => void {
    return this.#clock.after(ms, work);
  }

  suspend(): void {
    this.#suspended ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  resume(): void {
    this.#wake?.();
    this.#suspended = undefined;
  }
}

const consumer = fc.nat({ max: 2 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('claim' as const), who: consumer }),
  fc.record({ kind: fc.constant('release' as const), who: consumer }),
  fc.record({ kind: fc.constant('suspend' as const), who: consumer }),
  fc.record({ kind: fc.constant('resume' as const), who: consumer }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 12_000 }) }),
  fc.record({ kind: fc.constant('step' as const), ms: fc.integer({ min: -3_600_000, max: 3_600_000 }) }),
);

describe('a kept claim', () => {
  it('lets one consumer send at any moment, whoever is suspended and whatever the wall clock says', async () => {
    let held = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const clock = new FakeClock(0);
        const store = createMemoryCheckpointStore({ clock, leaseSeconds: LEASE_MS / 1000 });
        const consumers = Array.from(
          { length: 3 },
          (): Consumer => ({ clock: new SuspendableClock(clock), keeper: undefined }),
        );
        for (const each of steps) {
          if (each.kind === 'pass') clock.advance(each.ms);
          else if (each.kind === 'step') clock.step(each.ms);
          else {
            const one = consumers[each.who];
            if (!one) continue;
            await act(one, each.kind, store);
          }
          await settle();
          const senders = consumers.filter(({ keeper }) => keeper !== undefined && maySend(keeper));
          expect(senders.length).toBeLessThanOrEqual(1);
          held += senders.length;
        }
        for (const one of consumers) {
          one.clock.resume();
          await one.keeper?.release();
        }
      }),
      { numRuns: runs(50) },
    );
    // The law would hold as well if nobody ever held a claim.
    expect(held).toBeGreaterThan(200);
  });
});

interface Consumer {
  readonly clock: SuspendableClock;
  keeper: ClaimKeeper | undefined;
}

async function act(
  one: Consumer,
  kind: 'claim' | 'release' | 'suspend' | 'resume',
  store: CheckpointStore,
): Promise<void> {
  if (kind === 'suspend') one.clock.suspend();
  else if (kind === 'resume') one.clock.resume();
  else if (one.clock.isSuspended) return;
  else if (kind === 'release') {
    await one.keeper?.release();
    one.keeper = undefined;
  } else if (!one.keeper || !maySend(one.keeper)) {
    const askedAt = one.clock.monotonic();
    const claim = await store.claim(blob('a.json'));
    if (claim) one.keeper = new ClaimKeeper(claim, one.clock, askedAt);
  }
}

function maySend(keeper: ClaimKeeper): boolean {
  try {
    keeper.assertHeld();
    return true;
  } catch {
    return false;
  }
}

/** Lets everything go on that does not wait for time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

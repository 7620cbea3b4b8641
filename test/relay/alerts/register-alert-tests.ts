import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { placeKey } from '../../../src/destinations/place.ts';
import { RECORDS } from '../../../src/destinations/record.ts';
import { foldingDestination } from '../../../src/relay/alerts/people.ts';
import { SharedPaces } from '../../../src/relay/alerts/place-paces.ts';
import { createSilenceBook } from '../../../src/relay/silences/book.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { batchOf, countsIn, dying, type Heard, numbers, total } from './world.ts';

const SIGNAL = new AbortController().signal;
/** A due time in the state is acted on within this time, whatever dies. Milliseconds. */
const WITHIN_MS = 10_000;

/** Consumers of one destination, each through its own view of one store. */
export function consumers(destination: string, through: readonly StateDocuments[]) {
  const heard: Heard[] = [];
  const services = { clock: systemClock, logger: silentLogger, metrics: recordingMetrics() };
  const made = through.map((documents) => {
    const people = foldingDestination(
      {
        name: destination,
        type: 'slack',
        batch: { items: 500, bytes: 1 << 20, ageMs: 0 },
        concurrency: 4,
        encoding: RECORDS,
        messenger: {
          updates: 'none',
          wantsEnd: false,
          intervalMs: 50,
          async say(message) {
            heard.push({ at: Date.now(), messages: [message] });
            return 'posted';
          },
          async digest(messages) {
            heard.push({ at: Date.now(), messages });
          },
        },
        send: async () => {},
        close: async () => {},
      },
      {
        ...services,
        documents,
        deadLetters: createMemoryDeadLetters(services),
        joinWaitMs: () => 1_000,
        silences: createSilenceBook({ ...services, documents }),
      },
    );
    if (!people) throw new Error('no destination for people');
    return people;
  });
  return { heard, made };
}

/** What two consumers do with the alerts of one destination, over a real store and in real time. `make` gives two views of one store. */
export function registerAlertTests(
  name: string,
  make: () => Promise<readonly [StateDocuments, StateDocuments]>,
): void {
  describe(`${name}: alerts for people`, () => {
    let views: readonly [StateDocuments, StateDocuments];
    beforeAll(async () => {
      views = await make();
      await views[0].ensure();
    }, 30_000);

    it('fold at once, and each is counted once', async () => {
      const destination = `both-${crypto.randomUUID().slice(0, 8)}`;
      const { heard, made } = consumers(destination, views);
      await Promise.all(
        made.flatMap((people, index) =>
          numbers(4).map((part) =>
            people.destination.send(
              batchOf(numbers(50, (2 * part + index) * 50), (row) => ({ host: `ws-${row % 20}` })),
              SIGNAL,
            ),
          ),
        ),
      );
      await Promise.all(made.map(({ notifier }) => notifier.pass({ ms: 9_000, aheadMs: 9_000 }, SIGNAL)));
      await made[0]?.notifier.pass({ ms: 9_000, aheadMs: 9_000 }, SIGNAL);
      expect(total(heard)).toBe(400);
      expect(countsIn(heard).size).toBe(4);
    });

    it('keep the pace of a place that two destinations post to, over all consumers', async () => {
      const place = placeKey('test', crypto.randomUUID());
      const known = new Map([[place, new Set(['one', 'two'])]]);
      /** Of each turn that was taken: when the one after it is, as it was stored, and how much too early it was taken. Milliseconds. */
      const taken: { readonly nextAt: number; readonly early: number }[] = [];
      const post = async (documents: StateDocuments, destination: string) => {
        // A turn that passes while the machine is busy is not taken: the last one that was reserved is.
        let nextAt = Number.NaN;
        const noted: StateDocuments = {
          ...documents,
          async put(name, value, etag) {
            const written = await documents.put(name, value, etag);
            nextAt = Number(Reflect.get(Object(value), 'nextAt'));
            return written;
          },
        };
        const paces = new SharedPaces({ documents: noted, clock: systemClock });
        paces.know(known, 60_000);
        for (let n = 0; n < 2; n++) {
          expect(await paces.of(destination).turn(place, 100, SIGNAL)).toBe(0);
          taken.push({ nextAt, early: nextAt - 110 - systemClock.now() });
        }
      };
      await Promise.all(
        views.flatMap((documents) => ['one', 'two'].map((destination) => post(documents, destination))),
      );
      const turns = taken.map(({ nextAt }) => nextAt).sort((one, other) => one - other);
      expect(turns).toHaveLength(8);
      const gaps = turns.slice(1).map((turn, n) => turn - (turns[n] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(110);
      expect(Math.max(...taken.map(({ early }) => early))).toBeLessThanOrEqual(5);
    });

    it('are said by the other consumer within ten seconds, whatever request was the last of the one that folded them', async () => {
      // The last ones while it folds, takes the lease, and records what it has said.
      const lasts = numbers(9, 4).flatMap((last) => [
        { last, isAfter: false },
        { last, isAfter: true },
      ]);
      await Promise.all(
        lasts.map(async ({ last, isAfter }) => {
          const destination = `dying-${crypto.randomUUID().slice(0, 8)}`;
          const { through, died } = dying(views[0], last, isAfter);
          const { heard, made } = consumers(destination, [through, views[1]]);
          const [one, two] = made;
          if (!one || !two) throw new Error('two consumers');
          const stop = new AbortController();
          const running = two.notifier.run(stop.signal);
          const folded = one.destination.send(batchOf([1]), SIGNAL);
          const isFolded = await Promise.race([folded.then(() => true), died.then(() => false)]);
          // Its lane did not go on: the row is read again by the other consumer.
          if (!isFolded) await two.destination.send(batchOf([1]), SIGNAL);
          void one.notifier.pass({ ms: 1_000, aheadMs: 0 }, SIGNAL);
          await Promise.race([died, systemClock.sleep(3_000)]);
          const since = Date.now();
          while (heard.length === 0 && Date.now() - since < WITHIN_MS) await systemClock.sleep(50);
          stop.abort();
          await running;
          expect(total(heard), `request ${last}, after its effect: ${isAfter}`).toBe(1);
        }),
      );
    }, 60_000);
  });
}

/**
 * Consumers of one destination for people in a hostile world: requests to the state that fail, lose their reply or are the last that a
 * consumer makes; clocks that are off; a product that fails; documents that something else damages or removes.
 */
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import {
  createMemoryStateDocuments,
  damageDocument,
  type StoredDocuments,
} from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { Message } from '../../../src/alerts/message.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import {
  DestinationRefusedError,
  RetryableError,
  RowsRefusedError,
} from '../../../src/destinations/errors.ts';
import type { Messenger } from '../../../src/destinations/messenger.ts';
import type { Batch } from '../../../src/destinations/port.ts';
import { RECORDS } from '../../../src/destinations/record.ts';
import { foldingDestination, type People } from '../../../src/relay/alerts/people.ts';
import { createSilenceBook, type SilenceBook } from '../../../src/relay/silences/book.ts';
import { beginSilence } from '../../../src/relay/silences/change.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import { START } from './world.ts';

const SIGNAL = new AbortController().signal;

/** What becomes of a request to the state. */
export type Fate = 'ok' | 'fails' | 'reply lost' | 'dies before' | 'dies after';
/** What the product makes of a message. */
export type Answer =
  | 'takes'
  | 'takes, reply lost'
  | 'fails'
  | 'refuses the message'
  | 'refuses the relay'
  | 'unreached';

export interface HostileOptions {
  readonly fates: readonly Fate[];
  readonly answers: readonly Answer[];
  /** By consumer, how far its wall clock is off. Milliseconds. */
  readonly skews: readonly number[];
  readonly messenger: Pick<Messenger, 'updates' | 'wantsEnd'>;
  /** The id of a rule of which people are not told. */
  readonly silenced?: string;
}

interface Unsent {
  readonly batch: Batch;
}

export class HostileWorld {
  readonly clock = new FakeClock(START, { sleepPasses: true });
  readonly deadLetters = createMemoryDeadLetters({ clock: skewed(this.clock, 0) });
  readonly metrics = recordingMetrics();
  readonly heard: Message[] = [];
  /** Alerts of batches that were sent at least once. */
  sent = 0;
  /** How often something happened that may make a message come again. */
  disturbances = 0;
  readonly #stored: StoredDocuments = new Map();
  readonly #documents = createMemoryStateDocuments(this.#stored);
  readonly #fates: Fate[];
  readonly #answers: Answer[];
  readonly #options: HostileOptions;
  readonly #consumers: People[];
  readonly #died: PromiseWithResolvers<void>[] = [];
  #unsent: Unsent[] = [];
  #isHealthy = false;

  constructor(options: HostileOptions) {
    this.#options = options;
    this.#fates = [...options.fates];
    this.#answers = [...options.answers];
    this.#consumers = options.skews.map((skew, n) => this.#started(n, skew));
  }

  /** Begins what holds from the start. */
  async prepare(): Promise<void> {
    const { silenced } = this.#options;
    if (silenced === undefined) return;
    const silence = { rule: silenced, where: [], by: 'ada', reason: 'a patch', forMs: 20 * 24 * 60 * 60_000 };
    await beginSilence({ documents: this.#documents, clock: this.clock }, silence, SIGNAL);
  }

  /** As a lane does: what was not accepted is sent again, by any consumer. @param alerts how many of its rows people are to be told of. */
  async send(consumer: number, batch: Batch, alerts: number = batch.items.length): Promise<void> {
    this.sent += alerts;
    await this.#send(consumer, { batch });
  }

  async resend(consumer: number): Promise<void> {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const one of unsent) await this.#send(consumer, one);
  }

  /** Several consumers say what is due, at the same time. */
  async pass(consumers: readonly number[], ms: number): Promise<void> {
    await Promise.all(
      consumers.map((n) => this.#living(n, (people) => people.notifier.pass({ ms, aheadMs: 0 }, SIGNAL))),
    );
  }

  damage(document: string, content: string | undefined): void {
    this.disturbances += 1;
    const known = [...this.#stored.keys()].map((path) => path.slice('documents/'.length, -'.json'.length));
    const name = known.find((one) => one.startsWith(`alerts/soc/${document}`));
    if (name === undefined) return;
    if (content !== undefined) damageDocument(this.#stored, name, content);
    else this.#stored.delete(`documents/${name}.json`);
  }

  /** All is well again: what is left is sent and said. */
  async heal(): Promise<void> {
    this.#isHealthy = true;
    for (const n of this.#consumers.keys()) this.#consumers[n] = this.#started(n, 0);
    await this.resend(0);
    if (this.#unsent.length > 0) throw new Error('a healthy consumer does not fold');
    for (const [times, stepMs] of [
      [40, 15_000],
      [30, 10 * 60_000],
    ] as const) {
      for (let n = 0; n < times; n++) {
        await this.pass([n % this.#consumers.length], 30_000);
        this.clock.advance(stepMs);
      }
    }
  }

  async #send(n: number, unsent: Unsent): Promise<void> {
    let isAccepted = false;
    await this.#living(n, async (people) => {
      await people.destination.send(unsent.batch, SIGNAL).then(
        () => {
          isAccepted = true;
        },
        () => {},
      );
    });
    if (!isAccepted) {
      this.disturbances += 1;
      this.#unsent.push(unsent);
    }
  }

  /** Work of a consumer, until it dies: then another takes its place. */
  async #living(n: number, work: (people: People) => Promise<void>): Promise<void> {
    const people = this.#consumers[n];
    const died = this.#died[n];
    if (people === undefined || died === undefined) return;
    const isDead = await Promise.race([work(people).then(() => false), died.promise.then(() => true)]);
    if (!isDead) return;
    this.disturbances += 1;
    this.#consumers[n] = this.#started(n, this.#options.skews[n] ?? 0);
  }

  #started(n: number, skew: number): People {
    const died = Promise.withResolvers<void>();
    this.#died[n] = died;
    const clock = skewed(this.clock, skew);
    const documents = this.#through(died);
    const people = foldingDestination(
      {
        name: 'soc',
        type: 'slack',
        batch: { items: 500, bytes: 1 << 20, ageMs: 0 },
        concurrency: 4,
        encoding: RECORDS,
        messenger: this.#messenger(),
        send: async () => {},
        close: async () => {},
      },
      {
        documents,
        deadLetters: this.deadLetters,
        clock,
        logger: silentLogger,
        metrics: this.metrics,
        joinWaitMs: () => 60_000,
        silences:
          this.#options.silenced === undefined
            ? NO_SILENCES
            : createSilenceBook({ documents, clock, logger: silentLogger, metrics: this.metrics }),
      },
    );
    if (!people) throw new Error('no destination for people');
    return people;
  }

  #messenger(): Messenger {
    const answered = (messages: readonly Message[]) => {
      const answer = this.#isHealthy ? 'takes' : (this.#answers.shift() ?? 'takes');
      if (answer !== 'takes') this.disturbances += 1;
      if (answer.startsWith('takes')) this.heard.push(...messages);
      if (answer === 'takes, reply lost' || answer === 'fails')
        throw new RetryableError('server_error', answer);
      if (answer === 'unreached') throw new RetryableError('unreachable', answer);
      if (answer === 'refuses the message') throw new RowsRefusedError('rows_refused', answer);
      if (answer === 'refuses the relay') throw new DestinationRefusedError('not_found', answer);
    };
    return {
      ...this.#options.messenger,
      intervalMs: 1_000,
      async say(message) {
        answered([message]);
        return 'posted';
      },
      async digest(messages) {
        answered(messages);
      },
    };
  }

  /** The state, as one consumer reaches it until it dies. */
  #through(died: PromiseWithResolvers<void>): StateDocuments {
    const documents = this.#documents;
    let isDead = false;
    const never = () => new Promise<never>(() => {});
    const die = () => {
      isDead = true;
      died.resolve();
      return never();
    };
    const request = async <T>(work: () => Promise<T>): Promise<T> => {
      if (isDead) return never();
      const fate = this.#isHealthy ? 'ok' : (this.#fates.shift() ?? 'ok');
      if (fate !== 'ok') this.disturbances += 1;
      if (fate === 'fails') throw new CheckpointError('storage_unavailable', fate);
      if (fate === 'dies before') return die();
      const result = await work();
      if (fate === 'dies after') return die();
      if (fate === 'reply lost') throw new CheckpointError('storage_unavailable', fate);
      return result;
    };
    return {
      ...documents,
      get: (...args) => request(() => documents.get(...args)),
      put: (...args) => request(() => documents.put(...args)),
      copy: (...args) => request(() => documents.copy(...args)),
      remove: (...args) => request(() => documents.remove(...args)),
    };
  }
}

function skewed(clock: Clock, ms: number): Clock {
  return {
    // Whole milliseconds, whatever slept on the clock.
    now: () => Math.floor(clock.now() + ms),
    monotonic: () => clock.monotonic(),
    sleep: (...args) => clock.sleep(...args),
    after: (...args) => clock.after(...args),
  };
}

const NO_SILENCES: SilenceBook = { current: async () => [], count() {}, close: async () => {} };

/** Says what is due at one destination for people, as the one consumer that does. */
import { byUrgency, type DueMessage, due, type Manner } from '../../alerts/groups/due.ts';
import { prune } from '../../alerts/groups/prune.ts';
import { failed, type SaidMessage, said, saidMessage } from '../../alerts/groups/said.ts';
import { healed, isAhead, type Shard } from '../../alerts/groups/state.ts';
import type { DeadLetterStore } from '../../delivery/dead-letters.ts';
import { isSendError, type SendError } from '../../delivery/failure.ts';
import { RetryableError, RowsRefusedError } from '../../destinations/errors.ts';
import type { Messenger, Posted } from '../../destinations/messenger.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError, messageOf } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { slept } from '../../shared/slept.ts';
import { Wake } from '../../shared/wake.ts';
import { letterOf } from './dead-letter.ts';
import type { AlertDocuments } from './documents.ts';
import { isGivenUp, pauseAfter, retryAt } from './failures.ts';
import {
  type AlertIndex,
  dueOf,
  type Entry,
  entryOf,
  isSilent,
  LEASE_MS,
  mayLease,
  NO_INDEX,
  pausedUntil,
  type Told,
  withTold,
} from './index-document.ts';
import type { AlertJoiner } from './joiner.ts';
import { JOINS, OPERATIONAL, RULES } from './names.ts';
import { OperationalMessages } from './operational.ts';
import { Order } from './order.ts';
import { Troubled } from './troubled.ts';
import { pauseOf, turnOf } from './turn.ts';

export interface NotifierDeps {
  readonly destination: string;
  readonly documents: AlertDocuments;
  readonly messenger: Messenger;
  readonly deadLetters: DeadLetterStore;
  readonly joiner: AlertJoiner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How often the index is read while nothing is known to be due: another consumer may have died. Milliseconds. */
export const LOOK_MS = 10_000;
/** How often a lease is renewed while a message is under way. Milliseconds. */
const RENEW_MS = 3_000;
/** No message may take longer. Milliseconds. */
const SAY_MS = 2 * 60_000;
/** The pause after the state could not be read or written. Milliseconds. */
const TROUBLE_MS = 5_000;
/** How often all documents are compared with the index, in case a crash kept an entry from being written. Milliseconds. */
const COMPARE_MS = 30 * 60_000;
/** The same while the index does not say that they ever were. Milliseconds. */
const COMPARE_NEW_MS = 60_000;
/** Documents that are read at once, and that are looked at in one step because they may be over. */
const READS = 4;
const SILENT = 20;
/** A document that could not be read or written does not keep the others waiting for so long. Milliseconds. */
const TROUBLED_MS = 10_000;
/** What cannot be said within this time at the product's pace goes into a digest. Milliseconds. */
const BACKLOG_MS = 10_000;
const LEAST_BACKLOG = 5;
/** Groups of one digest, and documents that are read for it. */
const DIGEST_GROUPS = 40;
const DIGEST_SHARDS = 40;

/** What a look at the index led to. */
type Step =
  /** Nothing to do before `until`, ms since the epoch. */
  | { readonly kind: 'wait'; readonly until: number }
  /** It is this consumer's turn, at `at`. */
  | {
      readonly kind: 'turn';
      readonly at: number;
      readonly names: readonly string[];
      readonly backlog: number;
      /** Whether nothing is said of the first: see `isSilent`. */
      readonly isSilent: boolean;
    };

/** The reason why a message is given up: another consumer says what is due now. */
const TAKEN_OVER = new Error('another consumer says what is due');

/** How a try to say something ended. */
type Said =
  | { readonly kind: 'said'; readonly posted: Posted | undefined }
  | { readonly kind: 'failed'; readonly error: SendError }
  | { readonly kind: 'lost' };

/**
 * Reads the index, takes the lease, says the most urgent message, records it, and begins again. Nothing is dropped: a message is recorded
 * as said only after the destination has taken it, or after it is in the dead letters.
 */
export class Notifier {
  readonly #deps: NotifierDeps;
  readonly #manner: Manner;
  readonly #owner: string = crypto.randomUUID();
  readonly #woken = new Wake();
  readonly #order: Order;
  readonly #operational: OperationalMessages;
  /** By document, entries that the index does not have yet. */
  readonly #entries: Told = new Map();
  /** By document, messages that were said and could not be recorded yet. */
  readonly #unrecorded = new Map<string, readonly SaidMessage[]>();
  readonly #troubled: Troubled;
  #index: AlertIndex | undefined;
  #comparedAt = 0;
  #isLeased = false;
  #isTroubled = false;
  #isWoken = false;
  #mayDigest = true;
  #saying: Promise<unknown> = Promise.resolve();
  /** When this process last began to say something, by the monotonic clock. */
  #sayingSince = Number.NEGATIVE_INFINITY;

  constructor(deps: NotifierDeps) {
    this.#deps = deps;
    this.#manner = deps.messenger;
    this.#order = new Order();
    this.#troubled = new Troubled(deps.clock, TROUBLED_MS);
    this.#operational = new OperationalMessages(deps.documents, deps.clock);
  }

  /** The index as it was last read; undefined before, and where there is none. */
  get index(): AlertIndex | undefined {
    return this.#index;
  }

  /** Something may be due now. */
  wake(): void {
    this.#isWoken = true;
    this.#woken.wake();
  }

  /** Whether something was folded that may be due, and that nobody has looked for since. */
  get isWoken(): boolean {
    return this.#isWoken;
  }

  /** Resolves when the message that is under way has ended. */
  async idle(): Promise<void> {
    await this.#saying.catch(() => {});
  }

  /** Says what is due, until stopped. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const until = await this.#stepSafely(stop);
      await this.#wait(until, stop);
    }
    await this.#release();
  }

  /**
   * For a host that does not keep running: says what is due and what becomes due within `aheadMs`, for at most `ms` milliseconds. Never
   * rejects.
   */
  async pass(
    { ms, aheadMs }: { readonly ms: number; readonly aheadMs: number },
    stop: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#deps;
    const end = clock.monotonic() + ms;
    while (!stop.aborted && clock.monotonic() < end) {
      const until = await this.#stepSafely(stop);
      const wait = until - clock.now();
      if (wait > aheadMs || clock.monotonic() + wait >= end) break;
      if (wait > 0 && !(await slept(clock, wait, stop))) break;
    }
    await this.#release();
  }

  /** One step. Returns when the next is due, ms since the epoch. */
  async #stepSafely(stop: AbortSignal): Promise<number> {
    const { clock, logger, destination } = this.#deps;
    try {
      const until = await this.#step(stop);
      this.#isTroubled = false;
      return until;
    } catch (error) {
      if (stop.aborted) return clock.now();
      logger[this.#isTroubled ? 'debug' : 'warn'](
        'The state of the alerts cannot be read or written; messages wait',
        {
          destination,
          ...loggedError(error),
        },
      );
      this.#isTroubled = true;
      return clock.now() + TROUBLE_MS;
    }
  }

  async #step(stop: AbortSignal): Promise<number> {
    const { clock } = this.#deps;
    this.#isWoken = false;
    const step = await this.#look();
    if (this.#mayCompare()) {
      await this.#compare(stop);
      if (step.kind === 'wait') return clock.now();
    }
    if (step.kind === 'wait') return step.until;
    this.#isLeased = true;
    const sinceLast = clock.monotonic() - this.#sayingSince;
    const own = step.isSilent ? 0 : this.#deps.messenger.intervalMs - sinceLast;
    const wait = Math.max(step.at - clock.now(), own);
    if (wait > 0 && !(await slept(clock, wait, stop))) return clock.now();
    try {
      await this.#act(step, stop);
    } catch (error) {
      this.#troubled.put(step.isSilent ? step.names.slice(0, SILENT) : step.names.slice(0, 1));
      throw error;
    }
    return clock.now();
  }

  /** Reads the index, and takes the lease and the next turn where something is due. */
  async #look(): Promise<Step> {
    const { documents, clock, messenger } = this.#deps;
    const step = await documents.changeIndex<Step>((stored) => {
      const now = clock.now();
      const index = this.#withEntries(stored ?? NO_INDEX);
      this.#index = stored && index;
      const isChanged = stored !== undefined && index !== stored;
      const wait = (until: number) => {
        const result: Step = { kind: 'wait', until };
        const { lease, ...rest } = index;
        if (lease?.owner === this.#owner) return { write: rest, result };
        return isChanged ? { write: index, result } : { keep: result };
      };
      const paused = pausedUntil(index, now);
      const names = this.#order
        .due(index, now)
        .filter((name) => !this.#troubled.has(name) && (paused === undefined || isSilentIn(index, name)));
      if (names.length === 0) return wait(Math.min(paused ?? Number.POSITIVE_INFINITY, nextDue(index, now)));
      if (!mayLease(index, this.#owner, now)) return wait(Math.min(index.lease?.until ?? now, now + LOOK_MS));
      // What says nothing takes nobody's turn to say something.
      const isSilent = isSilentIn(index, names[0]);
      const at = isSilent ? now : turnOf(index, now);
      const lease = { owner: this.#owner, until: at + LEASE_MS };
      const backlog = names.reduce((sum, name) => sum + (index.shards[name]?.messages ?? 0), 0);
      return {
        write: { ...index, lease, nextAt: isSilent ? index.nextAt : at + pauseOf(messenger) },
        result: { kind: 'turn', at, names, backlog, isSilent },
      };
    });
    this.#entries.clear();
    if (step.kind === 'wait') this.#isLeased = false;
    return step;
  }

  /** Says what is most urgent. */
  async #act(
    { names, backlog, isSilent }: Extract<Step, { kind: 'turn' }>,
    stop: AbortSignal,
  ): Promise<void> {
    const [name] = names;
    if (name === undefined) return;
    this.#order.served(name);
    if (name === OPERATIONAL) return this.#sayOperational();
    if (name.startsWith(JOINS)) return this.#deps.joiner.promote(name, this.#entries);
    // Those that are over come last, so all others of them are, too.
    if (isSilent) return inParallel(names.slice(0, SILENT), READS, (one) => this.#settle(one, undefined));
    const most = Math.max(
      LEAST_BACKLOG,
      Math.floor(BACKLOG_MS / Math.max(1, this.#deps.messenger.intervalMs)),
    );
    if (backlog <= most || !this.#mayDigest) {
      this.#mayDigest = true;
      return this.#sayFirst(name);
    }
    const saying = names.filter((one) => one.startsWith(RULES) && !isSilentIn(this.#index, one));
    const waiting = await this.#waiting(saying.slice(0, DIGEST_SHARDS));
    if (stop.aborted) return;
    if (waiting.length <= most) return this.#sayFirst(name);
    await this.#sayDigest(waiting.slice(0, DIGEST_GROUPS));
  }

  async #sayFirst(name: string): Promise<void> {
    const shard = await this.#load(name);
    const [message] = shard ? due(shard, this.#deps.clock.now(), this.#manner).messages : [];
    if (shard === undefined || message === undefined) return this.#settle(name, shard);
    const result = await this.#withLease((signal) =>
      this.#deps.messenger.say(message.message, message.posted, signal),
    );
    if (result.kind === 'said') {
      this.#counted('said');
      await this.#record(new Map([[name, [this.#saidNow(message, result.posted)]]]));
      return;
    }
    if (result.kind === 'failed') await this.#failed(name, message, result.error);
  }

  async #sayDigest(waiting: readonly Waiting[]): Promise<void> {
    const messages = waiting.map(({ message }) => message.message);
    const result = await this.#withLease(async (signal) => {
      await this.#deps.messenger.digest(messages, signal);
      return undefined;
    });
    if (result.kind === 'said') {
      this.#counted('digest');
      const byName = Map.groupBy(waiting, ({ name }) => name);
      await this.#record(
        new Map(
          [...byName].map(([name, own]) => [
            name,
            own.map(({ message }) => this.#saidNow(message, undefined)),
          ]),
        ),
      );
      return;
    }
    if (result.kind === 'lost') return;
    // Which of the messages is refused shows when they are said one by one.
    if (result.error instanceof RowsRefusedError) this.#mayDigest = false;
    else await this.#pause(result.error);
  }

  async #sayOperational(): Promise<void> {
    const pending = await this.#operational.pending();
    if (pending === undefined) {
      await this.#tellOperational();
      return;
    }
    const result = await this.#withLease((signal) =>
      this.#deps.messenger.say(pending.message, pending.posted, signal),
    );
    if (result.kind === 'said') {
      this.#counted('said');
      await this.#operational.said(pending, result.posted);
      await this.#accepted();
    } else if (result.kind === 'lost') return;
    else if (result.error instanceof RowsRefusedError) {
      this.#counted('refused');
      this.#deps.logger.error('A message about the relay was refused, and is not said', {
        destination: this.#deps.destination,
        title: pending.message.title,
        ...loggedError(result.error),
      });
      await this.#operational.said(pending, undefined);
    } else {
      const now = this.#deps.clock.now();
      const next = retryAt(pending.trouble, result.error, now);
      if (next > now) await this.#operational.failed(pending, next);
      await this.#pause(result.error);
    }
    await this.#tellOperational();
  }

  async #tellOperational(): Promise<void> {
    const { entry, seq } = await this.#operational.entry();
    this.#entries.set(OPERATIONAL, entry ?? { goneSince: seq });
  }

  /** The messages that are due in several documents, the most urgent first. */
  async #waiting(names: readonly string[]): Promise<readonly Waiting[]> {
    const { clock, logger, destination } = this.#deps;
    const loaded = await Promise.all(
      names.map(async (name) => {
        const shard = await this.#load(name).catch((error: unknown) => {
          this.#troubled.put([name]);
          logger.warn('A document of alerts cannot be read; what is in it waits', {
            destination,
            document: name,
            ...loggedError(error),
          });
          return undefined;
        });
        const messages = shard ? due(shard, clock.now(), this.#manner).messages : [];
        return messages.map((message) => ({ name, message }));
      }),
    );
    return loaded
      .flat()
      .filter(({ message }) => message.phase !== 'end')
      .sort((one, other) => byUrgency(one.message, other.message));
  }

  /** A document with what was said and is not recorded in it yet. */
  async #load(name: string): Promise<Shard | undefined> {
    const shard = await this.#deps.documents.shard(name);
    return shard && said(shard, this.#unrecorded.get(name) ?? [], this.#deps.clock.now());
  }

  #saidNow(message: DueMessage, posted: Posted | undefined): SaidMessage {
    return saidMessage(message, posted, this.#deps.clock.now());
  }

  /** Records what was said. If it cannot be, this process remembers it and does not say it again. */
  async #record(messages: ReadonlyMap<string, readonly SaidMessage[]>): Promise<void> {
    for (const [name, own] of messages) {
      this.#unrecorded.set(name, [...(this.#unrecorded.get(name) ?? []), ...own]);
    }
    await this.#accepted();
    for (const name of messages.keys()) await this.#settle(name, undefined);
  }

  /** Writes what is known of a document that has nothing to say now, removes it where it is over, and tells the index. */
  async #settle(name: string, known: Shard | undefined): Promise<void> {
    const { documents, clock } = this.#deps;
    const { wantsEnd } = this.#manner;
    const own = this.#unrecorded.get(name) ?? [];
    const shard = await documents.changeShard<Shard | undefined>(name, (stored) => {
      const now = clock.now();
      if (stored === undefined) return { keep: undefined };
      const recorded = said(stored, own, now);
      const next = prune(healed(recorded, now), now, wantsEnd) ?? recorded;
      return next === stored ? { keep: stored } : { write: next, result: next };
    });
    this.#unrecorded.delete(name);
    const now = clock.now();
    if (shard === undefined) {
      this.#entries.set(name, { goneSince: known?.seq ?? this.#index?.shards[name]?.seq ?? 0 });
      return;
    }
    if (prune(shard, now, wantsEnd) === undefined) {
      const isGone = await documents.remove(
        name,
        (stored) => prune(stored, clock.now(), wantsEnd) === undefined,
      );
      if (isGone) {
        this.#entries.set(name, { goneSince: shard.seq });
        return;
      }
    }
    this.#entries.set(name, this.#entryOf(shard));
  }

  async #failed(name: string, message: DueMessage, error: SendError): Promise<void> {
    const { clock, deadLetters, destination, logger } = this.#deps;
    const now = clock.now();
    const acceptedAt = this.#index?.acceptedAt;
    if (isGivenUp(message.trouble, error, { acceptedAt, now })) {
      await deadLetters.put(letterOf(destination, message, error));
      this.#counted('refused');
      logger.error('A message was refused; its alerts are in the dead letters', {
        destination,
        group: message.id,
        alerts: message.message.count,
        ...loggedError(error),
      });
      this.#unrecorded.set(name, [...(this.#unrecorded.get(name) ?? []), this.#saidNow(message, undefined)]);
      await this.#settle(name, undefined);
      return;
    }
    const at = retryAt(message.trouble, error, now);
    if (at > now) {
      const shard = await this.#deps.documents.changeShard<Shard | undefined>(name, (stored) => {
        if (stored === undefined) return { keep: undefined };
        const next = failed(stored, message.id, at, clock.now());
        return { write: next, result: next };
      });
      if (shard) this.#entries.set(name, this.#entryOf(shard));
    }
    await this.#pause(error);
  }

  async #accepted(): Promise<void> {
    const { documents, clock, logger, destination } = this.#deps;
    const wasPaused = this.#index?.pause;
    if (wasPaused === undefined && clock.now() - (this.#index?.acceptedAt ?? 0) < LOOK_MS) return;
    await documents.changeIndex((index = NO_INDEX) => {
      const { pause: _, ...rest } = index;
      return { write: { ...rest, acceptedAt: clock.now() }, result: undefined };
    });
    if (wasPaused) logger.info('A destination takes messages again', { destination });
  }

  async #pause(error: SendError): Promise<void> {
    const { documents, clock, logger, destination } = this.#deps;
    this.#counted('failed');
    const pause = await documents.changeIndex((index = NO_INDEX) => {
      const next = pauseAfter(index, error, clock.now());
      return { write: { ...index, pause: next }, result: next };
    });
    logger[pause.failures === 1 ? 'error' : 'debug'](
      'A destination takes no messages; alerts are folded meanwhile',
      {
        destination,
        nextTrySeconds: Math.round(pause.ms / 1000),
        ...loggedError(error),
      },
    );
  }

  #counted(result: 'said' | 'digest' | 'failed' | 'refused'): void {
    const { metrics, destination } = this.#deps;
    metrics.count('xdr_relay_messages_total', { destination, result });
  }

  /** Says something while the lease is renewed. What the destination has not answered when the lease is lost is given up. */
  async #withLease(say: (signal: AbortSignal) => Promise<Posted | undefined>): Promise<Said> {
    const { clock } = this.#deps;
    const lost = new AbortController();
    const cancelLimit = clock.after(SAY_MS, () => lost.abort(new Error('too long')));
    let cancelRenewal = () => {};
    const renewLater = () => {
      cancelRenewal = clock.after(RENEW_MS, () => {
        void this.#renewed().then((isOurs) => {
          if (!isOurs) lost.abort(TAKEN_OVER);
          else if (!isOver) renewLater();
        });
      });
    };
    let isOver = false;
    renewLater();
    this.#sayingSince = clock.monotonic();
    const saying = say(lost.signal);
    this.#saying = saying.catch(() => {});
    try {
      return { kind: 'said', posted: (await saying)?.slice(0, 512) };
    } catch (error) {
      if (isSendError(error)) return { kind: 'failed', error };
      if (lost.signal.aborted && lost.signal.reason === TAKEN_OVER) return { kind: 'lost' };
      if (lost.signal.aborted) {
        return { kind: 'failed', error: new RetryableError('timeout', 'The message took too long') };
      }
      // The message cannot even be made. To try again for ever would keep all others waiting.
      const refused = new RowsRefusedError('rows_refused', `The message failed: ${messageOf(error)}`, {
        cause: error,
      });
      return { kind: 'failed', error: refused };
    } finally {
      isOver = true;
      cancelLimit();
      cancelRenewal();
    }
  }

  /** Renews the lease; false where another consumer has it. If the state cannot be reached, no other can take it either. */
  #renewed(): Promise<boolean> {
    const { documents, clock } = this.#deps;
    return documents
      .changeIndex((index = NO_INDEX) => {
        if (index.lease?.owner !== this.#owner) return { keep: false };
        const lease = { owner: this.#owner, until: clock.now() + LEASE_MS };
        return { write: { ...index, lease }, result: true };
      })
      .catch(() => true);
  }

  #entryOf(shard: Shard): Entry {
    const now = this.#deps.clock.now();
    return entryOf(shard, due(shard, now, this.#manner), now);
  }

  /** Gives the lease to whoever wants it, and tells the index what is left to tell. Never rejects: the lease ends by itself. */
  async #release(): Promise<void> {
    if (!this.#isLeased && this.#entries.size === 0) return;
    await this.#deps.documents
      .changeIndex((stored = NO_INDEX) => {
        const { lease, ...rest } = this.#withEntries(stored);
        const kept = lease && lease.owner !== this.#owner ? { ...rest, lease } : rest;
        return { write: kept, result: undefined };
      })
      .catch(() => {});
    this.#isLeased = false;
  }

  #withEntries(index: AlertIndex): AlertIndex {
    return withTold(index, this.#entries);
  }

  /** Consumers share when it was done last, in the index. A new index knows nothing: the one before it may have been damaged or removed. */
  #mayCompare(): boolean {
    const now = this.#deps.clock.now();
    const shared = this.#index?.comparedAt;
    const [own = 0, other = 0] = [this.#comparedAt, shared].map((at = 0) => (isAhead(at, now) ? 0 : at));
    if (shared === undefined) return now - own >= COMPARE_NEW_MS;
    return now - Math.max(own, other) >= COMPARE_MS;
  }

  /** Finds documents whose entry was never written, because a consumer died in between. */
  async #compare(stop: AbortSignal): Promise<void> {
    const { documents, clock } = this.#deps;
    this.#comparedAt = clock.now();
    const names = await documents.names(stop);
    await inParallel(names, READS, async (name) => {
      if (stop.aborted) return;
      if (name.startsWith(JOINS)) {
        const entry = await this.#deps.joiner.entry(name);
        if (entry) this.#entries.set(name, entry);
      }
      if (!name.startsWith(RULES)) return;
      const shard = await documents.shard(name);
      if (shard) this.#entries.set(name, this.#entryOf(shard));
    });
    if (stop.aborted) return;
    if (names.includes(OPERATIONAL)) await this.#tellOperational();
    await documents.changeIndex((index = NO_INDEX) => ({
      write: { ...this.#withEntries(index), comparedAt: clock.now() },
      result: undefined,
    }));
    this.#entries.clear();
  }

  /** Waits until `until`, at most until the next look, or until woken. */
  async #wait(until: number, stop: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const ms = Math.min(until - clock.now(), LOOK_MS);
    if (ms <= 0) return;
    const over = new AbortController();
    const ended = AbortSignal.any([stop, over.signal]);
    await Promise.race([slept(clock, ms, ended), this.#woken.next(ended)]);
    over.abort();
  }
}

interface Waiting {
  readonly name: string;
  readonly message: DueMessage;
}

/**
 * When the next entry becomes due, ms since the epoch. One that is due already is left alone for now, and looked at again in a while.
 * Infinite where there is none.
 */
function nextDue({ shards }: AlertIndex, now: number): number {
  const dues = Object.values(shards).map((entry) => dueOf(entry, now));
  return Math.min(Number.POSITIVE_INFINITY, ...dues.map((at) => (at > now ? at : now + LOOK_MS)));
}

function isSilentIn(index: AlertIndex | undefined, name: string | undefined): boolean {
  const entry = name === undefined ? undefined : index?.shards[name];
  return name !== undefined && entry !== undefined && isSilent(name, entry);
}

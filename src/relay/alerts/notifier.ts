/** Says what is due at one destination for people, as the one consumer that does. */
import { loggedError } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { slept } from '../../shared/slept.ts';
import { Wake } from '../../shared/wake.ts';
import { type AlertIndex, NO_INDEX } from './index-document.ts';
import { JOINS, OPERATIONAL, RULES } from './names.ts';
import { choose, isSilentIn, LOOK_MS, type Step, type Turn } from './notifier/choose.ts';
import { Comparison } from './notifier/comparison.ts';
import { DIGEST_GROUPS, mostSingly, sayDigest, waitingIn } from './notifier/digest.ts';
import type { Waiting } from './notifier/failed.ts';
import { KnownIndex } from './notifier/known-index.ts';
import { Lease } from './notifier/lease.ts';
import type { NotifierDeps, Parts } from './notifier/parts.ts';
import { Records } from './notifier/records.ts';
import { sayAboutRelay } from './notifier/relay-messages.ts';
import { saySingle } from './notifier/single.ts';
import { OperationalMessages } from './operational.ts';
import { Order } from './order.ts';
import { Troubled } from './troubled.ts';

/** The pause after the state could not be read or written. Milliseconds. */
const TROUBLE_MS = 5_000;
/** A document that could not be read or written does not keep the others waiting for so long. Milliseconds. */
const TROUBLED_MS = 10_000;
/** Documents that are looked at in one step because they may be over, and that are read at once. */
const SILENT = 20;
const READS = 4;

/**
 * Reads the index, takes the lease, says the most urgent message, records it, and begins again. Nothing is dropped: a message is recorded
 * as said only after the destination has taken it, or after it is in the dead letters.
 */
export class Notifier {
  readonly #parts: Parts;
  readonly #comparison: Comparison;
  readonly #order = new Order();
  readonly #woken = new Wake();
  #isTroubled = false;
  /** See `Chooser.unused`. */
  #unused: number | undefined;
  #isWoken = false;
  /** Groups of the next digest. Fewer while it is looked for the message for which a digest was refused. */
  #digestGroups = DIGEST_GROUPS;

  constructor(deps: NotifierDeps) {
    const { documents, clock, messenger: manner } = deps;
    const known = new KnownIndex();
    this.#parts = {
      ...deps,
      manner,
      known,
      lease: new Lease({ documents, clock, known, messenger: deps.messenger }),
      records: new Records({ documents, clock, manner, known }),
      operational: new OperationalMessages(documents, clock),
      troubled: new Troubled(clock, TROUBLED_MS),
    };
    this.#comparison = new Comparison(this.#parts);
  }

  /** The index as it was last read; undefined before, and where there is none. */
  get index(): AlertIndex | undefined {
    return this.#parts.known.last;
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
  idle(): Promise<void> {
    return this.#parts.lease.idle();
  }

  /** Says what is due, until stopped. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const until = await this.#stepSafely(stop);
      await this.#wait(until, stop);
    }
    await this.#parts.lease.release();
  }

  /**
   * For a host that does not keep running: says what is due and what becomes due within `aheadMs`, for at most `ms` milliseconds. Never
   * rejects.
   */
  async pass(
    { ms, aheadMs }: { readonly ms: number; readonly aheadMs: number },
    stop: AbortSignal,
  ): Promise<void> {
    const { clock, lease } = this.#parts;
    const end = clock.monotonic() + ms;
    while (!stop.aborted && clock.monotonic() < end) {
      const until = await this.#stepSafely(stop);
      const wait = until - clock.now();
      if (wait > aheadMs || clock.monotonic() + wait >= end) break;
      if (wait > 0 && !(await slept(clock, wait, stop))) break;
    }
    await lease.release();
  }

  /** One step. Returns when the next is due, ms since the epoch. */
  async #stepSafely(stop: AbortSignal): Promise<number> {
    const { clock, logger, destination } = this.#parts;
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
    const { clock, lease, messenger, troubled } = this.#parts;
    this.#isWoken = false;
    const step = await this.#look();
    if (this.#comparison.isDue) {
      await this.#comparison.run(stop);
      if (step.kind === 'wait') return clock.now();
    }
    if (step.kind === 'wait') return step.until;
    await lease.keep(async (lost) => {
      const sinceLast = clock.monotonic() - lease.sayingSince;
      const own = step.isSilent ? 0 : messenger.intervalMs - sinceLast;
      const wait = Math.max(step.at - clock.now(), own);
      if (wait > 0 && !(await slept(clock, wait, AbortSignal.any([stop, lost])))) return;
      try {
        const before = lease.saidAt;
        await this.#act(step, stop);
        this.#unused = !step.isSilent && lease.saidAt === before ? step.nextAt : undefined;
      } catch (error) {
        troubled.put(step.isSilent ? step.names.slice(0, SILENT) : step.names.slice(0, 1));
        throw error;
      }
    });
    return clock.now();
  }

  /** Reads the index, and takes the lease and the next turn where something is due. */
  async #look(): Promise<Step> {
    const { documents, clock, messenger, known, lease, troubled } = this.#parts;
    const isTroubled = (name: string) => troubled.has(name);
    const { owner, saidAt } = lease;
    const chooser = { owner, saidAt, unused: this.#unused, order: this.#order, messenger, isTroubled };
    let decidedAt = 0;
    const step = await documents.changeIndex<Step>((stored) => {
      decidedAt = clock.monotonic();
      const index = known.completed(stored ?? NO_INDEX);
      known.last = stored && index;
      const chosen = choose(index, chooser, clock.now());
      return chosen.index === (stored ?? NO_INDEX)
        ? { keep: chosen.step }
        : { write: chosen.index, result: chosen.step };
    });
    known.told.clear();
    lease.held(step.kind === 'turn', decidedAt);
    return step;
  }

  /** Says what is most urgent. */
  async #act({ names, backlog, isSilent }: Turn, stop: AbortSignal): Promise<void> {
    const { joiner, known, records, messenger } = this.#parts;
    const [name] = names;
    if (name === undefined) return;
    this.#order.served(name, this.#parts.clock.now());
    if (name === OPERATIONAL) return sayAboutRelay(this.#parts);
    if (name.startsWith(JOINS)) return joiner.promote(name, known.told);
    // Those that are over come last, so all others of them are, too.
    if (isSilent) return inParallel(names.slice(0, SILENT), READS, (one) => records.settle(one));
    const most = mostSingly(messenger);
    if (backlog <= most) {
      this.#digestGroups = DIGEST_GROUPS;
      return this.#saySingle(name);
    }
    const rules = names.filter((one) => one.startsWith(RULES) && !isSilentIn(known.last, one));
    const waiting = await waitingIn(this.#parts, rules);
    if (stop.aborted) return;
    // What is most urgent may be one that a digest must not hold.
    if (waiting.length <= most || !waiting.some((one) => one.name === name)) {
      return this.#saySingle(name);
    }
    await this.#sayMany(waiting);
  }

  async #saySingle(name: string, id?: string): Promise<void> {
    const isTaken = await saySingle(this.#parts, name, id);
    if (isTaken !== undefined) this.#order.answered(name, isTaken);
  }

  /** Says a digest. One that is refused is halved, until the message that is why stands alone: no other waits for it longer than a few turns. */
  async #sayMany(waiting: readonly Waiting[]): Promise<void> {
    const some = waiting.slice(0, this.#digestGroups);
    const [first] = some;
    if (first !== undefined && some.length === 1) {
      this.#digestGroups = DIGEST_GROUPS;
      return this.#saySingle(first.name, first.message.id);
    }
    const outcome = await sayDigest(this.#parts, some);
    if (outcome === 'refused') this.#digestGroups = Math.max(1, Math.floor(some.length / 2));
    if (outcome === 'said' && first !== undefined) this.#order.answered(first.name, true);
    if (outcome === 'said') this.#digestGroups = Math.min(DIGEST_GROUPS, 2 * this.#digestGroups);
  }

  /** Waits until `until`, at most until the next look, or until woken. */
  async #wait(until: number, stop: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const ms = Math.min(until - clock.now(), LOOK_MS);
    if (ms <= 0) return;
    const over = new AbortController();
    const ended = AbortSignal.any([stop, over.signal]);
    await Promise.race([slept(clock, ms, ended), this.#woken.next(ended)]);
    over.abort();
  }
}

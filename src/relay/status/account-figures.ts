/** Looks at the queue and at the dead letters for the gauges, no oftener than they change for the people who read them. */
import type { DeadLetterArchive } from '../../delivery/dead-letters.ts';
import type { TaskQueue } from '../../queue/port.ts';
import { taskSchema } from '../../queue/task.ts';
import type { Clock } from '../../shared/clock.ts';
import { increment } from '../../shared/counts.ts';
import { withDeadline } from '../../shared/deadline.ts';
import { loggedError } from '../../shared/errors.ts';
import { Kept } from '../../shared/kept.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics, Reading } from '../../shared/metrics.ts';

/** How old what is told of the queue may be: three operations each time. Milliseconds. */
const QUEUE_FRESH_MS = 10_000;
/** The same of the dead letters, whose count is a listing, which is billed like a dozen other operations. Milliseconds. */
const LETTERS_FRESH_MS = 5 * 60_000;
/** The dead letters that are counted at most. */
const MOST_LETTERS = 10_000;
/** Who asks waits so long for a look, and sees what was known before if it takes longer. Milliseconds. */
const PATIENCE_MS = 3_000;
/** A look that takes longer has failed. Milliseconds. */
const LOOK_MS = 20_000;
/** The most messages that Peek Messages gives (Microsoft Learn). */
const MOST_PEEKED = 32;

/** What the looks reach. A Worker has others in each invocation. */
export interface AccountPorts {
  readonly queue: Pick<TaskQueue, 'depth' | 'peek'>;
  readonly deadLetters: Pick<DeadLetterArchive, 'list'>;
}

export interface AccountFiguresDeps {
  readonly metrics: Pick<Metrics, 'gaugeFrom'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The destinations of relay.yaml: those without dead letters are told with 0. */
  readonly destinations: () => Iterable<string>;
  /** See {@link Kept}. */
  readonly shares: boolean;
}

interface QueueFigures {
  readonly ready: number;
  readonly poison: number;
  /** When the oldest message that nobody has taken was queued, ms since the epoch; undefined where the service cannot tell, or there is none. */
  readonly oldest: number | undefined;
  /** How many could be taken now, as far as the service tells; undefined where it cannot. */
  readonly visible: number | undefined;
}

/** Undefined: the look has failed, or there was none yet. */
type Known<T> = { value: T | undefined; hasFailed: boolean };

/** The gauges of what lies in the storage account, for all processes. */
export class AccountFigures {
  readonly #deps: AccountFiguresDeps;
  readonly #queue: Known<QueueFigures> = { value: undefined, hasFailed: false };
  readonly #letters: Known<ReadonlyMap<string | undefined, number>> = { value: undefined, hasFailed: false };
  readonly #keptQueue: Kept<void>;
  readonly #keptLetters: Kept<void>;

  constructor(deps: AccountFiguresDeps) {
    this.#deps = deps;
    const { metrics, clock, shares } = deps;
    this.#keptQueue = new Kept({ clock, shares, freshMs: QUEUE_FRESH_MS });
    this.#keptLetters = new Kept({ clock, shares, freshMs: LETTERS_FRESH_MS });
    const one = (value: number | undefined): Reading[] => (value === undefined ? [] : [{ value }]);
    metrics.gaugeFrom('xdr_relay_queue_messages', () => one(this.#queue.value?.ready));
    metrics.gaugeFrom('xdr_relay_queue_visible_messages', () => one(this.#queue.value?.visible));
    metrics.gaugeFrom('xdr_relay_poison_messages', () => one(this.#queue.value?.poison));
    metrics.gaugeFrom('xdr_relay_queue_oldest_message_seconds', () => one(this.#oldestAge()));
    metrics.gaugeFrom('xdr_relay_dead_letters_present', () => this.#lettersPresent());
    metrics.gaugeFrom('xdr_relay_look_failed', () => [
      { value: this.#queue.hasFailed ? 1 : 0, labels: { type: 'queue' } },
      { value: this.#letters.hasFailed ? 1 : 0, labels: { type: 'dead_letters' } },
    ]);
  }

  /** Looks where what is known is too old. Waits for it {@link PATIENCE_MS} at most; never rejects. */
  async refresh(ports: AccountPorts): Promise<void> {
    const looks = Promise.all([
      this.#keptQueue.get(() =>
        this.#look('queue', this.#queue, (signal) => lookAtQueue(ports.queue, signal)),
      ),
      this.#keptLetters.get(async () => {
        await this.#look('dead_letters', this.#letters, (signal) => countLetters(ports.deadLetters, signal));
        if (this.#letters.hasFailed) this.#keptLetters.forget();
      }),
    ]);
    const { promise: tired, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(PATIENCE_MS, resolve);
    await Promise.race([looks, tired]);
    cancel();
  }

  async #look<T>(type: string, known: Known<T>, work: (signal: AbortSignal) => Promise<T>): Promise<void> {
    const { clock, logger } = this.#deps;
    try {
      known.value = await withDeadline(LOOK_MS, undefined, work, clock);
      known.hasFailed = false;
    } catch (error) {
      // What was known before may no longer hold: nothing is told rather than that.
      known.value = undefined;
      known.hasFailed = true;
      logger.debug('The metrics lack what could not be read', { type, ...loggedError(error) });
    }
  }

  #oldestAge(): number | undefined {
    const { value } = this.#queue;
    if (value?.visible === undefined) return undefined;
    return value.oldest === undefined ? 0 : Math.max(0, this.#deps.clock.now() - value.oldest) / 1000;
  }

  #lettersPresent(): Reading[] {
    const counts = this.#letters.value;
    if (!counts) return [];
    const names = new Set([...this.#deps.destinations(), ...counts.keys()]);
    return [...names].map((destination) => ({
      value: counts.get(destination) ?? 0,
      ...(destination !== undefined && { labels: { destination } }),
    }));
  }
}

async function lookAtQueue(queue: AccountPorts['queue'], signal: AbortSignal): Promise<QueueFigures> {
  const [{ ready, poison }, peeked] = await Promise.all([
    queue.depth(signal),
    queue.peek?.(MOST_PEEKED, signal),
  ]);
  const waiting = (peeked ?? []).filter(({ body, dequeueCount }) => dequeueCount === 0 && !isDelayed(body));
  const oldest = waiting.length === 0 ? undefined : Math.min(...waiting.map(({ insertedOn }) => insertedOn));
  const isAll = peeked && peeked.length < MOST_PEEKED;
  return { ready, poison, oldest, visible: isAll ? peeked.length : peeked && Math.max(ready, MOST_PEEKED) };
}

/** Whether a message was queued to be taken later: then its age says nothing. */
function isDelayed(body: string): boolean {
  try {
    const { data } = taskSchema.safeParse(JSON.parse(body));
    return data?.origin === 'tail' || data?.origin === 'behind';
  } catch {
    return false;
  }
}

async function countLetters(
  deadLetters: AccountPorts['deadLetters'],
  signal: AbortSignal,
): Promise<ReadonlyMap<string | undefined, number>> {
  const counts = new Map<string | undefined, number>();
  let total = 0;
  for await (const { destination } of deadLetters.list({ isolating: false }, signal)) {
    increment(counts, destination);
    total += 1;
    if (total === MOST_LETTERS) break;
  }
  return counts;
}

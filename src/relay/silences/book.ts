/** What a consumer knows of silences: the list, looked at every 10 s, and how many alerts each has kept from people. */
import { isInForce, type Silence } from '../../alerts/silences.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { change, retireSilences } from './change.ts';
import {
  activeDocument,
  type CountedSilence,
  type EndedSilence,
  historyDocument,
  KEPT_AFTER_END_MS,
  withCounts,
} from './documents.ts';

/** A list is used for so long. Milliseconds. */
const LOOK_EVERY_MS = 10_000;
/** Alerts wait for the list no longer than this; then people are told of them. Milliseconds. */
const LOOK_TIMEOUT_MS = 5_000;
/** Counts are written so long after the first of them, also where no alert comes any more. Milliseconds. */
const WRITE_EVERY_MS = 30_000;
const WRITE_TIMEOUT_MS = 10_000;

export interface SilenceBookDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The silences as one process knows them. */
export interface SilenceBook {
  /**
   * The silences that hold. Never rejects, and takes at most 5 s: where the state cannot be read, there are none, and people are told of
   * everything. A list is used for 10 s.
   */
  current(): Promise<readonly Silence[]>;
  /** Notes that a silence kept alerts from people. It is written within 30 s; what cannot be written is tried again. */
  count(id: string, destination: string, alerts: number): void;
  /** Writes the counts now, at the end of a process or of a Worker's invocation. Never rejects. */
  close(): Promise<void>;
}

interface Look {
  /** With how long each holds from the moment of the look on. */
  readonly silences: readonly { readonly silence: Silence; readonly leftMs: number }[];
  /** By the monotonic clock. */
  readonly at: number;
}

export function createSilenceBook(deps: SilenceBookDeps): SilenceBook {
  const { documents, clock, logger, metrics } = deps;
  let last: Look | undefined;
  let looking: Promise<Look> | undefined;
  let writing: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let isUnreadable = false;
  let counts = new Map<string, Map<string, number>>();
  const told = new Map<string, Silence>();

  async function look(): Promise<Look> {
    const at = clock.monotonic();
    try {
      const { value: list = [] } = await inTime(LOOK_TIMEOUT_MS, (signal) =>
        activeDocument(documents, signal).load(),
      );
      isUnreadable = false;
      const now = clock.now();
      const held = list.map(({ silence }) => silence).filter((silence) => isInForce(silence, now));
      tell(held, list);
      if (list.some(({ silence }) => silence.until < now - KEPT_AFTER_END_MS)) void retire();
      return { silences: held.map((silence) => ({ silence, leftMs: silence.until - now })), at };
    } catch (error) {
      if (!isUnreadable) {
        logger.warn('The silences cannot be read: people are told of every alert', loggedError(error));
      }
      isUnreadable = true;
      return { silences: [], at: clock.monotonic() };
    }
  }

  /** Logs, once in a process, who silenced what and why, and when it is over. The values that it looks for are not logged. */
  function tell(held: readonly Silence[], list: readonly CountedSilence[]): void {
    for (const silence of held) {
      if (told.has(silence.id)) continue;
      told.set(silence.id, silence);
      const { id, rule, where, by, reason, until } = silence;
      logger.info('A silence holds: people are not told of some alerts', {
        silence: id,
        ...(rule !== undefined && { rule }),
        columns: where.map(({ column }) => column).join(', '),
        by,
        reason,
        until: new Date(until).toISOString(),
      });
    }
    for (const id of told.keys()) {
      if (held.some((silence) => silence.id === id)) continue;
      told.delete(id);
      const silenced = list.find(({ silence }) => silence.id === id)?.silenced;
      logger.info('A silence is over', { silence: id, ...(silenced && { silenced }) });
    }
  }

  async function retire(): Promise<void> {
    try {
      await inTime(WRITE_TIMEOUT_MS, (signal) => retireSilences(deps, signal, KEPT_AFTER_END_MS));
    } catch (error) {
      logger.debug('Silences that are over stay in the list for now', loggedError(error));
    }
  }

  async function write(): Promise<void> {
    const taken = counts;
    counts = new Map();
    cancelTimer?.();
    cancelTimer = undefined;
    try {
      await inTime(WRITE_TIMEOUT_MS, (signal) => addCounts(deps, taken, signal));
    } catch (error) {
      for (const [id, more] of taken) {
        for (const [destination, alerts] of more) add(id, destination, alerts);
      }
      logger.debug('The counts of silences are written later', loggedError(error));
    }
  }

  function add(id: string, destination: string, alerts: number): void {
    const own = counts.get(id) ?? new Map<string, number>();
    counts.set(id, own);
    own.set(destination, (own.get(destination) ?? 0) + alerts);
    cancelTimer ??= clock.after(WRITE_EVERY_MS, () => {
      cancelTimer = undefined;
      void flushAll();
    });
  }

  function flushAll(): Promise<void> {
    if (counts.size === 0) return writing ?? Promise.resolve();
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  return {
    async current() {
      const isFresh = last && clock.monotonic() - last.at < LOOK_EVERY_MS;
      if (!isFresh) {
        looking ??= look().finally(() => {
          looking = undefined;
        });
        last = await looking;
      }
      const { silences, at } = last ?? { silences: [], at: 0 };
      // A wall clock that is set back makes no silence longer: the time since the look is measured by the other clock.
      const since = clock.monotonic() - at;
      return silences.flatMap(({ silence, leftMs }) => (since < leftMs ? silence : []));
    },
    count(id, destination, alerts) {
      metrics.count('xdr_relay_alerts_silenced_total', { destination }, alerts);
      add(id, destination, alerts);
    },
    async close() {
      await writing;
      await flushAll();
      // What could not be written has begun it again.
      cancelTimer?.();
      cancelTimer = undefined;
    },
  };

  async function inTime<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = clock.after(ms, () => {
      const error = new Error(`no answer within ${ms} ms`);
      controller.abort(error);
      reject(error);
    });
    try {
      const done = work(controller.signal);
      // Where it is too late, nobody takes its error.
      done.catch(() => undefined);
      return await Promise.race([done, late]);
    } finally {
      cancel();
    }
  }
}

type Counts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Adds counts to silences that hold, and to those that are over already. A silence that nobody knows any more has no count. */
async function addCounts(deps: SilenceBookDeps, more: Counts, signal: AbortSignal): Promise<void> {
  const { documents, clock } = deps;
  const counted = <T extends CountedSilence>(list: readonly T[], ids: ReadonlySet<string>) =>
    list.map((one) => {
      const own = ids.has(one.silence.id) ? more.get(one.silence.id) : undefined;
      return own ? withCounts(one, own, clock.now()) : one;
    });
  const all = new Set(more.keys());
  const active = activeDocument(documents, signal);
  const found = await change<readonly CountedSilence[], ReadonlySet<string>>(
    deps,
    active,
    signal,
    (list = []) => {
      const known = new Set(list.map(({ silence }) => silence.id).filter((id) => all.has(id)));
      return known.size === 0 ? { keep: known } : { write: counted(list, known), result: known };
    },
  );
  const rest = new Set([...all].filter((id) => !found.has(id)));
  if (rest.size === 0) return;
  const history = historyDocument(documents, signal);
  await change<readonly EndedSilence[], undefined>(deps, history, signal, (list = []) =>
    list.some(({ silence }) => rest.has(silence.id))
      ? { write: counted(list, rest), result: undefined }
      : { keep: undefined },
  );
}

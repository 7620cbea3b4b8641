import type { StateDocuments } from '../checkpoints/documents.ts';
import { correlationRoutes } from '../rules/evaluate.ts';
import type { CorrelationRule, RuleSet } from '../rules/ruleset.ts';
import {
  type CorrelationState,
  CorrelationWindows,
  correlationState,
  type Fulfilled,
  type PlacedRow,
} from '../rules/sigma/index.ts';
import type { Clock } from '../shared/clock.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { CorrelationEvent, Route, Row } from '../shared/event.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { rowTime } from './row-time.ts';

/** The documents of correlations: `correlations/<fingerprint>`. */
export const CORRELATIONS_FOLDER = 'correlations/';

/** Writes that may meet another consumer's in a row. */
const TRIES = 20;
/** Longest wait before another try, milliseconds. */
const WAIT_MS = 500;

/** Rows of one blob, in its order, that contribute to correlations. */
export interface CorrelatedRows {
  readonly rules: Pick<RuleSet, 'correlations'>;
  /** Creation time of the blob, ms since the epoch. */
  readonly createdOn: number;
  readonly rows: readonly { readonly row: Row; readonly events: readonly CorrelationEvent[] }[];
  readonly signal: AbortSignal;
}

/** Counts rows over time. */
export interface Correlations {
  /**
   * Takes rows in and gives the alerts that each one raises. What was counted is durable when it resolves. Rows that were
   * counted before are not counted again, and raise the alerts that they raised then.
   *
   * Throws CheckpointError: `storage_unavailable`, or `checkpoint_conflict` when others write all the time.
   */
  observe(page: CorrelatedRows): Promise<ReadonlyMap<Row, readonly Route[]>>;
}

export interface CorrelationDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface PlacedEvent {
  readonly row: Row;
  readonly place: PlacedRow;
  readonly event: CorrelationEvent;
}

/** {@link Correlations} over documents that all consumers share. */
export function createCorrelations(deps: CorrelationDeps): Correlations {
  const queues = new Map<string, Promise<void>>();

  /** One at a time for each document: visits of one process would only meet each other's writes. */
  async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (queues.get(name) ?? Promise.resolve()).then(work);
    const done = turn.then(
      () => {},
      () => {},
    );
    queues.set(name, done);
    try {
      return await turn;
    } finally {
      if (queues.get(name) === done) queues.delete(name);
    }
  }

  return {
    async observe({ rules, createdOn, rows, signal }) {
      const routes = new Map<Row, readonly Route[]>();
      const waiting = rows.flatMap(({ row, events }) => {
        const place = placeOf(row, createdOn, deps.clock.now());
        return events.map((event): PlacedEvent => ({ row, place, event }));
      });
      for (const rule of waiting.length > 0 ? (rules.correlations ?? []) : []) {
        const own = waiting.filter(({ event }) => event.correlation === rule.fingerprint);
        if (own.length === 0) continue;
        const fulfilled = await inTurn(rule.fingerprint, () => count(deps, rule, own, signal));
        for (const [row, list] of fulfilled) {
          const place = placeOf(row, createdOn, deps.clock.now());
          for (const { event } of list)
            waiting.push(...event.next.map((next) => ({ row, place, event: next })));
          const raised = list.flatMap((one) => correlationRoutes(rule, one));
          if (raised.length > 0) routes.set(row, [...(routes.get(row) ?? []), ...raised]);
        }
      }
      return routes;
    },
  };
}

/** Counts rows for one correlation; nothing is told before it is stored. */
async function count(
  deps: CorrelationDeps,
  rule: CorrelationRule,
  events: readonly PlacedEvent[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Row, readonly Fulfilled[]>> {
  const { documents, clock, logger, metrics } = deps;
  const name = CORRELATIONS_FOLDER + rule.fingerprint;
  const byRow = [...Map.groupBy(events, ({ row }) => row)].sort(
    ([a], [b]) => a.source.offset - b.source.offset,
  );
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const { state, etag } = await load(deps, name, rule, signal);
    const windows = new CorrelationWindows(rule.definition, state);
    const now = clock.now();
    const fulfilled = new Map<Row, readonly Fulfilled[]>();
    for (const [row, list] of byRow) {
      const [first] = list;
      if (!first) continue;
      const found = windows.observe(
        first.place,
        list.map(({ event }) => event),
        now,
      );
      if (found.length > 0) fulfilled.set(row, found);
    }
    if (!windows.changed) return fulfilled;
    try {
      await documents.put(name, windows.state(now), etag);
    } catch (error) {
      if (codeOf(error) !== 'checkpoint_conflict' || tries === TRIES) throw error;
      await clock.sleep(Math.random() * Math.min(WAIT_MS, 10 * 2 ** tries), signal);
      continue;
    }
    for (const [reason, by] of Object.entries(windows.forgotten)) {
      if (by === 0) continue;
      metrics.count('xdr_relay_correlations_forgotten_total', { reason }, by);
      logger.warn('A correlation has more to remember than it may, and has forgotten the oldest', {
        rule: rule.rule.title,
        reason,
        count: by,
      });
    }
    return fulfilled;
  }
}

/** What is stored; nothing where it is unreadable: then counting begins anew. */
async function load(
  { documents, logger }: CorrelationDeps,
  name: string,
  { rule }: CorrelationRule,
  signal: AbortSignal,
): Promise<{ readonly state: CorrelationState | undefined; readonly etag: string | undefined }> {
  const beginAnew = (error: string) =>
    logger.error("A correlation's state is unreadable: it counts from 0", {
      rule: rule.title,
      document: name,
      error,
    });
  try {
    const stored = await documents.get(name, signal);
    const parsed = stored && correlationState.safeParse(stored.value);
    if (parsed?.success === false) beginAnew(parsed.error.message);
    return { state: parsed?.data, etag: stored?.etag };
  } catch (error) {
    if (codeOf(error) !== 'checkpoint_unreadable') throw error;
    beginAnew(messageOf(error));
    // Without its ETag it cannot be written over.
    await documents.remove(name);
    return { state: undefined, etag: undefined };
  }
}

function placeOf(row: Row, createdOn: number, now: number): PlacedRow {
  const { blob, offset } = row.source;
  return { id: row.id, time: rowTime(row) ?? now, blob: `${blob} ${createdOn}`, offset };
}

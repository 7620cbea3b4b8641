/** What the relay does at present: its rates, its processes, and the flow from tables to destinations. */
import { z } from 'zod';
import { readableDocuments, unreadableText } from '../../checkpoints/readable-only.ts';
import { redact } from '../../config/redact.ts';
import { type BreakerRecord, breakerDocument } from '../../delivery/breaker.ts';
import type { Activity, Series } from '../../relay/activity/activity.ts';
import { hasConsumer } from '../../relay/activity/silent.ts';
import { openBreakers } from '../../relay/status/service.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import { activityOf } from '../activity.ts';
import { attempts, lacking } from '../attempts.ts';
import type { Flow, NowDestination, NowView, OpenBreaker } from '../model/now.ts';
import { type View, view } from '../page.ts';
import { showsQuotes, withoutAnswer } from '../quotes.ts';

/** The page asks every 5 seconds. Milliseconds. */
const KEPT_MS = 4_000;

export const now: View = view({
  path: 'now',
  query: z.strictObject({}),
  keptMs: KEPT_MS,
  async read(_query, context): Promise<NowView> {
    const { config, ports, services, host, signal } = context;
    const { trouble, attempt } = attempts(context);
    const { readable, unreadable: damaged } = readableDocuments(ports.documents);
    const [activity, breakers] = await Promise.all([
      attempt('What was read and delivered is unknown', () => activityOf(context)),
      attempt('Whether destinations are in service is unknown', () => openBreakers(readable, signal)),
    ]);
    trouble.push(...lacking(activity));
    trouble.push(...[...damaged].map(unreadableText));
    const isWhole = showsQuotes(config);
    const hide = (text: string) => redact(isWhole ? text : withoutAnswer(text), host.secrets);
    const isKnown = activity !== undefined && hasConsumer(activity);
    const destinations = Object.keys(config.destinations).map((name): NowDestination => {
      const breaker = breakers?.find(({ destination }) => destination === name);
      const did = activity?.destinations.find((one) => one.name === name);
      return {
        name,
        ...(breakers &&
          !damaged.has(breakerDocument(name)) && { breaker: breaker ? openBreaker(breaker, hide) : null }),
        ...(did && { delivered: did.delivered, failed: did.failed, deadLetters: did.deadLetters }),
        ...(isKnown && { oldestSeconds: did?.oldestUndeliveredSeconds ?? 0 }),
      };
    });
    return {
      at: services.clock.now(),
      ...(activity && {
        totals: totalsOf(activity),
        flow: flowOf(activity),
        processes: activity.processes,
      }),
      destinations,
      trouble,
    };
  },
});

function totalsOf({ at, rows, filtered, alerts, processes }: Activity): NonNullable<NowView['totals']> {
  const counting = processes.filter(({ consumes }) => consumes);
  return {
    rows,
    filtered,
    alerts,
    knownFrom: Math.min(at, ...counting.map(({ startedOn }) => startedOn)),
    knownTo: hasConsumer({ processes })
      ? at
      : Math.max(rows.from, ...counting.map(({ writtenOn }) => writtenOn)),
  };
}

function openBreaker(
  { since, openUntil, code, message, disabledAt }: BreakerRecord,
  hide: (text: string) => string,
): OpenBreaker {
  const why = { since: disabledAt ?? since, code, message: hide(message) };
  return disabledAt === undefined ? { ...why, nextTry: openUntil } : why;
}

/** Tables are counted by hour and destinations by minute: both since the beginning of the previous hour. */
function flowOf({ at, tables, destinations }: Activity): Flow {
  const since = Math.floor(at / HOUR_MS) * HOUR_MS - HOUR_MS;
  return {
    since,
    tables: tables
      .map(({ name, rows, filtered, alerts }) => ({
        name,
        rows: sumSince(rows, since),
        filtered: sumSince(filtered, since),
        alerts: sumSince(alerts, since),
      }))
      .filter(({ rows }) => rows > 0)
      .toSorted((a, b) => b.rows - a.rows),
    destinations: destinations
      .map(({ name, delivered }) => ({ name, rows: sumSince(delivered, since) }))
      .toSorted((a, b) => b.rows - a.rows),
  };
}

/** @param since ms since the epoch. */
export function sumSince({ step, from, counts }: Series, since: number): number {
  return counts.reduce((sum, count, at) => (from + at * step >= since ? sum + count : sum), 0);
}

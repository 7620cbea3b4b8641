/** Sends a range of hours to one destination once more: first the count, then the replay in parts, each one request of the browser. */
import { z } from 'zod';
import { type BackfillTotals, NO_TOTALS } from '../../relay/discovery/backfill.ts';
import { type BackfillRun, runBackfill, tablesOf } from '../../relay/discovery/backfill-run.ts';
import type { SourcePorts } from '../../relay/source/sources.ts';
import { RelayError } from '../../shared/errors.ts';
import type { ReplayCount, ReplayProgress } from '../model/destinations.ts';
import { act, type ConsoleContext, view } from '../page.ts';
import { untilStop } from '../stop.ts';
import { destinationName, knownDestination } from './known.ts';

/** The replay waits while the queue holds more tasks, so that new events do not stand behind old ones. */
const MOST_QUEUED = 1_000;
/** A person waits for the count, and then it is at least so much. Milliseconds. */
const COUNT_MS = 10_000;
const MOST_TABLES = 100;

const name = z.string().regex(/^[a-z0-9-]{1,63}$/i, 'a name');
const instant = z.number().int().min(0).max(8_640_000_000_000);
const rangeShape = {
  destination: destinationName,
  from: instant,
  to: instant,
  tables: z.array(name).max(MOST_TABLES).default([]),
  source: name.optional(),
} as const;
const isRange = ({ from, to }: { readonly from: number; readonly to: number }) => from < to;
const RANGE = 'the end of the range must lie behind its beginning';

const replayBody = z.strictObject(rangeShape).refine(isRange, RANGE);
type Replay = z.infer<typeof replayBody>;

const digits = z
  .string()
  .regex(/^\d{1,13}$/, 'milliseconds since 1970')
  .transform(Number);
const countQuery = z
  .strictObject({
    ...rangeShape,
    from: digits,
    to: digits,
    /** Separated by commas. */
    tables: z
      .string()
      .max(7_000)
      .default('')
      .transform((text) => text.split(',').filter(Boolean))
      .pipe(rangeShape.tables.unwrap()),
  })
  .refine(isRange, RANGE);

export const replayCount = view({
  path: 'destinations/replay-count',
  query: countQuery,
  keptMs: 0,
  async read(query, context): Promise<ReplayCount> {
    const { totals, isDone } = await run(query, context, true);
    return { totals, isWhole: isDone };
  },
});

export const replay = act({
  path: 'destinations/replay',
  body: replayBody,
  describe: ({ destination, from, to, tables, source }) =>
    [
      `replays ${timeText(from)} to ${timeText(to)} to the destination ${destination}`,
      tables.length > 0 && `tables ${tables.join(', ')}`,
      source !== undefined && `source ${source}`,
    ]
      .filter(Boolean)
      .join(', '),
  async run(body, context): Promise<ReplayProgress> {
    let waitsFor: number | undefined;
    const onWaiting = (tasks: number) => {
      waitsFor = tasks;
    };
    const { totals, isDone } = await run(body, context, false, { onWaiting });
    return { totals, isDone, waitsFor: isDone ? undefined : waitsFor };
  },
});

/** One source: of several, those that are done already would be replayed again by the request that goes on. */
function oneSource(name: string | undefined, sources: readonly SourcePorts[]): SourcePorts {
  const found = sources.filter((one) => name === undefined || one.name === name);
  const [first, second] = found;
  if (!first) throw new RelayError('unknown_source', 'relay.yaml has no source of this name');
  if (second) throw new RelayError('source_needed', 'relay.yaml has several sources: choose one');
  return first;
}

/** The place is kept in the state, so the next request of the same range goes on where this one stops. */
async function run(
  { destination, from, to, tables, source: sourceName }: Replay,
  context: ConsoleContext,
  dryRun: boolean,
  hooks: Pick<BackfillRun, 'onWaiting'> = {},
): Promise<{ readonly totals: BackfillTotals; readonly isDone: boolean }> {
  const { config, ports, services } = context;
  knownDestination(config, destination);
  const source = oneSource(sourceName, ports.sources);
  const lower = tables.map((table) => table.toLowerCase());
  const containers = await containersOf(lower, source, context.signal);
  const { documents, queue } = ports;
  return await untilStop(
    context,
    async (stop) => {
      try {
        const { totals, isDone } = await runBackfill(
          { source, documents, queue, clock: services.clock },
          {
            // The range in digits: the same range on the command line is another replay.
            request: {
              source: source.name,
              tables: lower,
              from: String(from),
              to: String(to),
              destinations: [destination],
            },
            range: { from, to, containers },
            dryRun,
            queueLimit: MOST_QUEUED,
            restart: false,
            signal: stop,
            ...hooks,
          },
        );
        return { totals: totals ?? NO_TOTALS, isDone };
      } catch (error) {
        context.signal.throwIfAborted();
        // The time was up before anything was listed.
        if (stop.aborted) return { totals: NO_TOTALS, isDone: false };
        throw error;
      }
    },
    dryRun ? COUNT_MS : undefined,
  );
}

/** Undefined for all. Throws `unknown_table`. */
async function containersOf(
  tables: readonly string[],
  source: SourcePorts,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (tables.length === 0) return undefined;
  const known = await tablesOf(source, signal);
  const missing = tables.find((table) => !known.includes(table));
  if (missing !== undefined) {
    throw new RelayError(
      'unknown_table',
      `There is no container of the table ${missing}: Defender creates it when it has something to write.`,
    );
  }
  return tables.map((table) => source.account.containerPrefix + table);
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}

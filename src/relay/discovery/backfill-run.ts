/** Runs a backfill whose place is kept in the state, so that the same request goes on where it was stopped. */
import type { BlobError } from '../../blobs/errors.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { TaskQueue } from '../../queue/port.ts';
import type { Clock } from '../../shared/clock.ts';
import type { SourcePorts } from '../source/sources.ts';
import { type BackfillTotals, backfill } from './backfill.ts';
import type { Range } from './backfill-days.ts';
import { BackfillJournal, type BackfillRequest, type BackfillState } from './backfill-state.ts';

/** How often a running backfill stores how far it has come. Milliseconds. */
const SAVE_MS = 2_000;

export interface BackfillRunDeps {
  readonly source: SourcePorts;
  /** The documents that all sources share. */
  readonly documents: StateDocuments;
  readonly queue: TaskQueue;
  readonly clock: Clock;
}

export interface BackfillRun {
  /** Two runs of the same request are parts of one backfill. */
  readonly request: BackfillRequest;
  /** The range of a run that begins now; one that continues keeps its own. Milliseconds since the epoch. */
  readonly range: Pick<Range, 'from' | 'to' | 'containers'>;
  readonly dryRun: boolean;
  readonly rate?: number | undefined;
  readonly queueLimit: number;
  /** Whether to start over instead of continuing an earlier run. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  /** Called first where an earlier run is continued. */
  readonly onContinued?: (earlier: BackfillState) => void;
  readonly onDays?: (all: number, done: number) => void;
  readonly onProgress?: (container: string, totals: BackfillTotals, dayEnded: boolean) => void;
  readonly onPassedOver?: (container: string, error: BlobError) => void;
  readonly onWaiting?: (tasks: number) => void;
}

/** `isDone`: false if the signal stopped it. A later run of the same request continues, unless it was a dry one. */
export interface BackfillEnd {
  readonly isDone: boolean;
  readonly totals: BackfillTotals | undefined;
}

/** Runs until the end or until the signal is aborted. Throws BackfillError, BlobError, CheckpointError and QueueError. */
export async function runBackfill(deps: BackfillRunDeps, run: BackfillRun): Promise<BackfillEnd> {
  const { source, documents, queue, clock } = deps;
  const { dryRun, signal } = run;
  const journal = new BackfillJournal(documents, run.request);
  const stored = dryRun ? undefined : await journal.load(signal);
  const earlier = run.restart ? undefined : stored;
  if (earlier) run.onContinued?.(earlier);
  const state = earlier ?? { from: run.range.from, to: run.range.to, startedOn: clock.now() };
  if (!dryRun) {
    await Promise.all([documents.ensure(), queue.ensure()]);
    await journal.save(state);
  }
  let reached = state;
  let savedAt = clock.monotonic();
  try {
    const totals = await backfill(
      { blobs: source.blobs, checkpoints: source.checkpoints, queue, clock },
      {
        range: {
          containerPrefix: source.account.containerPrefix,
          containers: run.range.containers,
          from: state.from,
          to: state.to,
        },
        destinations: run.request.destinations,
        dryRun,
        rate: run.rate,
        queueLimit: run.queueLimit,
        after: state.at,
        totals: state.totals,
        signal,
        ...(run.onDays && { onDays: run.onDays }),
        ...(run.onPassedOver && { onPassedOver: run.onPassedOver }),
        ...(run.onWaiting && { onWaiting: run.onWaiting }),
        async onProgress(at, sofar, dayEnded) {
          reached = { ...state, at, totals: sofar };
          run.onProgress?.(at.container, sofar, dayEnded);
          if (dryRun || clock.monotonic() - savedAt < SAVE_MS) return;
          await journal.save(reached);
          savedAt = clock.monotonic();
        },
      },
    );
    if (!dryRun) await journal.remove();
    return { isDone: true, totals };
  } catch (error) {
    if (!dryRun && reached !== state) await journal.save(reached);
    if (!signal.aborted) throw error;
    return { isDone: false, totals: reached.totals };
  }
}

/** The tables that a source has containers of, as the containers' names have them: in lower case. */
export async function tablesOf(
  { blobs, account: { containerPrefix: prefix } }: Pick<SourcePorts, 'blobs' | 'account'>,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const known: string[] = [];
  for await (const container of blobs.containers(prefix, signal)) known.push(container.slice(prefix.length));
  return known;
}

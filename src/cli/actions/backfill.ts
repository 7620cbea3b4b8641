/** Queues older hours, and renders the result. */
import { redact } from '../../config/redact.ts';
import type { BackfillTotals } from '../../relay/discovery/backfill.ts';
import type { Range } from '../../relay/discovery/backfill-days.ts';
import {
  type BackfillEnd,
  type BackfillRun,
  runBackfill as runStored,
} from '../../relay/discovery/backfill-run.ts';
import type { SourcePorts } from '../../relay/source/sources.ts';
import { systemClock } from '../../shared/clock.ts';
import { messageOf } from '../../shared/errors.ts';
import { formatBytes, formatInstant, plural } from '../../shared/readable.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { visible } from '../text.ts';
import { UsageError } from '../usage-error.ts';
import { instantOf } from '../when.ts';
import { checkDestinations, containersOf, type Opened, openPorts, sourcesNamed } from './open.ts';

export interface BackfillCommandOptions {
  readonly config: string;
  readonly source: string | undefined;
  readonly table: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly destination: readonly string[];
  readonly dryRun: boolean;
  readonly rate: number | undefined;
  readonly maxQueue: number;
  readonly restart: boolean;
}

/** The context that all parts of one run share. */
interface Run {
  readonly options: BackfillCommandOptions;
  readonly opened: Opened;
  readonly out: Output;
  readonly signal: AbortSignal;
}

export async function runBackfill(
  options: BackfillCommandOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const opened = await openPorts(options.config);
  checkDestinations(options.destination, opened.config);
  const sources = sourcesNamed(options.source, opened.ports.sources);
  const run: Run = { options, opened, out, signal };
  let code: ExitCode = EXIT.ok;
  for (const source of sources) {
    try {
      const ended = await backfillSource(run, source);
      if (ended === EXIT.stopped) return ended;
      if (ended !== EXIT.ok) code = ended;
    } catch (error) {
      // A source that cannot be read must not keep the other sources from being backfilled.
      if (sources.length === 1 || signal.aborted) throw error;
      out.note(`${source.name}: ${redact(messageOf(error))}`);
      code = EXIT.failed;
    }
  }
  return code;
}

async function backfillSource(run: Run, source: SourcePorts): Promise<ExitCode> {
  const { options, out, signal } = run;
  const { table, from, to, destination, dryRun } = options;
  const containers = await containersOf(table, source, signal);
  const range = rangeOf(from, to);
  if (range.to <= range.from) throw new UsageError('empty_range', '--to must lie behind --from');
  const { isDone, totals } = await work(run, source, { ...range, containers });
  if (!isDone || !totals) {
    out.note(
      `Stopped after ${plural(totals?.queued ?? 0, 'blob')}.${dryRun ? '' : ' The same command goes on from here.'}`,
    );
    return EXIT.stopped;
  }
  const head = source.name === undefined ? '' : `${source.name}: `;
  out.print(head + report(totals, destination, dryRun));
  return totals.passedOver.length > 0 || totals.unreadable > 0 ? EXIT.failed : EXIT.ok;
}

function rangeOf(from: string | undefined, to: string | undefined): Pick<Range, 'from' | 'to'> {
  const now = systemClock.now();
  return {
    from: from === undefined ? 0 : (instantOf(from, now) ?? 0),
    to: to === undefined ? now : (instantOf(to, now) ?? now),
  };
}

async function work(
  { options, opened, out, signal }: Run,
  source: SourcePorts,
  range: BackfillRun['range'],
): Promise<BackfillEnd> {
  const { table, from, to, destination } = options;
  const { documents, queue, clock } = opened.ports;
  const bar = out.progress('days of tables');
  try {
    return await runStored(
      { source, documents, queue, clock },
      {
        request: {
          source: source.name,
          tables: table.map((name) => name.toLowerCase()),
          from,
          to,
          destinations: destination,
        },
        range,
        dryRun: options.dryRun,
        rate: options.rate,
        queueLimit: options.maxQueue,
        restart: options.restart,
        signal,
        onContinued: ({ startedOn }) =>
          out.note(`Continuing the backfill that began at ${formatInstant(startedOn)}.`),
        onDays: (all, done) => bar.start(all, done),
        onPassedOver: (container, error) =>
          out.note(`Passed over ${visible(container)}: ${redact(messageOf(error))}`),
        onWaiting: (tasks) => bar.note(`waiting for the consumers: ${plural(tasks, 'task')} in the queue`),
        onProgress(container, totals, dayEnded) {
          if (dayEnded) bar.done(1);
          bar.note(`${container}, ${plural(totals.queued, 'blob')}`);
        },
      },
    );
  } finally {
    bar.stop();
  }
}

function report(totals: BackfillTotals, destinations: readonly string[], dryRun: boolean): string {
  const { listed, queued, bytes, underWay, busy, held, unreadable, passedOver } = totals;
  const to = destinations.length === 0 ? '' : ` for ${destinations.join(', ')}`;
  const lines = [
    `${plural(listed, 'blob')} in the range, ${queued.toLocaleString('en-US')} ${dryRun ? 'would be' : ''} queued${to}: ${formatBytes(bytes)} to read.`.replace(
      / {2,}/g,
      ' ',
    ),
  ];
  if (underWay > 0) lines.push(`${plural(underWay, 'blob')} left alone: an earlier replay still reads them.`);
  if (busy > 0) {
    lines.push(`${plural(busy, 'blob')} could not be queued while they were worked on: run it again later.`);
  }
  if (held > 0) {
    lines.push(
      `${plural(held, 'blob')} passed over: archived, or not readable at present. Run it again when they are readable.`,
    );
  }
  if (unreadable > 0) {
    lines.push(
      `${plural(unreadable, 'blob')} not queued: ${unreadable === 1 ? 'its checkpoint' : 'their checkpoints'} cannot be read.`,
    );
  }
  if (passedOver.length > 0) {
    lines.push(
      `NOT DONE: ${passedOver.join(', ')} could not be listed to the end. Run it again with --table for these once they can be.`,
    );
  }
  if (queued > 0 && !dryRun)
    lines.push('The consumers read them now: "xdr-relay status" shows how far they are.');
  return lines.join('\n');
}

/** Rebuilds the state from the blobs, and renders the result. */
import { emptyWhereMissing } from '../../../checkpoints/empty-where-missing.ts';
import { rebuildState } from '../../../relay/status/state-rebuild.ts';
import { systemClock } from '../../../shared/clock.ts';
import { formatBytes, formatInstant, plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { UsageError } from '../../usage-error.ts';
import { instantOf } from '../../when.ts';
import { checkDestinations, containersOf, oneSource, openPorts } from '../open.ts';

export interface StateRebuildOptions {
  readonly config: string;
  readonly source: string | undefined;
  readonly from: string;
  readonly to: string | undefined;
  readonly table: readonly string[];
  readonly destination: readonly string[];
  readonly assume: 'delivered' | 'unread';
  readonly yes: boolean;
}

export async function runRebuild(
  options: StateRebuildOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { config, ports } = await openPorts(options.config);
  const source = oneSource(options.source, ports.sources);
  const { destination, assume, yes } = options;
  checkDestinations(destination, config);
  const containers = await containersOf(options.table, source, signal);
  const now = systemClock.now();
  const from = instantOf(options.from, now) ?? 0;
  const to = options.to === undefined ? now : (instantOf(options.to, now) ?? now);
  if (to <= from) throw new UsageError('empty_range', '--to must lie behind --from');
  if (yes) await source.checkpoints.ensure();
  const bar = out.progress('days of tables');
  try {
    const totals = await rebuildState(
      { ...source, ...(!yes && emptyWhereMissing(source)), clock: systemClock },
      {
        range: { containerPrefix: source.account.containerPrefix, containers, from, to },
        assume,
        destinations: destination.length > 0 ? destination : Object.keys(config.destinations),
        latenessMs: config.tail.lateness,
        dryRun: !yes,
        signal,
        onDays: (count) => bar.start(count),
        onDay: () => bar.done(1),
      },
    );
    bar.stop();
    out.print(report(totals, options, to));
    return EXIT.ok;
  } finally {
    bar.stop();
  }
}

function report(
  { written, bytes, kept, open }: Awaited<ReturnType<typeof rebuildState>>,
  { assume, yes }: StateRebuildOptions,
  to: number,
): string {
  const lines = [
    `${plural(written, 'checkpoint')} ${yes ? 'written' : 'would be written'} as ${assume} (${formatBytes(bytes)} of blobs), ${kept.toLocaleString('en-US')} left as they are.`,
  ];
  if (open > 0)
    lines.push(`${plural(open, 'blob')} of hours that end after ${formatInstant(to)} left as new.`);
  if (!yes) lines.push('--yes does it.');
  else if (assume === 'unread') lines.push('"xdr-relay backfill" has them read.');
  return lines.join('\n');
}

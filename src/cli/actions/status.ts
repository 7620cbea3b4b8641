import { readFile, stat } from 'node:fs/promises';
import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';
import { redact } from '../../config/redact.ts';
import { collectStatus, type LagLine, type StatusReport } from '../../relay/status/report.ts';
import { deletedOn, type LifecyclePolicy, parsePolicy } from '../../relay/status/retention.ts';
import { systemClock } from '../../shared/clock.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { sourcePath } from '../../shared/event.ts';
import { formatAge, formatBytes, formatInstant, plural } from '../../shared/readable.ts';
import type { StatusCommandOptions } from '../commands/status.ts';
import { useColor } from '../output.ts';
import { abortOnSignals } from '../signals.ts';
import { formatTable, visible } from '../text.ts';
import { LOSS_HEAD, lossRows } from './losses.ts';
import { openPorts, sourcesNamed } from './open.ts';

/** Rows of one part of the picture; the rest is counted. */
const MOST_ROWS = 40;

export async function runStatus(options: StatusCommandOptions): Promise<void> {
  const { config, ports } = await openPorts(options.config);
  const sources = sourcesNamed(options.source, ports.sources);
  const signal = abortOnSignals();
  const policy = options.policy === undefined ? undefined : await readPolicy(options.policy);
  const collect = () =>
    collectStatus(
      { ...ports, sources },
      {
        destinations: Object.keys(config.destinations),
        sinceMs: options.since ?? config.sweep.wide,
        maxLagMs: options.maxLag,
        deletedOn: ({ retentionMs }) =>
          policy === undefined && retentionMs === undefined ? undefined : deletedOn({ retentionMs, policy }),
      },
      signal,
    );
  const color = useColor(process.stdout);
  const show = (report: StatusReport) =>
    options.format === 'json' ? JSON.stringify(report) : renderStatus(report, color);

  if (!options.watch) {
    const report = await collect();
    console.log(show(report));
    process.exitCode = report.alarms.length > 0 ? 1 : 0;
    return;
  }
  const live =
    process.stdout.isTTY && options.format === 'table' ? createLogUpdate(process.stdout) : undefined;
  try {
    while (!signal.aborted) {
      const report = await collect();
      if (live) live(show(report));
      else console.log(show(report));
      process.exitCode = report.alarms.length > 0 ? 1 : 0;
      await systemClock.sleep(options.interval, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    live?.done();
  }
}

/** A policy may be 100 rules; a longer file is another one. */
const MOST_POLICY_BYTES = 1_048_576;

async function readPolicy(file: string): Promise<LifecyclePolicy> {
  try {
    if ((await stat(file)).size > MOST_POLICY_BYTES)
      throw new RelayError('bad_policy', `${file} is no policy: it is too long`);
    return parsePolicy(await readFile(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof RelayError) throw cause;
    throw new RelayError('bad_policy', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** The report for a person. */
export function renderStatus(report: StatusReport, color: boolean): string {
  const {
    at,
    lag,
    isLagComplete,
    replays,
    atRisk,
    breakers,
    holds,
    heldBlobs,
    isolating,
    deadLetters,
    losses,
    queue,
    claims,
    alarms,
  } = report;
  const paint = picocolors.createColors(color);
  const parts: string[] = [];
  const part = (title: string, text: string) => parts.push(`${paint.bold(title)}\n${text}`);

  const nothingWaits = isLagComplete ? paint.green('everything is delivered') : paint.red('unknown');
  const more = isLagComplete ? '' : `\n${paint.red('and perhaps more: not every blob could be looked at')}`;
  part('LAG', lag.length === 0 ? nothingWaits : lagTable(lag, true) + more);
  if (replays.length > 0) part('REPLAYS', lagTable(replays, false));
  if (breakers.length > 0) {
    const rows = breakers.map(({ destination, since, failures, openUntil, code, message }) => [
      destination,
      formatAge(at - since),
      String(failures),
      openUntil > at ? `in ${formatAge(openUntil - at)}` : 'now',
      visible(redact(`${message} (${code})`)),
    ]);
    part(
      'OUT OF SERVICE',
      formatTable(['DESTINATION', 'SINCE', 'FAILURES', 'NEXT TRY', 'WHY'], rows, [1, 2]),
    );
  }
  if (holds.length > 0) {
    const rows = holds.map(({ destination, table, since, failures, openUntil, code, message }) => [
      destination,
      visible(table),
      formatAge(at - since),
      String(failures),
      openUntil > at ? `in ${formatAge(openUntil - at)}` : 'now',
      visible(redact(`${message} (${code})`)),
    ]);
    part('HELD TABLES', cut(['DESTINATION', 'TABLE', 'SINCE', 'FAILURES', 'NEXT TRY', 'WHY'], rows, [2, 3]));
  }
  if (heldBlobs.length > 0) {
    const rows = heldBlobs.map(({ blob, code, since, failures, until }) => [
      visible(code),
      formatAge(at - since),
      String(failures),
      until > at ? `in ${formatAge(until - at)}` : 'now',
      visible(blob),
    ]);
    part('HELD BLOBS', cut(['WHY', 'SINCE', 'FAILURES', 'NEXT TRY', 'BLOB'], rows, [1, 2]));
  }
  if (isolating.total > 0) part('ISOLATED ROWS', letterTable(isolating));
  if (deadLetters.total > 0) part('DEAD LETTERS', letterTable(deadLetters));
  if (atRisk.length > 0) {
    const rows = atRisk.map(({ source, table, deletedOn, destinations, blob }) => [
      visible(table),
      deletedOn > at ? `in ${formatAge(deletedOn - at)}` : 'now',
      visible(destinations.join(', ')),
      visible(placeOf(source, blob)),
    ]);
    part('SOURCE IS DELETED', cut(['TABLE', 'DELETED', 'NOT YET AT', 'FIRST BLOB'], rows, []));
  }
  if (losses.total > 0) part('LOST', lossTable(losses));
  const tasks = queue && `${plural(queue.ready, 'task')}, ${queue.poison.toLocaleString('en-US')} poison`;
  part('QUEUE', `${tasks ?? 'unknown'}; consumers work on ${plural(claims.length, 'blob')} at this moment`);
  part(
    'NEEDS ATTENTION',
    alarms.length === 0
      ? paint.green('nothing')
      : alarms.map((alarm) => paint.red(`- ${visible(redact(alarm))}`)).join('\n'),
  );
  return `${parts.join('\n\n')}\n\n${paint.dim(formatInstant(at))}`;
}

function lagTable(lines: readonly LagLine[], withAge: boolean): string {
  const named = lines.some(({ source }) => source !== undefined);
  const rows = lines.map(({ source = '', table, destination, blobs, bytes, ageMs }) => [
    ...(named ? [visible(source)] : []),
    visible(table),
    visible(destination),
    blobs.toLocaleString('en-US'),
    formatBytes(bytes),
    ...(withAge ? [formatAge(ageMs)] : []),
  ]);
  const head = ['TABLE', 'DESTINATION', 'BLOBS', 'WAITING', ...(withAge ? ['OLDEST'] : [])];
  return named ? cut(['SOURCE', ...head], rows, [3, 4, 5]) : cut(head, rows, [2, 3, 4]);
}

function placeOf(source: string | undefined, blob: string): string {
  return sourcePath({ ...(source !== undefined && { name: source }), blob });
}

function letterTable({ groups, more }: StatusReport['deadLetters']): string {
  const rows = groups.map(({ destination, reason, count }) => [
    visible(destination ?? '(unreadable)'),
    visible(reason),
    count.toLocaleString('en-US'),
  ]);
  return cut(['DESTINATION', 'REASON', 'COUNT'], rows, [2]) + (more ? '\nand more: the count ends here' : '');
}

function lossTable({ total, losses }: StatusReport['losses']): string {
  const table = cut(LOSS_HEAD, lossRows(losses), [2]);
  return total > losses.length ? `${table}\nof ${plural(total, 'lost blob')} in all` : table;
}

function cut(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const table = formatTable(head, rows.slice(0, MOST_ROWS), right);
  return rows.length > MOST_ROWS ? `${table}\nand ${rows.length - MOST_ROWS} more` : table;
}

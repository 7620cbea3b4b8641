import { type AuditLine, type AuditReport, addCounts, audit } from '../../relay/status/audit.ts';
import { systemClock } from '../../shared/clock.ts';
import { formatBytes, plural } from '../../shared/readable.ts';
import { redact } from '../../shared/redact.ts';
import type { AuditCommandOptions } from '../audit.ts';
import { abortOnSignals } from '../signals.ts';
import { checkDestinations, containersOf, openPorts } from './open.ts';
import { progressBar } from './progress.ts';
import { formatTable, visible } from './text.ts';

/** Shells' exit code for "ended by SIGINT". */
const STOPPED = 130;
/** Problems that a table shows; JSON has up to 1,000. */
const MOST_SHOWN = 100;

export async function runAudit(options: AuditCommandOptions): Promise<void> {
  const signal = abortOnSignals();
  const opened = await openPorts(options.config);
  const { config, ports } = opened;
  const { table = [], destination = [] } = options;
  checkDestinations(destination, config);
  const containers = await containersOf(table, opened);
  const bar = progressBar('blobs');
  try {
    const report = await audit(
      { ...ports, clock: systemClock },
      {
        containerPrefix: config.storage.container_prefix,
        containers,
        destinations: destination.length > 0 ? destination : Object.keys(config.destinations),
        day: options.day,
        latenessMs: config.tail.lateness,
        signal,
        onBlobs: (count) => bar.start(count, 0),
        onBlob: () => bar.done(1),
      },
    );
    bar.stop();
    if (options.format === 'json') printJson(report);
    else console.log(renderAudit(report, options.hours ?? false));
    process.exitCode = report.problemCount > 0 ? 1 : 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    bar.stop();
    console.error('Stopped: nothing is proven.');
    process.exitCode = STOPPED;
  } finally {
    bar.stop();
  }
}

/** A line of JSON for each table, hour and destination, one for each problem, and one for the whole. */
function printJson({ day, lines, problems, problemCount, blobs }: AuditReport): void {
  const iso = (ms: number) => new Date(ms).toISOString();
  for (const line of lines) console.log(JSON.stringify({ type: 'rows', ...line, hour: iso(line.hour) }));
  for (const problem of problems) console.log(JSON.stringify({ type: 'problem', ...problem }));
  const proven = problemCount === 0;
  console.log(
    JSON.stringify({ type: 'summary', day: iso(day).slice(0, 10), blobs, problems: problemCount, proven }),
  );
}

const HEAD = ['TABLE', 'DESTINATION', 'BLOBS', 'BYTES', 'ROWS', 'DELIVERED', 'FILTERED', 'DEAD', 'WAITING'];
/** Columns that are shown only where one of the lines has something in them. */
const RARE = [
  ['NOT OWED', 'notOwed'],
  ['NOT COUNTED', 'notCounted'],
  ['UNACCOUNTED', 'unaccounted'],
] as const;

/** The report for a person. */
export function renderAudit(report: AuditReport, byHour: boolean): string {
  const { problems, problemCount, blobs } = report;
  const day = new Date(report.day).toISOString().slice(0, 10);
  if (blobs === 0) return `There are no blobs of ${day}.`;
  const lines = byHour ? report.lines : byTable(report.lines);
  const rare = RARE.filter(([, key]) => lines.some((line) => line[key] !== 0));
  const number = (value: number) => value.toLocaleString('en-US');
  const rows = lines.map((line) => [
    visible(line.table),
    ...(byHour ? [new Date(line.hour).toISOString().slice(11, 13)] : []),
    visible(line.destination),
    number(line.blobs),
    formatBytes(line.bytes),
    ...[line.rows, line.delivered, line.filtered, line.deadLettered, line.waiting].map(number),
    ...rare.map(([, key]) => number(line[key])),
  ]);
  const head = byHour ? ['TABLE', 'HOUR', ...HEAD.slice(1)] : HEAD;
  const all = [...head, ...rare.map(([title]) => title)];
  const right = all.map((_, column) => column).slice(byHour ? 3 : 2);
  const parts = [formatTable(all, rows, right)];
  if (problemCount > 0) {
    const shown = problems
      .slice(0, MOST_SHOWN)
      .map(({ kind, blob, destination, message }) =>
        [kind, destination ?? '', redact(message), blob].map(visible),
      );
    const more = problemCount - shown.length;
    parts.push(
      `NOT PROVEN\n${formatTable(['KIND', 'DESTINATION', 'WHAT', 'BLOB'], shown)}${more > 0 ? `\nand ${number(more)} more` : ''}`,
    );
  } else {
    parts.push(`Every row of ${plural(blobs, 'blob')} of ${day} is accounted for.`);
  }
  return parts.join('\n\n');
}

function byTable(lines: readonly AuditLine[]): readonly AuditLine[] {
  const sums = new Map<string, AuditLine>();
  for (const line of lines) {
    const key = JSON.stringify([line.table, line.destination]);
    const sum = sums.get(key);
    sums.set(key, sum ? addCounts(sum, line) : line);
  }
  return [...sums.values()];
}

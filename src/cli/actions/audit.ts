/** Renders the report of an audit of one day. */
import { redact } from '../../config/redact.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { SourcePorts } from '../../relay/source/sources.ts';
import { rememberedStart } from '../../relay/source/start.ts';
import { type AuditLine, type AuditReport, addCounts, audit } from '../../relay/status/audit.ts';
import { systemClock } from '../../shared/clock.ts';
import { formatBytes, plural } from '../../shared/readable.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { formatTable, visible } from '../text.ts';
import { checkDestinations, containersOf, openPorts, sourcesNamed } from './open.ts';

export interface AuditCommandOptions {
  readonly config: string;
  readonly format: 'table' | 'json';
  /** The day's first moment, UTC, ms since the epoch. */
  readonly day: number;
  readonly source: string | undefined;
  readonly table: readonly string[];
  readonly destination: readonly string[];
  readonly hours: boolean;
}

/** How many problems the table shows; JSON has up to 1,000. */
const MOST_SHOWN = 100;

export async function runAudit(
  options: AuditCommandOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { config, ports } = await openPorts(options.config);
  checkDestinations(options.destination, config);
  let isProven = true;
  for (const source of sourcesNamed(options.source, ports.sources)) {
    const report = await auditSource({ options, config, source, signal }, out);
    if (options.format === 'json') printJson(report, source.name, out);
    else {
      if (source.name !== undefined) out.print(`SOURCE ${source.name}`);
      out.print(renderAudit(report, options.hours));
    }
    isProven &&= report.problemCount === 0;
  }
  return isProven ? EXIT.ok : EXIT.failed;
}

interface SourceAudit {
  readonly options: AuditCommandOptions;
  readonly config: RelayConfig;
  readonly source: SourcePorts;
  readonly signal: AbortSignal;
}

async function auditSource(
  { options, config, source, signal }: SourceAudit,
  out: Output,
): Promise<AuditReport> {
  const { destination } = options;
  const { account, blobs, checkpoints } = source;
  const containers = await containersOf(options.table, source, signal);
  const bar = out.progress('blobs');
  try {
    return await audit(
      { blobs, checkpoints, clock: systemClock },
      {
        containerPrefix: account.containerPrefix,
        containers,
        destinations: destination.length > 0 ? destination : Object.keys(config.destinations),
        day: options.day,
        start: await rememberedStart(source.documents, signal),
        latenessMs: config.tail.lateness,
        signal,
        onBlobs: (count) => bar.start(count),
        onBlob: () => bar.done(1),
      },
    );
  } finally {
    bar.stop();
  }
}

/** Prints one line of JSON for each table, hour and destination, one for each problem, and one for the total. */
function printJson(
  { day, lines, problems, problemCount, blobs }: AuditReport,
  source: string | undefined,
  out: Output,
): void {
  const print = (line: object) =>
    out.print(JSON.stringify({ ...line, ...(source !== undefined && { source }) }));
  const iso = (ms: number) => new Date(ms).toISOString();
  for (const line of lines) print({ type: 'rows', ...line, hour: iso(line.hour) });
  for (const problem of problems) print({ type: 'problem', ...problem });
  const proven = problemCount === 0;
  print({ type: 'summary', day: iso(day).slice(0, 10), blobs, problems: problemCount, proven });
}

const HEAD = ['TABLE', 'DESTINATION', 'BLOBS', 'BYTES', 'ROWS', 'DELIVERED', 'FILTERED', 'DEAD', 'WAITING'];
/** Columns that are shown only if one of the lines has a value in them. */
const RARE = [
  ['NOT OWED', 'notOwed'],
  ['NOT COUNTED', 'notCounted'],
  ['UNACCOUNTED', 'unaccounted'],
] as const;

/** The report for a person. */
export function renderAudit(report: AuditReport, byHour: boolean): string {
  const { problems, problemCount, blobs } = report;
  const day = new Date(report.day).toISOString().slice(0, 10);
  if (blobs === 0 && problemCount === 0) return `There are no blobs of ${day}.`;
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

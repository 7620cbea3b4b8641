import { type Command, InvalidArgumentError } from 'commander';
import { collect, tableFormatOption } from '../ops/options.ts';
import { configOption, sourceOption } from '../options.ts';

export interface AuditCommandOptions {
  readonly config: string;
  readonly format: 'table' | 'json';
  /** The day's first moment, UTC, ms since the epoch. */
  readonly day: number;
  readonly source?: string;
  readonly table?: readonly string[];
  readonly destination?: readonly string[];
  readonly hours?: true;
}

const DAY_MS = 86_400_000;

export function registerAuditCommand(program: Command): void {
  program
    .command('audit')
    .summary('prove that every row of a day is accounted for')
    .description(
      [
        "Reads a day's blobs, counts their rows from the bytes, and compares them with what the checkpoints count for each",
        'destination: delivered, filtered, dead-lettered and waiting rows must add up. It changes nothing. It downloads the',
        'whole day.',
      ].join(' '),
    )
    .addOption(configOption())
    .requiredOption('--day <day>', '"2026-11-23", "yesterday" or "today"; UTC', parseDay)
    .addOption(sourceOption())
    .option('-t, --table <table>', 'only this table; may be given more than once', collect)
    .option('-d, --destination <name>', 'only this destination; may be given more than once', collect)
    .option('--hours', 'a line for each hour, not only for each table')
    .addOption(tableFormatOption())
    .addHelpText(
      'after',
      `
Exit code: 0 when every row is accounted for and none waits in an hour that is over; 1 otherwise; 130 stopped by Ctrl-C.

Rows that were passed before xdr-relay counted rows, or whose checkpoint was rebuilt, are "not counted", and never proven.

Examples:
  xdr-relay audit --day yesterday
  xdr-relay audit --day 2026-11-23 --table DeviceProcessEvents --hours
  xdr-relay audit --day yesterday --destination splunk --format json`,
    )
    .action(async (options: AuditCommandOptions) => {
      const { runAudit } = await import('../actions/audit.ts');
      await runAudit(options);
    });
}

function parseDay(text: string): number {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  if (text === 'today') return today;
  if (text === 'yesterday') return today - DAY_MS;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(day) && new Date(day).toISOString().startsWith(text)) return day;
  throw new InvalidArgumentError('A day is "2026-11-23", "yesterday" or "today".');
}

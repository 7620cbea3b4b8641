import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationBetween } from '../../shared/duration.ts';
import { tableFormatOption } from '../ops/options.ts';
import { configOption, sourceOption } from '../options.ts';

export interface StatusCommandOptions {
  readonly config: string;
  readonly format: 'table' | 'json';
  readonly source?: string;
  readonly watch?: true;
  /** Milliseconds, all three. */
  readonly interval: number;
  readonly since?: number;
  readonly maxLag: number;
  readonly policy?: string;
}

export function registerStatusCommand(program: Command): void {
  program
    .command('status')
    .summary('what waits, what is out of service, what needs attention')
    .description(
      [
        'Shows what each destination has still to get of each table, destinations that are out of service, dead letters,',
        'the queue, and how many blobs consumers work on. It reads the storage account and changes nothing.',
      ].join(' '),
    )
    .addOption(configOption())
    .addOption(sourceOption())
    .addOption(tableFormatOption())
    .option('-w, --watch', 'show it again and again until Ctrl-C')
    .addOption(
      duration('--interval <duration>', 'between two looks with --watch', '1s', '1d').default(10_000, '10s'),
    )
    .addOption(
      duration(
        '--since <duration>',
        'how far back to look; default: sweep.wide of relay.yaml',
        '1m',
        '3650d',
      ),
    )
    .addOption(
      duration(
        '--max-lag <duration>',
        'events that wait longer than this need attention',
        '1ms',
        '365d',
      ).default(1_800_000, '30m'),
    )
    .option(
      '--policy <file>',
      'the lifecycle policy, as "az storage account management-policy show" prints it: when rows that wait are deleted',
    )
    .addHelpText(
      'after',
      `
"OLDEST" is an estimate: when the first byte that waits was written, by its place in its blob.

Exit code: 0 when nothing needs attention; 1 when a destination is out of service or refuses a table, a blob cannot be read, a task
is in the poison queue, there are dead letters, rows were lost or will be deleted within 72 hours, or events have waited longer
than --max-lag.

Examples:
  xdr-relay status
  xdr-relay status --watch
  xdr-relay status --format json --max-lag 2h`,
    )
    .action(async (options: StatusCommandOptions) => {
      const { runStatus } = await import('../actions/status.ts');
      await runStatus(options);
    });
}

function duration(flags: string, description: string, least: string, most: string): Option {
  const schema = durationBetween(least, most, description);
  return new Option(flags, description).argParser((text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(
      `It is a duration such as "30s", "15m" or "2h", from "${least}" to "${most}".`,
    );
  });
}

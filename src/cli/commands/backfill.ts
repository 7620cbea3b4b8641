import type { Command } from 'commander';
import { collect, parseCount, parsePositive } from '../ops/options.ts';
import { configOption, sourceOption } from '../options.ts';
import { whenOption } from '../when.ts';

export interface BackfillCommandOptions {
  readonly config: string;
  readonly source?: string;
  readonly table?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly destination?: readonly string[];
  readonly dryRun?: true;
  readonly rate?: number;
  readonly maxQueue: number;
  readonly restart?: true;
}

export function registerBackfillCommand(program: Command): void {
  program
    .command('backfill')
    .summary('queue older hours, or replay them to one destination')
    .description(
      [
        'Looks through a range of hours as the sweep does, and queues every blob that has bytes nobody has read.',
        'With --destination everything in the range is sent to that destination once more, or for the first time if it',
        'is new; the other destinations are left alone. The consumers ("xdr-relay serve") do the reading.',
      ].join(' '),
    )
    .addOption(configOption())
    .addOption(sourceOption())
    .option('-t, --table <table>', 'only this table; may be given more than once', collect)
    .addOption(whenOption('--from <time>', 'the first hour; default: the oldest there is'))
    .addOption(whenOption('--to <time>', 'up to, not including, this time; default: now'))
    .option('-d, --destination <name>', 'replay to this destination; may be given more than once', collect)
    .option('--dry-run', 'only count, queue nothing')
    .option('--rate <blobs>', 'queue at most this many blobs a second', parsePositive)
    .option(
      '--max-queue <tasks>',
      'wait while the queue holds more tasks than this, so that new events do not stand behind old ones',
      parseCount,
      1000,
    )
    .option('--restart', 'begin anew where an earlier run was stopped')
    .addHelpText(
      'after',
      `
Times are "2026-11-23", "2026-11-23T07:00Z" (UTC where no zone is given), or "24h": so long ago.

Ctrl-C stops it; the same command goes on where it was. Where it is stands in the state container.

Exit code: 0 done, 1 failed or not done for the tables it names, 130 stopped by Ctrl-C.

Examples:
  xdr-relay backfill --from 2026-11-20 --to 2026-11-22 --dry-run
  xdr-relay backfill --table DeviceProcessEvents --table AlertInfo --from 30d
  xdr-relay backfill --destination splunk --from 2026-11-23T06:00Z --to 2026-11-23T09:00Z`,
    )
    .action(async (options: BackfillCommandOptions) => {
      const { runBackfill } = await import('../actions/backfill.ts');
      await runBackfill(options);
    });
}

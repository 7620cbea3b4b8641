/** The command `xdr-relay backfill`. */
import { defineCommand } from '../command.ts';
import {
  configOption,
  count,
  destinationsOption,
  flag,
  instant,
  parsed,
  positive,
  sourceOption,
  tablesOption,
  withDefault,
} from '../options.ts';

export const backfill = defineCommand({
  name: 'backfill',
  summary: 'Queue older hours, or replay them to one destination',
  description: [
    'List a range of hours as the sweep does, and queue every blob that has unread bytes.',
    'With --destination everything in the range is sent to that destination once more, or for the first time if it',
    'is new; other destinations are not affected. The consumers ("xdr-relay serve") read the blobs.',
  ].join(' '),
  inputs: {
    config: configOption(),
    source: sourceOption(),
    table: tablesOption(),
    from: instant('--from <time>', 'The first hour (default: the oldest there is)'),
    to: instant('--to <time>', 'The end, not included (default: now)'),
    destination: destinationsOption('Replay to this destination'),
    dryRun: flag('--dry-run', 'Only count, queue nothing'),
    rate: parsed('--rate <blobs>', 'Queue at most this many blobs a second', positive),
    maxQueue: withDefault(
      parsed(
        '--max-queue <tasks>',
        'Wait while the queue holds more tasks than this, so that new events do not stand behind old ones',
        count,
      ),
      1000,
    ),
    restart: flag('--restart', 'Start over instead of continuing an earlier run'),
  },
  notes: [
    'Times are "2026-11-23", "2026-11-23T07:00Z" (UTC where no zone is given), or "24h", which means 24 hours ago.',
    'After Ctrl-C the same command goes on where it was. Its place is kept in the state container.',
  ],
  exits: { ok: 'Done', failed: 'Failed, or not done for the tables that it names' },
  examples: [
    'backfill --from 2026-11-20 --to 2026-11-22 --dry-run',
    'backfill --table DeviceProcessEvents --table AlertInfo --from 30d',
    'backfill --destination splunk --from 2026-11-23T06:00Z --to 2026-11-23T09:00Z',
  ],
  onStop: { says: 'run the same command to continue.' },
  load: async () => (await import('../actions/backfill.ts')).runBackfill,
});

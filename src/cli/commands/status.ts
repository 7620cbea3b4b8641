/** The command `xdr-relay status`. */
import { defineCommand } from '../command.ts';
import { configOption, duration, flag, formatOption, sourceOption, text, withDefault } from '../options.ts';

export const status = defineCommand({
  name: 'status',
  summary: 'Show what waits, what is out of service and what needs attention',
  description: [
    'Show what each destination has still to receive of each table, destinations that are out of service, dead letters, the rules',
    'in force, the queue, and how many blobs consumers work on. It reads the storage account and changes nothing.',
  ].join(' '),
  inputs: {
    config: configOption(),
    source: sourceOption(),
    format: formatOption(['table', 'json']),
    watch: flag('-w, --watch', 'Refresh it until Ctrl-C'),
    interval: withDefault(
      duration('--interval <duration>', 'Time between two looks with --watch', ['1s', '1d']),
      10_000,
      '10s',
    ),
    since: duration('--since <duration>', 'How far back to look (default: sweep.wide of relay.yaml)', [
      '1m',
      '3650d',
    ]),
    maxLag: withDefault(
      duration('--max-lag <duration>', 'Events that wait longer than this need attention', ['1ms', '365d']),
      1_800_000,
      '30m',
    ),
    policy: text(
      '--policy <file>',
      'The lifecycle policy, as "az storage account management-policy show" prints it: when rows that wait are deleted',
    ),
  },
  notes: [
    '"OLDEST" is an estimate: when the first byte that waits was written, judged by its place in its blob.',
  ],
  exits: {
    ok: 'Nothing needs attention',
    failed:
      'A destination is out of service or refuses a table, a blob cannot be read, a task is in the poison queue, there are dead letters, rows were lost or will be deleted within 72 hours, new rules were refused, events have waited longer than --max-lag, a table is silent, or there is no container of Defender',
    unknown:
      'Nothing that it could look at needs attention, but something could not be looked at: "UNKNOWN" says what, and why',
    stopped: 'Stopped by Ctrl-C, with --watch too',
  },
  examples: ['status', 'status --watch', 'status --format json --max-lag 2h'],
  onStop: { says: 'nothing was changed.' },
  load: async () => (await import('../actions/status.ts')).runStatus,
});

/** The command `xdr-relay state rebuild`. */
import { defineCommand } from '../../command.ts';
import {
  choice,
  configOption,
  destinationsOption,
  instant,
  required,
  sourceOption,
  tablesOption,
  yesOption,
} from '../../options.ts';

export const rebuildState = defineCommand({
  name: 'rebuild',
  summary: 'Rebuild the state from the blobs, if there is no export',
  description: [
    'Write checkpoints for blobs that have none: as delivered to their end, or as unread. Checkpoints that exist are',
    'left alone. Without --yes it only counts.',
  ].join(' '),
  inputs: {
    config: configOption(),
    source: sourceOption(),
    from: required(instant('--from <time>', 'The first hour')),
    to: instant('--to <time>', 'The end, not included (default: now)'),
    table: tablesOption(),
    destination: destinationsOption('A destination that got everything (default: all)'),
    assume: required(
      choice('--assume <what>', 'With delivered nothing of them is sent again, with unread all of it is', [
        'delivered',
        'unread',
      ]),
    ),
    yes: yesOption('Write them'),
  },
  notes: [
    'With "--assume delivered" give as --to a time before which everything was certainly delivered: rows of earlier hours that were not are never sent. Blobs of the hour that --to lies in, and of later ones, stay new: they are sent from their beginning.',
    'Stop the consumers first: what they read meanwhile gets checkpoints of its own.',
  ],
  exits: { ok: 'Done', failed: 'Failed: a second run continues' },
  examples: ['state rebuild --from 30d --to 2026-11-23T07:00Z --assume delivered --yes'],
  onStop: { says: 'run the same command to continue.' },
  load: async () => (await import('../../actions/state/rebuild.ts')).runRebuild,
});

/** The command `xdr-relay poison list`. */
import { defineCommand } from '../../command.ts';
import { configOption, formatOption, whole, withDefault } from '../../options.ts';

export const listPoison = defineCommand({
  name: 'list',
  summary: 'List the messages of the poison queue',
  description:
    'List the messages of the poison queue with the blob that each one names, and why it is there.',
  inputs: {
    config: configOption(),
    limit: withDefault(whole('-n, --limit <count>', 'At most this many', [1, 10_000]), 32),
    format: formatOption(['table', 'json']),
  },
  notes: [
    'Up to 32 messages are only looked at. The service shows no more without taking them, so that a larger --limit hides them from other programs for a moment, and counts as a reception.',
  ],
  exits: { ok: 'Done, whether or not there are any' },
  examples: ['poison list', 'poison list --limit 500 --format json'],
  onStop: { says: 'nothing was changed.' },
  load: async () => (await import('../../actions/poison/list.ts')).runList,
});

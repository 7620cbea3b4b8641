/** The command `xdr-relay poison drop`. */
import { defineCommand } from '../../command.ts';
import { yesOption } from '../../options.ts';
import { poisonInputs } from './inputs.ts';

export const dropPoison = defineCommand({
  name: 'drop',
  summary: 'Remove messages from the poison queue',
  description: [
    'Remove messages from the poison queue, and say which of their blobs the sweep finds by itself and which need a backfill.',
    'Without --yes it removes nothing.',
  ].join(' '),
  inputs: { ...poisonInputs(), yes: yesOption('Remove them') },
  exits: { ok: 'Done', failed: 'Failed, or one of the named messages is not there' },
  examples: ['poison drop', 'poison drop --yes'],
  onStop: { says: 'what was not removed yet stays.' },
  load: async () => (await import('../../actions/poison/drop.ts')).runDrop,
});

/** The command `xdr-relay poison show`. */
import { defineCommand } from '../../command.ts';
import { configOption, formatOption, someArguments } from '../../options.ts';

export const showPoison = defineCommand({
  name: 'show',
  summary: 'Show messages of the poison queue in full',
  description:
    'Show messages of the poison queue in full: why they are there, their history, and their text.',
  inputs: {
    ids: someArguments('id', 'Ids as "poison list" prints them', 1),
    config: configOption(),
    format: formatOption(['table', 'json']),
  },
  exits: { ok: 'Done', failed: 'Failed, or there is no such message' },
  examples: ['poison show 3f2a6c1e-77aa-4b4e-9d6b-1d2c3b4a5f60'],
  onStop: { says: 'nothing was changed.' },
  load: async () => (await import('../../actions/poison/show.ts')).runShow,
});

/** The command `xdr-relay alerts list`. */
import { defineCommand } from '../../command.ts';
import { configOption, flag, formatOption } from '../../options.ts';

export const listSilences = defineCommand({
  name: 'list',
  summary: 'List silences',
  description:
    'List the silences that hold, with who began them, why, until when, and how many alerts each has kept from people.',
  inputs: {
    config: configOption(),
    ended: flag('--ended', 'Those that are over, too'),
    format: formatOption(['table', 'json']),
  },
  exits: { ok: 'Done, whether or not there are any' },
  examples: ['alerts list', 'alerts list --ended --format json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/alerts/list.ts')).listSilences,
});

/** The command `xdr-relay alerts end`. */
import { defineCommand } from '../../command.ts';
import { argument, configOption, formatOption, text } from '../../options.ts';
import { byOption } from './inputs.ts';

export const endSilence = defineCommand({
  name: 'end',
  summary: 'End a silence before its time',
  description:
    'End a silence. From then on people are told of new alerts; of those that it kept, they are not.',
  inputs: {
    id: argument('id', 'The id that "alerts list" shows'),
    config: configOption(),
    reason: text('--reason <text>', 'Why, for those who look later'),
    by: byOption(),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'The silence is over', failed: 'Failed, or there is no such silence' },
  examples: ["alerts end 3f2a91c0 --reason 'The build is done'"],
  onStop: { says: 'look with "alerts list" whether it still holds.' },
  load: async () => (await import('../../actions/alerts/end.ts')).endOneSilence,
});

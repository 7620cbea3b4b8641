/** The command `xdr-relay dead-letters show`. */
import { defineCommand } from '../../command.ts';
import { configOption, formatOption, someArguments } from '../../options.ts';

export const showLetters = defineCommand({
  name: 'show',
  summary: 'Show dead letters in full',
  description: 'Show dead letters in full: the row, why it was refused, and what was sent.',
  inputs: {
    names: someArguments('name', 'Names as "dead-letters list" prints them', 1),
    config: configOption(),
    format: formatOption(['table', 'json']),
  },
  exits: { ok: 'Done', failed: 'Failed, or there is no such dead letter' },
  examples: ['dead-letters show splunk/2026/11/23/3f...e1.json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/dead-letters/show.ts')).showLetters,
});

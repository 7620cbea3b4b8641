/** The command `xdr-relay dead-letters show`. */
import { defineCommand } from '../../command.ts';
import { configOption, flag, formatOption, someArguments } from '../../options.ts';

export const showLetters = defineCommand({
  name: 'show',
  summary: 'Show dead letters',
  description:
    'Show dead letters: why the row was refused, the row, and what was sent. Texts in the row and in what was sent are masked, since they are about people.',
  inputs: {
    names: someArguments('name', 'Names as "dead-letters list" prints them', 1),
    config: configOption(),
    format: formatOption(['table', 'json']),
    reveal: flag('--reveal', 'Show the texts, too'),
  },
  exits: { ok: 'Done', failed: 'Failed, or there is no such dead letter' },
  examples: ['dead-letters show splunk/2026/11/23/3f...e1.json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/dead-letters/show.ts')).showLetters,
});

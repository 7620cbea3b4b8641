/** The command `xdr-relay dead-letters redrive`. */
import { defineCommand } from '../../command.ts';
import { flag, formatOption } from '../../options.ts';
import { letterFilters, letterNames, limitOption } from './filters.ts';

export const redriveLetters = defineCommand({
  name: 'redrive',
  summary: 'Send dead letters again',
  description: [
    "Send rows again, through today's rules, to the destination that refused them; rows that could not be read, to",
    'every destination they are routed to. Each is removed once it was accepted; the others stay, and it says why.',
  ].join(' '),
  inputs: {
    names: letterNames(),
    ...letterFilters(),
    limit: limitOption(),
    asStored: flag('--as-stored', 'Send what was refused then, not what the rules make of the row today'),
    format: formatOption(['table', 'json']),
  },
  exits: { ok: 'All of them were accepted', failed: 'Failed, or some stay' },
  examples: [
    'dead-letters redrive --destination splunk --reason hec_6',
    'dead-letters redrive --destination splunk --as-stored',
  ],
  onStop: { says: 'what was not accepted yet stays.' },
  load: async () => (await import('../../actions/dead-letters/redrive.ts')).redriveLetters,
});

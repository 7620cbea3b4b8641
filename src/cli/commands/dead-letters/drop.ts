/** The command `xdr-relay dead-letters drop`. */
import { defineCommand } from '../../command.ts';
import { yesOption } from '../../options.ts';
import { letterFilters, letterNames, limitOption } from './filters.ts';

export const dropLetters = defineCommand({
  name: 'drop',
  summary: 'Remove dead letters permanently',
  description: 'Remove dead letters without sending them. Without --yes it only counts them.',
  inputs: { names: letterNames(), ...letterFilters(), limit: limitOption(), yes: yesOption('Remove them') },
  exits: { ok: 'Done' },
  examples: ['dead-letters drop --reason not_json --to 30d --yes'],
  onStop: { says: 'what was not removed yet stays.' },
  load: async () => (await import('../../actions/dead-letters/drop.ts')).dropLetters,
});

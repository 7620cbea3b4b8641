/** The command `xdr-relay dead-letters list`. */
import { defineCommand } from '../../command.ts';
import { formatOption, withDefault } from '../../options.ts';
import { letterFilters, limitOption } from './filters.ts';

export const listLetters = defineCommand({
  name: 'list',
  summary: 'List dead letters',
  description: 'List dead letters, without reading the rows.',
  inputs: {
    ...letterFilters(),
    limit: withDefault(limitOption(), 100),
    format: formatOption(['table', 'json']),
  },
  exits: { ok: 'Done, whether or not there are any' },
  examples: ['dead-letters list --destination splunk --from 24h'],
  onStop: 'at once',
  load: async () => (await import('../../actions/dead-letters/list.ts')).listLetters,
});

/** The command `xdr-relay destinations list`. */
import { defineCommand } from '../../command.ts';
import { configOption, formatOption } from '../../options.ts';

export const listDestinations = defineCommand({
  name: 'list',
  summary: 'List the destinations with their state',
  description: 'List the destinations, whether they are in service, and the tables that are held.',
  inputs: { config: configOption(), format: formatOption(['table', 'json']) },
  exits: { ok: 'Done, whatever the state of the destinations' },
  examples: ['destinations list'],
  onStop: 'at once',
  load: async () => (await import('../../actions/destinations.ts')).listDestinations,
});

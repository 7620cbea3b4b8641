/** The command `xdr-relay destinations test`. */
import { defineCommand } from '../../command.ts';
import { configOption, formatOption, someArguments } from '../../options.ts';

export const testDestinations = defineCommand({
  name: 'test',
  summary: 'Send a test event to a destination, and say what it answered',
  description: [
    'Send one event that says that it is a test to each destination that is named: to people as a message. Say whether it was taken,',
    'and, if not, what was answered, what that means and what to do. It asks no storage account and changes no offset.',
    'Where a destination has several addresses, each gets an event, and is told of by itself.',
  ].join(' '),
  inputs: {
    names: someArguments('name', 'Its name in relay.yaml', 1),
    config: configOption(),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'Each took the event, at each of its addresses', failed: 'One did not' },
  examples: ['destinations test splunk', 'destinations test soc-slack soar --format json'],
  onStop: { says: 'what was not answered yet may have arrived.' },
  load: async () => (await import('../../actions/destinations-test.ts')).testDestinations,
});

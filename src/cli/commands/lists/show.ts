/** The command `xdr-relay lists show`. */
import { defineCommand } from '../../command.ts';
import { argument, rulesConfigOption, someArguments, transformsOption } from '../../options.ts';
import { RULES_USAGE } from '../rules/exits.ts';

export const showList = defineCommand({
  name: 'show',
  summary: 'Show a list, or what it says about values',
  description:
    'Show a list. With values: for each of them whether the list has it, as a rule would find it, and what stands beside it. Of a database: what it is, and the record of each address.',
  inputs: {
    name: argument('name', 'The name of a list'),
    values: someArguments('value', 'Values to look up', 0),
    transforms: transformsOption(),
    config: rulesConfigOption(),
  },
  exits: {
    ok: 'Done; the list has all values',
    failed: 'The list does not have a value, or has errors',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'lists show c2_networks',
    'lists show c2_networks 203.0.113.9 2001:db8::1',
    'lists show countries 203.0.113.9',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/lists/show.ts')).showList,
});

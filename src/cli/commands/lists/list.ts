/** The command `xdr-relay lists list`. */
import { defineCommand } from '../../command.ts';
import { formatOption, rulesConfigOption, transformsOption } from '../../options.ts';
import { RULES_USAGE } from '../rules/exits.ts';

export const listLists = defineCommand({
  name: 'list',
  summary: 'List the lists with their size and age',
  description:
    'List the lists with their type, columns, size and age, and whether they are older than they may be.',
  inputs: {
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: formatOption(['table', 'json']),
  },
  exits: { ok: 'Done, whatever the age of the lists', failed: 'Errors in a list', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: ['lists list', 'lists list --format json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/lists/list.ts')).listLists,
});

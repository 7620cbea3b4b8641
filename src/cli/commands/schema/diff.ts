/** The command `xdr-relay schema diff`. */
import { defineCommand } from '../../command.ts';
import { formatOption, rulesConfigOption, someArguments, text, transformsOption } from '../../options.ts';
import { RULES_USAGE } from '../rules/exits.ts';

export const diffSchema = defineCommand({
  name: 'diff',
  summary: 'Show what differs from the shipped schema',
  description:
    'Show what differs from the shipped schema: in schema.yaml, or in exports of the portal, of which it also shows the columns that your tenant lacks.',
  inputs: {
    files: someArguments(
      'export',
      'Exports of the portal: CSV or JSON; without one, schema.yaml is compared',
      0,
    ),
    table: text(
      '--table <table>',
      'The table of files that do not say it; of a file with several tables, only this one',
    ),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'Done, whatever differs', failed: 'Mistakes in a file', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: ['schema diff', 'schema diff DeviceEvents.csv --format json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/schema/diff.ts')).diffCommand,
});

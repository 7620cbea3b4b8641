/** The command `xdr-relay schema learn`. */
import { defineCommand } from '../../command.ts';
import { flag, formatOption, rulesConfigOption, someArguments, transformsOption } from '../../options.ts';
import { RULES_USAGE } from '../rules/exits.ts';

export const learnSchema = defineCommand({
  name: 'learn',
  summary: 'Propose columns and types from rows',
  description:
    'Propose columns and types from rows: what they have that the schema does not, and where their values are of another type. No value of a row is shown.',
  inputs: {
    inputs: someArguments(
      'input',
      'Files of rows as Defender writes them (JSON Lines, JSON, gzip), or https addresses of blobs',
      1,
    ),
    write: flag('--write', 'Write the columns that are new into schema.yaml'),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'Done, whatever was found', failed: 'Mistakes in schema.yaml', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: ['schema learn PT1H.json', 'schema learn PT1H.json --write'],
  onStop: { says: 'the rows were not read to the end, and nothing was written.' },
  load: async () => (await import('../../actions/schema/learn.ts')).learnCommand,
});

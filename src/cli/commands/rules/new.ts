/** The command `xdr-relay rules new`. */
import { defineCommand } from '../../command.ts';
import { optionalArgument, rulesConfigOption, text, transformsOption } from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const newTable = defineCommand({
  name: 'new',
  summary: 'Write a commented file for a table, or the draft of a rule from a row',
  description:
    'Write a commented file for a table, with its columns; or, with --from, the draft of a Sigma rule that matches a row, and a test of it. It never overwrites a file.',
  inputs: {
    table: optionalArgument(
      'table',
      'The Advanced Hunting table, e.g. DeviceProcessEvents; with --from, needed where the row does not say its table',
    ),
    from: text(
      '--from <file>',
      'A row as JSON: a line of a blob, or its columns alone; - for standard input',
    ),
    transforms: transformsOption(),
    config: rulesConfigOption(),
  },
  exits: { ok: 'The file is written', usage: `${RULES_USAGE}, or that exists already` },
  errorsAre: 'usage',
  examples: ['rules new DeviceProcessEvents', 'rules new DeviceProcessEvents --from row.json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/new.ts')).newCommand,
});

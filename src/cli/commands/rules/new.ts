/** The command `xdr-relay rules new`. */
import { defineCommand } from '../../command.ts';
import { argument, rulesConfigOption, transformsOption } from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const newTable = defineCommand({
  name: 'new',
  summary: 'Write a commented file for a table, with its columns',
  description: 'Write a commented file for a table, with its columns. It never overwrites a file.',
  inputs: {
    table: argument('table', 'The Advanced Hunting table, e.g. DeviceProcessEvents'),
    transforms: transformsOption(),
    config: rulesConfigOption(),
  },
  exits: { ok: 'The file is written', usage: `${RULES_USAGE}, or that exists already` },
  errorsAre: 'usage',
  examples: ['rules new DeviceProcessEvents'],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/new.ts')).newCommand,
});

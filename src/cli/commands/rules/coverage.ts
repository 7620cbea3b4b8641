/** The command `xdr-relay rules coverage`. */
import { defineCommand } from '../../command.ts';
import { argument, flag, formatOption, rulesConfigOption, transformsOption } from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const coverage = defineCommand({
  name: 'coverage',
  summary: "Count how many of a folder's Sigma rules run",
  description:
    "Count how many of a folder's Sigma rules run, say why the others do not, and list the ATT&CK techniques that are covered.",
  inputs: {
    directory: argument('dir', 'A folder of Sigma rules, e.g. of SigmaHQ'),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    list: flag('--list', 'Name every rule that does not run'),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'Done, however many run', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: ['rules coverage sigma/rules/windows --list'],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/coverage.ts')).coverageCommand,
});

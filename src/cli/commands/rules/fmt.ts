/** The command `xdr-relay rules fmt`. */
import { defineCommand } from '../../command.ts';
import { flag, rulePaths, rulesConfigOption, transformsOption } from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const formatRules = defineCommand({
  name: 'fmt',
  summary: 'Bring table, mapping, schema and test files into one form',
  description:
    'Bring table, mapping, schema and test files into one form, and print the names of those that changed. Sigma rules stay as they are.',
  inputs: {
    paths: rulePaths(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    check: flag('--check', 'Change nothing; exit with 1 when a file would change'),
  },
  exits: { ok: 'Done', failed: 'With --check: a file would change', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: ['rules fmt', 'rules fmt --check transforms/DeviceEvents.yaml'],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/fmt.ts')).fmtCommand,
});

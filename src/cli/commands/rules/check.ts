/** The command `xdr-relay rules check`. */
import { defineCommand } from '../../command.ts';
import { flag, reportFormatOption, rulePaths, rulesConfigOption, transformsOption } from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const checkRules = defineCommand({
  name: 'check',
  summary: 'Report every mistake in the rule files',
  description: 'Report every mistake in the rule files, each with its file, its line and a hint.',
  inputs: {
    paths: rulePaths(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: reportFormatOption(),
    verbose: flag('--verbose', 'Show each finding, however many there are'),
  },
  exits: { ok: 'No errors', failed: 'Errors in the rule files', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: [
    'rules check',
    'rules check transforms/detections',
    'rules check --config prod.yaml --format github',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/check.ts')).checkCommand,
});

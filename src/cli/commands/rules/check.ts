/** The command `xdr-relay rules check`. */
import { defineCommand } from '../../command.ts';
import {
  choice,
  flag,
  reportFormatOption,
  reportsOption,
  rulePaths,
  rulesConfigOption,
  transformsOption,
  withDefault,
} from '../../options.ts';
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
    reports: reportsOption(),
    failOn: withDefault(
      choice('--fail-on <severity>', 'Which findings make the command fail', ['error', 'warning']),
      'error',
    ),
    verbose: flag('--verbose', 'Show each finding, however many there are'),
  },
  exits: {
    ok: 'No errors; with --fail-on warning: no findings',
    failed: 'Errors in the rule files; with --fail-on warning: findings',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'rules check',
    'rules check transforms/detections',
    'rules check --config prod.yaml --format github',
    'rules check --report junit=check.xml --report sarif=check.sarif',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/check.ts')).checkCommand,
});

/** The command `xdr-relay rules lint`. */
import { defineCommand } from '../../command.ts';
import {
  choice,
  flag,
  reportFormatOption,
  reportsOption,
  rulePaths,
  rulesConfigOption,
  text,
  transformsOption,
  withDefault,
} from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const lintRules = defineCommand({
  name: 'lint',
  summary: 'Find rules that are hard to maintain or say less than they seem to',
  description:
    'Find what is legal in rule files and yet hard to maintain or not meant: missing metadata, tags that ATT&CK does not have, selections that never match, rules that are there twice.',
  inputs: {
    paths: rulePaths(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: reportFormatOption(),
    reports: reportsOption(),
    profile: text(
      '--profile <profile>',
      'The name own or sigmahq, or a YAML file (default: lint.yaml where it lies here; else sigmahq for checkouts of SigmaHQ and own for other rules)',
    ),
    failOn: withDefault(
      choice('--fail-on <severity>', 'Which findings make the command fail', ['error', 'warning']),
      'error',
    ),
    fix: flag('--fix', 'Mend what can be mended without changing what a rule matches'),
    verbose: flag('--verbose', 'Show each finding, however many there are'),
  },
  exits: {
    ok: 'No errors; with --fail-on warning: no findings',
    failed: 'Errors; with --fail-on warning: findings',
    usage: `${RULES_USAGE}, or a mistake in the profile`,
  },
  errorsAre: 'usage',
  examples: ['rules lint', 'rules lint --fix', 'rules lint sigma/rules --profile sigmahq --fail-on warning'],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/lint.ts')).lintCommand,
});

/** The command `xdr-relay rules coverage`. */
import { defineCommand } from '../../command.ts';
import {
  flag,
  formatOption,
  rulesConfigOption,
  someArguments,
  text,
  transformsOption,
} from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const coverage = defineCommand({
  name: 'coverage',
  summary: 'Count how many Sigma rules run',
  description:
    'Count how many Sigma rules run, say why the others do not, and list the ATT&CK techniques that are covered.',
  inputs: {
    paths: someArguments(
      'path',
      'Folders or files of Sigma rules, e.g. of SigmaHQ, or a folder of rule files (default: as --transforms)',
      0,
    ),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    list: flag('--list', 'Name every rule that does not run'),
    navigator: text('--navigator <file>', 'Write the techniques as a layer of ATT&CK Navigator'),
    targets: text(
      '--targets <file>',
      'Techniques that must be covered: YAML, or a layer of ATT&CK Navigator',
    ),
    baseline: text('--baseline <file>', 'What an earlier run printed as JSON: show what changed since'),
    failOnGaps: flag('--fail-on-gaps', 'Fail if a target or a technique of the baseline is not covered'),
    format: formatOption(['text', 'json', 'markdown']),
  },
  exits: {
    ok: 'Done, however many run',
    failed: 'With --fail-on-gaps: a target or a technique of the baseline is not covered',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'rules coverage',
    'rules coverage sigma/rules/windows --list',
    'rules coverage --targets targets.yaml --fail-on-gaps --navigator layer.json',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/coverage.ts')).coverageCommand,
});

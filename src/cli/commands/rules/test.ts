/** The command `xdr-relay rules test`. */
import { defineCommand } from '../../command.ts';
import {
  flag,
  reportFormatOption,
  reportsOption,
  rulePaths,
  rulesConfigOption,
  text,
  transformsOption,
} from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const testRules = defineCommand({
  name: 'test',
  summary: 'Run the tests in table files and *.test.yaml',
  description: 'Run the tests in table files and *.test.yaml, and show what differs.',
  inputs: {
    paths: rulePaths(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: reportFormatOption(),
    reports: reportsOption(),
    only: text('--only <text>', 'Only tests whose title or file contains this'),
    changed: text('--changed <revision>', 'Only tests that a change since this revision of git may concern'),
    watch: flag('-w, --watch', 'Run them again whenever a rule file changes'),
  },
  exits: {
    ok: 'All tests passed',
    failed: 'A test failed, or the rule files have errors',
    usage: RULES_USAGE,
    stopped: 'Stopped by Ctrl-C, with --watch too',
  },
  errorsAre: 'usage',
  examples: [
    'rules test',
    'rules test transforms/DeviceEvents.yaml',
    'rules test --only certutil',
    'rules test --changed main',
    'rules test --watch',
  ],
  onStop: { says: 'the tests were not run to the end.' },
  load: async () => (await import('../../actions/rules/test.ts')).testCommand,
});

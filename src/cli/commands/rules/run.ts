/** The command `xdr-relay rules run`. */

import { defineCommand } from '../../command.ts';
import {
  choice,
  flag,
  list,
  reportFormatOption,
  reportsOption,
  rowsArgument,
  rulesConfigOption,
  text,
  transformsOption,
} from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const runRules = defineCommand({
  name: 'run',
  summary: 'Try the rules on files or blobs of rows, sending nothing',
  description:
    'Try the rules on rows: which would be filtered, what matches, and what each destination would get. Nothing is sent.',
  inputs: {
    inputs: rowsArgument(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    tables: list('--table <table>', 'Only rows of this table; may be repeated'),
    expect: text('--expect <file>', 'A file that says how often each rule matches; fail if it does not'),
    diff: text(
      '--diff <what>',
      'A folder of rule files, a revision of git such as main, or two as A..B: show what changes from it',
    ),
    shape: choice(
      '--shape <shape>',
      'Print the events and alerts in this shape, one a line, instead of a summary',
      ['raw', 'relay', 'ecs', 'ocsf'],
    ),
    validate: flag(
      '--validate',
      'With --shape ecs or ocsf: report where an event is not valid by the official schema',
    ),
    format: reportFormatOption(),
    reports: reportsOption(),
  },
  exits: {
    ok: 'Done',
    failed: 'The rule files have errors, events are not valid, or an expectation is not met',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'rules run PT1H.json',
    'rules run corpus --expect expectations.yaml --format junit',
    'rules run corpus --diff main',
    'rules run PT1H.json --diff transforms-before --format json',
    'rules run PT1H.json --shape ocsf --validate',
  ],
  onStop: { says: 'the rows were not read to the end.' },
  load: async () => (await import('../../actions/rules/run.ts')).runCommand,
});

/** The command `xdr-relay rules run`. */

import { defineCommand } from '../../command.ts';
import {
  choice,
  flag,
  formatOption,
  rulesConfigOption,
  someArguments,
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
    inputs: someArguments(
      'input',
      'Files of rows as Defender writes them (JSON Lines, JSON, gzip), or https addresses of blobs',
      1,
    ),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    diff: text('--diff <dir>', 'Another folder of rule files: show what changes from it to this one'),
    shape: choice(
      '--shape <shape>',
      'Print the events and alerts in this shape, one a line, instead of a summary',
      ['raw', 'relay', 'ecs', 'ocsf'],
    ),
    validate: flag(
      '--validate',
      'With --shape ecs or ocsf: report where an event is not valid by the official schema',
    ),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'Done', failed: 'The rule files have errors, or events are not valid', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: [
    'rules run PT1H.json',
    'rules run PT1H.json --diff transforms-before --format json',
    'rules run PT1H.json --shape ocsf --validate',
  ],
  onStop: { says: 'the rows were not read to the end.' },
  load: async () => (await import('../../actions/rules/run.ts')).runCommand,
});

/** The command `xdr-relay rules run`. */
import { defineCommand } from '../../command.ts';
import { formatOption, rulesConfigOption, someArguments, text, transformsOption } from '../../options.ts';
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
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'Done', failed: 'The rule files have errors', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: ['rules run PT1H.json', 'rules run PT1H.json --diff transforms-before --format json'],
  onStop: { says: 'the rows were not read to the end.' },
  load: async () => (await import('../../actions/rules/run.ts')).runCommand,
});

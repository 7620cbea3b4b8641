/** The command `xdr-relay rules explain`. */
import { defineCommand } from '../../command.ts';
import {
  choice,
  formatOption,
  optionalArgument,
  required,
  rulesConfigOption,
  text,
  transformsOption,
} from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const explainRow = defineCommand({
  name: 'explain',
  summary: 'Show what the rules make of one row, and why',
  description:
    'Show what each filter, detection, route and step makes of one row, and why each of them matches or not.',
  inputs: {
    file: optionalArgument('file', 'Only this table file or Sigma rule; it need not lie in the folder'),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    row: required(
      text('--row <file>', 'One row as JSON, with its envelope or its columns alone; - reads standard input'),
    ),
    table: text('--table <table>', 'The table of a row without an envelope'),
    shape: choice(
      '--shape <shape>',
      'Show the event in this shape, and which line of which mapping gave a field',
      ['ecs', 'ocsf'],
    ),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'Done', failed: 'The rule files have errors', usage: RULES_USAGE },
  errorsAre: 'usage',
  examples: [
    'rules explain --row row.json',
    'rules explain --row row.json --shape ecs',
    'rules explain transforms/detections/finger_download.yml --row row.json',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/explain.ts')).explainCommand,
});

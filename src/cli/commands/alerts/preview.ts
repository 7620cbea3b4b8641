/** The command `xdr-relay alerts preview`. */
import { defineCommand } from '../../command.ts';
import {
  argument,
  formatOption,
  required,
  rulesConfigOption,
  text,
  transformsOption,
  whole,
  withDefault,
} from '../../options.ts';
import { RULES_USAGE } from '../rules/exits.ts';

export const previewAlerts = defineCommand({
  name: 'preview',
  summary: 'Show the messages that people would get for some rows',
  description: [
    'Show the messages that the alerts of some rows would be for a destination for people: for each row, the first message on its group.',
    'Nothing is sent, and no secret is needed.',
  ].join(' '),
  inputs: {
    input: argument(
      'input',
      'A file of rows as Defender writes them (JSON Lines, JSON, gzip), or a rule file (*.yml, *.yaml) with tests, whose rows are taken',
    ),
    to: required(
      text('--to <destination>', 'A destination for people in relay.yaml, or the type of one, such as slack'),
    ),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    limit: withDefault(whole('-n, --limit <count>', 'At most this many messages', [1, 1_000]), 20),
    format: formatOption(['text', 'json']),
  },
  exits: {
    ok: 'Done, whether or not there is an alert',
    failed: 'The rule files have errors',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'alerts preview PT1H.json --to soc-slack',
    'alerts preview transforms/DeviceProcessEvents.yaml --to soc-slack --format json',
  ],
  onStop: { says: 'the rows were not read to the end.' },
  load: async () => (await import('../../actions/alerts/preview.ts')).previewAlerts,
});

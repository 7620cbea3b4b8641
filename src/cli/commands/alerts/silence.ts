/** The command `xdr-relay alerts silence`. */
import { defineCommand } from '../../command.ts';
import { configOption, duration, flag, formatOption, list, required, text } from '../../options.ts';
import { byOption } from './inputs.ts';

export const silenceAlerts = defineCommand({
  name: 'silence',
  summary: 'Keep some alerts from people for a time',
  description: [
    'Keep the alerts of a rule, or those with some values, from people for a time. All that is given must hold. Every consumer',
    'knows within 10 seconds. Machines go on getting a record for each alert.',
  ].join(' '),
  inputs: {
    config: configOption(),
    rule: text('--rule <rule>', 'Only alerts of this rule: its id or its title'),
    where: list(
      '--where <column=value>',
      'Only alerts with this value in the column, as the transform leaves it; "*" stands for any text, and letter case does not matter. May be repeated: all must hold',
    ),
    for: required(duration('--for <duration>', 'How long, from 1m to 30d, such as 4h', ['1m', '30d'])),
    reason: required(text('--reason <text>', 'Why, for those who look later')),
    by: byOption(),
    force: flag('-f, --force', 'Also where no rule and no column has this name yet'),
    format: formatOption(['text', 'json']),
  },
  exits: { ok: 'The silence holds' },
  examples: [
    "alerts silence --rule 'Shadow copies deleted' --where 'DeviceName=build-*' --for 4h --reason 'Image build, CHG-1204'",
  ],
  onStop: { says: 'look with "alerts list" whether it holds.' },
  load: async () => (await import('../../actions/alerts/silence.ts')).silenceAlerts,
});

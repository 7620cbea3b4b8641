/** `xdr-relay alerts`: the commands on what people are told. */
import { defineGroup } from '../../command.ts';
import { endSilence } from './end.ts';
import { listSilences } from './list.ts';
import { silenceAlerts } from './silence.ts';

export const alerts = defineGroup({
  name: 'alerts',
  summary: 'Keep alerts from people for a time',
  description: [
    'Silence alerts that people need not be told of for a time: a maintenance window, a test of the red team, a rule that is being',
    'mended. A silence is kept in the state, ends by itself, counts what it kept, and stays in a history.',
  ].join(' '),
  examples: [
    "alerts silence --rule 'Shadow copies deleted' --where 'DeviceName=build-*' --for 4h --reason 'Image build, CHG-1204'",
    'alerts list',
    'alerts end 3f2a91c0',
  ],
  commands: [listSilences, silenceAlerts, endSilence],
});

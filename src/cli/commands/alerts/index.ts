/** `xdr-relay alerts`: the commands on what people are told. */
import { defineGroup } from '../../command.ts';
import { endSilence } from './end.ts';
import { listSilences } from './list.ts';
import { previewAlerts } from './preview.ts';
import { silenceAlerts } from './silence.ts';

export const alerts = defineGroup({
  name: 'alerts',
  summary: 'Silence alerts for a time, and preview what people are told',
  description: [
    'Silence alerts that people need not be told of for a time: a maintenance window, a test of the red team, a rule that is being',
    'mended. A silence is kept in the state, ends by itself, counts what it kept, and stays in a history. A preview shows the messages',
    'that rows would be, and sends nothing.',
  ].join(' '),
  examples: [
    "alerts silence --rule 'Shadow copies deleted' --where 'DeviceName=build-*' --for 4h --reason 'Image build, CHG-1204'",
    'alerts list',
    'alerts end 3f2a91c0',
    'alerts preview PT1H.json --to soc-slack',
  ],
  commands: [listSilences, silenceAlerts, endSilence, previewAlerts],
});

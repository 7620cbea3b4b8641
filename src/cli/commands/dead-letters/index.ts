/** `xdr-relay dead-letters`: the commands on refused rows. */
import { defineGroup } from '../../command.ts';
import { dropLetters } from './drop.ts';
import { listLetters } from './list.ts';
import { redriveLetters } from './redrive.ts';
import { showLetters } from './show.ts';

export const deadLetters = defineGroup({
  name: 'dead-letters',
  summary: 'Look at refused rows, send them again or drop them',
  description: [
    'Look at rows that a destination refused for good, and at rows that could not be read at all. The relay went on behind',
    'them; they stay here until they are sent again, dropped, or removed by a lifecycle rule of the storage account.',
  ].join(' '),
  examples: [
    'dead-letters list --destination splunk --from 24h',
    'dead-letters show splunk/2026/11/23/3f...e1.json',
    'dead-letters redrive --destination splunk --reason hec_6',
    'dead-letters drop --reason not_json --to 30d --yes',
  ],
  commands: [listLetters, showLetters, redriveLetters, dropLetters],
});

/** `xdr-relay losses`: the commands on lost rows. */
import { defineGroup } from '../../command.ts';
import { clearLosses } from './clear.ts';
import { listLosses } from './list.ts';

export const losses = defineGroup({
  name: 'losses',
  summary: 'List blobs that were deleted before they were delivered',
  description: [
    'List blobs that were deleted or replaced before everything in them was delivered, with the range that each destination',
    'never got. "status" shows them, and exits with 1, until they are cleared.',
  ].join(' '),
  examples: ['losses list --format json', 'losses clear --yes'],
  commands: [listLosses, clearLosses],
});

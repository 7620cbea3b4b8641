/** The command `xdr-relay losses list`. */
import { defineCommand } from '../../command.ts';
import { configOption, formatOption, sourceOption } from '../../options.ts';

export const listLosses = defineCommand({
  name: 'list',
  summary: 'List what was lost',
  description: 'List what was lost, by blob and destination.',
  inputs: { config: configOption(), source: sourceOption(), format: formatOption(['table', 'json']) },
  exits: { ok: 'Done, whether or not anything was lost' },
  examples: ['losses list', 'losses list --format json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/losses.ts')).listAllLosses,
});

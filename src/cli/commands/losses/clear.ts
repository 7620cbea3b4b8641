/** The command `xdr-relay losses clear`. */
import { defineCommand } from '../../command.ts';
import { configOption, sourceOption, yesOption } from '../../options.ts';

export const clearLosses = defineCommand({
  name: 'clear',
  summary: 'Clear the losses, once you have recorded them elsewhere',
  description: 'Clear the losses and the checkpoints of their blobs. Without --yes it only counts them.',
  inputs: { config: configOption(), source: sourceOption(), yes: yesOption('Forget them') },
  exits: { ok: 'Done' },
  examples: ['losses clear', 'losses clear --yes'],
  onStop: { says: 'run the same command to continue.' },
  load: async () => (await import('../../actions/losses.ts')).clearLosses,
});

/** The command `xdr-relay destinations enable`. */
import { defineCommand } from '../../command.ts';
import { configOption, someArguments } from '../../options.ts';

export const enableDestinations = defineCommand({
  name: 'enable',
  summary: 'Try a disabled destination again, from where it stopped',
  description: [
    'Enable a destination that was disabled because it refused everything for as long as its disable_after says. Its rows have',
    'waited in their blobs: running consumers learn of it within 10 seconds and go on at the offsets where they stopped.',
  ].join(' '),
  inputs: { names: someArguments('name', 'Its name in relay.yaml', 1), config: configOption() },
  exits: { ok: 'Done, or it was not disabled' },
  examples: ['destinations enable splunk'],
  onStop: 'at once',
  load: async () => (await import('../../actions/destinations.ts')).enableDestinations,
});

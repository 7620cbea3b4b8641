/** The command `xdr-relay destinations reset`. */
import { defineCommand } from '../../command.ts';
import { configOption, someArguments } from '../../options.ts';

export const resetDestinations = defineCommand({
  name: 'reset',
  summary: 'Try a destination again immediately',
  description: [
    'Close the breaker of a destination and release its held tables, so that consumers try it again at once and not',
    'when its waiting time is over. Running consumers learn of it within 10 seconds. Where the destination still',
    'refuses, it is taken out of service again; no row is lost by it.',
  ].join(' '),
  inputs: { names: someArguments('name', 'Its name in relay.yaml', 1), config: configOption() },
  exits: { ok: 'Done' },
  examples: ['destinations reset splunk'],
  onStop: 'at once',
  load: async () => (await import('../../actions/destinations.ts')).resetDestinations,
});

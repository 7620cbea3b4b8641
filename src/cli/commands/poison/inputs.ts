/** The inputs of the commands on the poison queue. */
import { configOption, count, parsed, someArguments } from '../../options.ts';

export function poisonInputs() {
  return {
    ids: someArguments('id', 'Only these messages (default: all)', 0),
    config: configOption(),
    limit: parsed('-n, --limit <count>', 'At most this many', count),
  };
}

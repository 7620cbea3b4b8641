/** The versions of Node and of the state. */
import { type Check, error, note } from '../check.ts';

export const versions: Check = {
  id: 'versions',
  title: 'Node, relay and state fit together',
  async run({ versions: { relay, node, leastNode }, stateVersion }, signal) {
    const of = note(`xdr-relay ${relay} on Node ${node}`);
    const isOld = compare(node, leastNode) < 0;
    // Throws state_newer, with its fix.
    await stateVersion.mayRead(signal);
    return isOld
      ? [of, error(`Node ${node} is older than ${leastNode}`, `install Node ${leastNode} or later`)]
      : [of];
  },
};

/** Compares dotted numbers. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

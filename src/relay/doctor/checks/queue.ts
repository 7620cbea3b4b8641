/** The task queue: reachable, readable, how much waits, and what was set aside. */
import { plural } from '../../../shared/readable.ts';
import { type Check, type Finding, warning } from '../check.ts';

/** More messages than this are not worked on in time. */
const MANY = 10_000;

export const queue: Check = {
  id: 'queue',
  title: 'The task queue answers',
  async run({ queue: port }, signal) {
    const [{ ready, poison }] = await Promise.all([port.depth(signal), port.peek?.(1, signal)]);
    const found: Finding[] = [];
    if (poison > 0) {
      found.push(
        warning(
          `${plural(poison, 'message')} in the poison queue`,
          'look at them with "xdr-relay poison list", and requeue or drop them',
        ),
      );
    }
    if (ready > MANY) {
      found.push(
        warning(
          `${plural(ready, 'message')} wait in the queue`,
          'start more consumers; "xdr-relay status" says which destination is behind',
        ),
      );
    }
    return found;
  },
};

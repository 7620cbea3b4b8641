/** The task queue: reachable, readable, how much waits, and what was set aside. */
import { messageOf } from '../../../shared/errors.ts';
import { plural } from '../../../shared/readable.ts';
import { type Check, type Finding, note, warning } from '../check.ts';

/** More messages than this are not worked on in time. */
const MANY = 10_000;

export const queue: Check = {
  id: 'queue',
  title: 'The task queue answers',
  async run({ queue: port }, signal) {
    let depth: Awaited<ReturnType<typeof port.depth>>;
    try {
      [depth] = await Promise.all([port.depth(signal), port.peek?.(1, signal)]);
    } catch (thrown) {
      if (!/\bQueueNotFound\b/.test(messageOf(thrown))) throw thrown;
      const fix = '"xdr-relay serve" creates them at its first start, if its role or signature allows that';
      return [note(`the queue ${port.name} or its poison queue does not exist yet`, fix)];
    }
    const { ready, poison } = depth;
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

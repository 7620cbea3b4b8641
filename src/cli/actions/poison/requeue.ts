/** Puts messages of the poison queue back on the queue. */
import { takePoison } from '../../../queue/poison-messages.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { openPorts } from '../open.ts';
import { checkFound, poisonEntry, requeuedBody } from './message.ts';

export interface RequeueOptions {
  readonly ids: readonly string[];
  readonly config: string;
  readonly limit: number | undefined;
  readonly format: 'table' | 'json';
}

export async function runRequeue(
  { ids, config, limit, format }: RequeueOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { ports } = await openPorts(config);
  // A message that fails at once may come back while this command runs: it is not put back a second time.
  const { poison: all } = await ports.queue.depth(signal);
  const most = Math.max(1, Math.min(limit ?? Number.POSITIVE_INFINITY, all));
  const found = new Set<string>();
  let requeued = 0;
  for await (const message of takePoison(ports.poison, { ids, most }, signal)) {
    found.add(message.id);
    const entry = poisonEntry(message, ports.sources);
    if (entry.useless === undefined) {
      // In this order: a task that is on the queue twice is recognised by its id, one that is on none is lost.
      await ports.queue.send(requeuedBody(entry));
      await message.complete();
      requeued += 1;
    }
    if (format === 'json') {
      const { id, useless } = entry;
      out.print(JSON.stringify({ id, result: useless === undefined ? 'requeued' : 'stays', why: useless }));
    } else if (entry.useless !== undefined) {
      out.print(visible(`${entry.id} stays: ${entry.useless}`));
    }
  }
  signal.throwIfAborted();
  checkFound(ids, found);
  const stay = found.size - requeued;
  if (format === 'table') {
    out.print(`${plural(requeued, 'message')} put back on the queue, ${plural(stay, 'message')} not.`);
  }
  return stay > 0 ? EXIT.failed : EXIT.ok;
}

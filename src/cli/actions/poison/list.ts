/** Lists the messages of the poison queue. */
import { takePoison } from '../../../queue/poison-messages.ts';
import { formatInstant } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { formatTable, visible } from '../../text.ts';
import { openPorts } from '../open.ts';
import { blobsOf, type PoisonEntry, poisonEntry } from './message.ts';

export interface ListOptions {
  readonly config: string;
  readonly limit: number;
  readonly format: 'table' | 'json';
}

/** How many messages the service shows without giving them away. */
const MOST_PEEKED = 32;

export async function runList(
  { config, limit, format }: ListOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { ports } = await openPorts(config);
  const found: PoisonEntry[] = [];
  if (limit <= MOST_PEEKED) {
    for (const message of await ports.poison.peek(limit, signal)) {
      found.push(poisonEntry(message, ports.sources));
    }
  } else {
    for await (const message of takePoison(ports.poison, { ids: [], most: limit }, signal)) {
      found.push(poisonEntry(message, ports.sources));
    }
  }
  signal.throwIfAborted();
  if (format === 'json') {
    for (const { tasks, ...entry } of found) {
      out.print(JSON.stringify({ ...entry, blobs: tasks.map(({ blob }) => blob) }));
    }
    return EXIT.ok;
  }
  const { poison: all } = await ports.queue.depth(signal);
  if (found.length === 0) out.print('The poison queue is empty.');
  else {
    const rows = found.map((entry) => [
      entry.insertedOn === undefined ? '' : formatInstant(Date.parse(entry.insertedOn)),
      visible(entry.reason ?? 'put there by another program'),
      visible(blobsOf(entry)),
      visible(entry.id),
    ]);
    out.print(formatTable(['SINCE', 'WHY', 'BLOB', 'ID'], rows));
  }
  if (all > found.length) out.print(`\nThere are about ${all.toLocaleString('en-US')}: --limit shows more.`);
  return EXIT.ok;
}

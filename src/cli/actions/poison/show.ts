/** Shows messages of the poison queue in full. */
import { takePoison } from '../../../queue/poison-messages.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { openPorts } from '../open.ts';
import { blobsOf, checkFound, type PoisonEntry, poisonEntry } from './message.ts';

export interface ShowOptions {
  readonly ids: readonly string[];
  readonly config: string;
  readonly format: 'table' | 'json';
}

export async function runShow(
  { ids, config, format }: ShowOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { ports } = await openPorts(config);
  const found = new Set<string>();
  for await (const message of takePoison(ports.poison, { ids, most: ids.length }, signal)) {
    found.add(message.id);
    const entry = poisonEntry(message, ports.sources);
    out.print(format === 'json' ? JSON.stringify(entry) : asText(entry));
  }
  signal.throwIfAborted();
  checkFound(ids, found);
  return EXIT.ok;
}

function asText(entry: PoisonEntry): string {
  const { id, reason, insertedOn, dequeueCount, tasks, useless, body, truncated } = entry;
  const lines = [
    ['Id', id],
    ['Reason', reason ?? 'put there by another program than the relay'],
    ['Since', insertedOn],
    ['Received', dequeueCount === undefined ? undefined : `${dequeueCount} times`],
    ['Blob', blobsOf(entry)],
    ['Task', tasks.map((task) => `${task.id} (${task.origin})`).join(', ') || undefined],
    ['Requeue', useless === undefined ? 'possible' : `not possible: ${useless}`],
  ]
    .filter(([, value]) => value !== undefined)
    .map(([key = '', value = '']) => `${key.padEnd(12)}${visible(value)}`);
  return [...lines, '', truncated ? 'Message, cut:' : 'Message:', visible(body), ''].join('\n');
}

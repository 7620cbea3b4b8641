/** Removes messages from the poison queue, and says what becomes of their blobs. */
import { takePoison } from '../../../queue/poison-messages.ts';
import { hourOf } from '../../../shared/blob-ref.ts';
import { HOUR_MS } from '../../../shared/duration.ts';
import { formatAge, plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { openPorts } from '../open.ts';
import { checkFound, type PoisonEntry, poisonEntry } from './message.ts';

export interface DropOptions {
  readonly ids: readonly string[];
  readonly config: string;
  readonly limit: number | undefined;
  readonly yes: boolean;
}

export async function runDrop(
  { ids, config: file, limit, yes }: DropOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { config, ports } = await openPorts(file);
  const most = limit ?? Number.POSITIVE_INFINITY;
  const dropped: PoisonEntry[] = [];
  for await (const message of takePoison(ports.poison, { ids, most }, signal)) {
    if (yes) await message.complete();
    dropped.push(poisonEntry(message, ports.sources));
  }
  const messages = plural(dropped.length, 'message');
  out.print(yes ? `${messages} removed.` : `${messages} would be removed for good. --yes does it.`);
  for (const line of whatRemains(dropped, config.sweep.wide, ports.clock.now())) out.print(line);
  signal.throwIfAborted();
  checkFound(ids, new Set(dropped.map(({ id }) => id)));
  return EXIT.ok;
}

/** Sentences on the blobs: which ones the sweep finds, and which command finds the others. */
export function whatRemains(entries: readonly PoisonEntry[], wideMs: number, now: number): readonly string[] {
  const hours = new Map<string, number>();
  for (const { blob } of entries.flatMap(({ tasks }) => tasks)) {
    const hour = hourOf(blob.name);
    if (hour !== undefined) hours.set(`${blob.account}/${blob.container}/${blob.name}`, hour);
  }
  const old = [...hours.values()].filter((hour) => hour + HOUR_MS <= now - wideMs);
  const young = hours.size - old.length;
  const lines: string[] = [];
  if (young > 0) {
    lines.push(`The sweep still finds ${plural(young, 'blob')} of these, and reads what is not delivered.`);
  }
  if (old.length > 0) {
    const from = new Date(Math.min(...old)).toISOString().slice(0, 16);
    const to = new Date(Math.max(...old) + HOUR_MS).toISOString().slice(0, 16);
    lines.push(
      `${plural(old.length, 'blob')} of these ended more than ${formatAge(wideMs)} ago, where the sweep does not look: xdr-relay backfill --from ${from}Z --to ${to}Z`,
    );
  }
  return lines;
}

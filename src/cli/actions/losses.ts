/** Lists and clears the records of losses: blobs that were deleted or replaced before they were delivered. */
import { clearLoss, type Loss, listLosses, lostBytes } from '../../relay/visit/losses.ts';
import { sourcePath } from '../../shared/event.ts';
import { formatBytes, formatInstant, plural } from '../../shared/readable.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { formatTable, visible } from '../text.ts';
import { openPorts, sourcesNamed } from './open.ts';

export interface LossesOptions {
  readonly config: string;
  readonly source: string | undefined;
  readonly format: 'table' | 'json';
}

export interface ClearLossesOptions {
  readonly config: string;
  readonly source: string | undefined;
  readonly yes: boolean;
}

type NamedLoss = Loss & { readonly source?: string };

/** Rows under {@link LOSS_HEAD}, one for each destination. */
export function lossRows(losses: readonly NamedLoss[]): readonly string[][] {
  return losses.flatMap((loss) => {
    const { source, container, name, reason, noticedOn } = loss;
    const blob = sourcePath({ ...(source !== undefined && { name: source }), blob: `${container}/${name}` });
    return loss.ranges.map((range) => [
      visible(range.destination),
      range.to === undefined ? `${range.from} to its end` : `${range.from} to ${range.to}`,
      formatBytes(lostBytes(range, loss)),
      formatInstant(noticedOn),
      visible(`${blob} (${reason})`),
    ]);
  });
}

export const LOSS_HEAD = ['DESTINATION', 'BYTES FROM', 'LOST', 'NOTICED', 'BLOB'];

export async function listAllLosses(
  { config, source: wanted, format }: LossesOptions,
  out: Output,
): Promise<ExitCode> {
  const { ports } = await openPorts(config);
  const losses: NamedLoss[] = [];
  for (const { name, documents } of sourcesNamed(wanted, ports.sources)) {
    for await (const { loss } of listLosses(documents)) {
      const named = { ...(name !== undefined && { source: name }), ...loss };
      if (format === 'json') out.print(JSON.stringify(named));
      else losses.push(named);
    }
  }
  if (format === 'json') return EXIT.ok;
  out.print(losses.length === 0 ? 'Nothing was lost.' : formatTable(LOSS_HEAD, lossRows(losses), [2]));
  return EXIT.ok;
}

export async function clearLosses(
  { config, source: wanted, yes }: ClearLossesOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { ports } = await openPorts(config);
  let count = 0;
  for (const source of sourcesNamed(wanted, ports.sources)) {
    for await (const found of listLosses(source.documents, signal)) {
      if (signal.aborted) break;
      if (yes) await clearLoss(source, found);
      count += 1;
    }
  }
  out.print(`${plural(count, 'loss', 'losses')} ${yes ? 'forgotten' : 'would be forgotten. --yes does it'}.`);
  return signal.aborted ? EXIT.stopped : EXIT.ok;
}

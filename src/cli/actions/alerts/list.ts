/** Lists silences: those that hold, and those that are over. */
import { listSilences as readSilences } from '../../../relay/silences/change.ts';
import { type CountedSilence, type EndedSilence, totalOf } from '../../../relay/silences/documents.ts';
import { formatInstant } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { formatTable, visible } from '../../text.ts';
import { openPorts } from '../open.ts';
import { whatIsSilenced } from './text.ts';

export interface ListOptions {
  readonly config: string;
  readonly ended: boolean;
  readonly format: 'table' | 'json';
}

export async function listSilences(
  { config, ended: withEnded, format }: ListOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { ports } = await openPorts(config);
  const { active, ended } = await readSilences(ports, signal);
  if (format === 'json') {
    for (const one of withEnded ? ended : []) out.print(JSON.stringify({ state: 'ended', ...one }));
    for (const one of active) out.print(JSON.stringify({ state: 'active', ...one }));
    return EXIT.ok;
  }
  out.print(
    active.length === 0
      ? 'No silence holds: people are told of every alert.'
      : formatTable(['ID', 'UNTIL', 'SILENCED', 'WHAT', 'BY', 'REASON'], active.map(activeRow), [2]),
  );
  if (!withEnded || ended.length === 0) return EXIT.ok;
  out.print(
    `\n${formatTable(['ID', 'OVER', 'SILENCED', 'WHAT', 'BY', 'REASON', 'ENDED BY'], ended.map(endedRow), [2])}`,
  );
  return EXIT.ok;
}

function activeRow(one: CountedSilence): readonly string[] {
  const { silence } = one;
  const { id, until, by, reason } = silence;
  return [id, formatInstant(until), String(totalOf(one)), whatIsSilenced(silence), by, reason].map(visible);
}

function endedRow(one: EndedSilence): readonly string[] {
  const { silence, endedOn, endedBy, endReason } = one;
  const { id, by, reason } = silence;
  const end =
    endedBy === undefined ? 'expired' : [endedBy, ...(endReason === undefined ? [] : [endReason])].join(': ');
  return [id, formatInstant(endedOn), String(totalOf(one)), whatIsSilenced(silence), by, reason, end].map(
    visible,
  );
}

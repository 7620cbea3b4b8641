/** Ends a silence before its time. */
import { SILENCE_LIMITS } from '../../../alerts/silences.ts';
import { endSilence } from '../../../relay/silences/change.ts';
import { totalOf } from '../../../relay/silences/documents.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { openPorts } from '../open.ts';
import { whoRuns } from './text.ts';

export interface EndOptions {
  readonly id: string;
  readonly config: string;
  readonly reason: string | undefined;
  readonly by: string | undefined;
  readonly format: 'text' | 'json';
}

export async function endOneSilence(
  { id, config, reason, by, format }: EndOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { ports } = await openPorts(config);
  const why = reason?.trim().slice(0, SILENCE_LIMITS.reason) || undefined;
  const ended = await endSilence(ports, id.trim().toLowerCase(), { by: whoRuns(by), reason: why }, signal);
  if (format === 'json') out.print(JSON.stringify(ended));
  else {
    const kept = plural(totalOf(ended), 'alert');
    out.print(
      `Silence ${ended.silence.id} is over. It kept ${kept} from people, as far as consumers have counted.`,
    );
  }
  return EXIT.ok;
}

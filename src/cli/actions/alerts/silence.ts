/** Begins a silence. */
import { SILENCE_LIMITS } from '../../../alerts/silences.ts';
import { beginSilence } from '../../../relay/silences/change.ts';
import { formatInstant } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { UsageError } from '../../usage-error.ts';
import { openPorts } from '../open.ts';
import { compiledRules, conditionsOf, refuseTooWide, refuseUnknown } from './meant.ts';
import { whatIsSilenced, whoRuns } from './text.ts';

export interface SilenceOptions {
  readonly config: string;
  readonly rule: string | undefined;
  readonly where: readonly string[];
  /** Milliseconds. */
  readonly for: number | undefined;
  readonly reason: string | undefined;
  readonly by: string | undefined;
  readonly force: boolean;
  readonly format: 'text' | 'json';
}

export async function silenceAlerts(
  options: SilenceOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { for: forMs = 0, force, format } = options;
  const rule = options.rule?.trim() || undefined;
  const reason = options.reason?.trim() ?? '';
  if (reason === '' || reason.length > SILENCE_LIMITS.reason) {
    const message = `--reason must be a text of 1 to ${SILENCE_LIMITS.reason} characters: somebody will ask why nobody was told`;
    throw new UsageError('silence_without_reason', message);
  }
  if (rule !== undefined && rule.length > SILENCE_LIMITS.rule) {
    const message = `--rule has more than ${SILENCE_LIMITS.rule} characters: name the rule by its id`;
    throw new UsageError('silence_matches_nothing', message);
  }
  const where = conditionsOf(options.where);
  refuseTooWide({ rule, where });
  const opened = await openPorts(options.config);
  if (!force) {
    const compiled = await compiledRules(opened, signal);
    if (!compiled.program) {
      out.note('The rules have errors, so it was not checked whether the silence fits any of them.');
    }
    refuseUnknown({ rule, where }, compiled);
  }
  const { documents, clock } = opened.ports;
  const silence = await beginSilence(
    { documents, clock },
    { ...(rule !== undefined && { rule }), where: [...where], by: whoRuns(options.by), reason, forMs },
    signal,
  );
  if (format === 'json') out.print(JSON.stringify(silence));
  else {
    const what = visible(whatIsSilenced(silence));
    out.print(`Silence ${silence.id} holds until ${formatInstant(silence.until)}: ${what}`);
    out.print(`Consumers know within 10 seconds. "xdr-relay alerts end ${silence.id}" ends it.`);
  }
  return EXIT.ok;
}

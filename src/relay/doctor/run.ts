/** Runs the checks of `xdr-relay doctor` at the same time, each for a bounded time. */
import { redact } from '../../config/redact.ts';
import { withDeadline } from '../../shared/deadline.ts';
import { errorCodes } from '../../shared/error-codes.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { systemAdvice, systemMeaning } from '../../shared/system-errors.ts';
import type { Check, DoctorContext, Finding } from './check.ts';

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  /** `ok`: nothing but notes. `found`: an error or a warning. `unknown`: it could not look, which is no fault. */
  readonly state: 'ok' | 'found' | 'unknown';
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

export interface DoctorReport {
  readonly isHealthy: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly checks: readonly CheckResult[];
}

export interface RunOptions {
  /** The longest that one check may take. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onDone?: (result: CheckResult) => void;
}

/** Runs all checks. Rejects only with the reason of the signal; what a check throws is a finding. */
export async function runChecks(
  checks: readonly Check[],
  context: DoctorContext,
  { timeoutMs, signal, onDone }: RunOptions,
): Promise<DoctorReport> {
  const results = await Promise.all(
    checks.map(async (check) => {
      const result = await runOne(check, context, timeoutMs, signal);
      onDone?.(result);
      return result;
    }),
  );
  const all = results.flatMap(({ findings }) => findings);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const warnings = all.filter(({ severity }) => severity === 'warning').length;
  return { isHealthy: errors + warnings === 0, errors, warnings, checks: results };
}

async function runOne(
  { id, title, run }: Check,
  context: DoctorContext,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { machine } = context;
  const began = machine.monotonic();
  let findings: readonly Finding[];
  try {
    findings = await withDeadline(timeoutMs, signal, (within) => run(context, within), machine);
  } catch (error) {
    signal.throwIfAborted();
    findings = [thrownFinding(error)];
  }
  return { id, title, state: stateOf(findings), findings, seconds: (machine.monotonic() - began) / 1000 };
}

function stateOf(findings: readonly Finding[]): CheckResult['state'] {
  if (findings.some(({ severity }) => severity !== 'note')) return 'found';
  return findings.some(({ unknown }) => unknown) ? 'unknown' : 'ok';
}

/** What was thrown, with the fix of its code or of the system's. */
export function thrownFinding(thrown: unknown): Finding {
  const code = codeOf(thrown);
  const meaning = systemMeaning(thrown);
  const message = messageOf(thrown).replace(/\.$/, '');
  const said = meaning === undefined || message.includes(meaning) ? message : `${message}: ${meaning}`;
  const fix =
    systemAdvice(thrown) ??
    (code === undefined ? 'see the message; --timeout gives each check more time' : errorCodes[code].fix);
  return { severity: 'error', message: said, fix: fix.replace(/\.$/, '') };
}

/** The results without secrets in their sentences: a reply of a server may repeat one. */
export function withoutSecrets(
  checks: readonly CheckResult[],
  secrets: readonly string[],
): readonly CheckResult[] {
  return checks.map((check) => ({
    ...check,
    findings: check.findings.map((one) => ({ ...one, message: redact(one.message, secrets) })),
  }));
}

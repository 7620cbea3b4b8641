/** Runs the checks of the doctor, and shows what they found. */
import { openDoctor } from '../../hosts/node/doctor.ts';
import { CHECKS } from '../../relay/doctor/checks.ts';
import { type DoctorReport, runChecks, withoutSecrets } from '../../relay/doctor/run.ts';
import { plural } from '../../shared/readable.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { renderDoctor } from './doctor/render.ts';
import { openPorts } from './open.ts';

export interface DoctorOptions {
  readonly config: string;
  readonly send: boolean;
  readonly json: boolean;
  readonly format: 'text' | 'json';
  readonly failOn: 'error' | 'warning';
  /** Milliseconds. */
  readonly timeout: number;
}

export async function runDoctor(
  { config, send, json, format, failOn, timeout }: DoctorOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const opened = await openPorts(config);
  const { context, secrets, close } = openDoctor({ ...opened, clock: opened.ports.clock }, send);
  const bar = out.progress('checks');
  bar.start(CHECKS.length);
  let report: DoctorReport;
  try {
    report = await runChecks(CHECKS, context, {
      timeoutMs: timeout,
      signal,
      onDone({ title }) {
        bar.done(1);
        bar.note(title);
      },
    });
  } finally {
    bar.stop();
    await close();
  }
  const clean = { ...report, checks: withoutSecrets(report.checks, secrets) };
  const { errors, warnings } = clean;
  if (json || format === 'json') out.print(JSON.stringify(clean));
  else {
    out.print(renderDoctor(clean, out.color));
    out.print(
      clean.isHealthy ? 'Healthy.' : `${plural(errors, 'error')} and ${plural(warnings, 'warning')}.`,
    );
  }
  return errors > 0 || (failOn === 'warning' && warnings > 0) ? EXIT.failed : EXIT.ok;
}

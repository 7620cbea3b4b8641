/** Renders what the doctor found for a person. */
import picocolors from 'picocolors';
import type { Finding } from '../../../relay/doctor/check.ts';
import type { CheckResult, DoctorReport } from '../../../relay/doctor/run.ts';
import { visible } from '../../text.ts';

/** A line for each check, and under it two lines for each finding: what is the case, and what to do. */
export function renderDoctor({ checks }: DoctorReport, color: boolean): string {
  const paint = picocolors.createColors(color);
  const painted: Record<Finding['severity'], (text: string) => string> = {
    error: paint.red,
    warning: paint.yellow,
    note: paint.dim,
  };
  const states: Record<CheckResult['state'], string> = {
    ok: `${paint.green('ok')}     `,
    found: `${paint.red('found')}  `,
    unknown: `${paint.yellow('?')}      `,
  };
  return checks
    .flatMap(({ state, title, findings }) => [
      `${states[state]}${title}`,
      ...findings.flatMap(({ severity, message, fix }) => [
        `       ${painted[severity](severity)}: ${visible(message)}`,
        ...(fix === undefined ? [] : [`         -> ${visible(fix)}`]),
      ]),
    ])
    .join('\n');
}

/** What Azure Monitor cuts without an error: fields of more than 64 KB (Azure Monitor, "Service limits", Logs Ingestion API). */
import type { JsonValue } from '../../shared/json.ts';
import type { ReportAlteration } from '../alteration.ts';

/** Bytes. */
const MOST = 64 * 1_024;
const encoder = new TextEncoder();

/**
 * Reports a column whose value Azure Monitor will cut.
 *
 * @param value as it is sent.
 * @param written how many bytes its JSON text has: never fewer than the value, so that short ones are not looked at.
 */
export function reportCut(
  column: string,
  value: JsonValue,
  written: number,
  report: ReportAlteration | undefined,
): void {
  if (report === undefined || written <= MOST) return;
  if (typeof value === 'string' && encoder.encode(value).length <= MOST) return;
  report({ kind: 'cut', field: column });
}

/** Reports a column of type `dynamic`, which counts as the JSON text that was written. */
export function reportLongJson(column: string, written: number, report: ReportAlteration | undefined): void {
  if (written > MOST) report?.({ kind: 'cut', field: column });
}

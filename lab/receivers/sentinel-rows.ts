/**
 * What Azure Monitor makes of a row that the Logs Ingestion API has accepted: it drops, empties and cuts without an error.
 *
 * Sources:
 * - https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api : fields are cut at 64 KB
 * - https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-monitor : columns are dropped
 * - https://learn.microsoft.com/azure/data-explorer/ingest-invalid-data : a value of another type becomes null
 * - https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns : `TimeGenerated` older than 2 days or later than a day
 *
 * The pages do not say which values of another type are converted. This receiver takes the stricter reading: a number in a string is none, and
 * a number in a column of type string is a loss.
 */
import type { SentinelColumn } from './sentinel-rule.ts';

/** What is lost of one field of a row. */
export interface SentinelLoss {
  readonly column: string;
  /**
   * - `dropped`: the stream does not declare the column
   * - `nulled`: the value has another type
   * - `cut`: the value is longer than 64 KB
   * - `no_time`: there is no `TimeGenerated`, so Azure Monitor takes its own clock
   * - `other_time`: `TimeGenerated` is too far away, so Azure Monitor takes its own clock
   */
  readonly effect: 'dropped' | 'nulled' | 'cut' | 'no_time' | 'other_time';
}

type Row = Readonly<Record<string, unknown>>;

const MOST_BYTES = 64 * 1_024;
const DAY_MS = 86_400_000;
const DATE_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** By type, whether a value has it. */
const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  boolean: (value) => typeof value === 'boolean',
  datetime: (value) => typeof value === 'string' && Number.isFinite(instantOf(value)),
  dynamic: () => true,
  guid: (value) => typeof value === 'string' && GUID.test(value),
  int: (value) => isWhole(value, 2 ** 31),
  long: (value) => isWhole(value, 2 ** 63),
  real: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
};

/** The row as the stream's columns hold it, and what was lost. `now`: milliseconds since the epoch. */
export function ingested(
  row: Row,
  columns: readonly SentinelColumn[],
  now: number,
): { readonly row: Row; readonly losses: readonly SentinelLoss[] } {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const kept: Record<string, unknown> = {};
  const losses: SentinelLoss[] = [];
  for (const [column, value] of Object.entries(row)) {
    const type = types.get(column);
    if (type === undefined) {
      losses.push({ column, effect: 'dropped' });
    } else if (value !== null && FITS[type]?.(value) !== true) {
      losses.push({ column, effect: 'nulled' });
      kept[column] = null;
    } else {
      kept[column] = value;
      if (isTooLong(value)) losses.push({ column, effect: 'cut' });
    }
  }
  const effect = types.has('TimeGenerated') ? timeLoss(kept.TimeGenerated, now) : undefined;
  if (effect !== undefined) losses.push({ column: 'TimeGenerated', effect });
  return { row: kept, losses };
}

function timeLoss(value: unknown, now: number): 'no_time' | 'other_time' | undefined {
  if (typeof value !== 'string') return 'no_time';
  const instant = instantOf(value);
  return instant < now - 2 * DAY_MS || instant > now + DAY_MS ? 'other_time' : undefined;
}

/** Milliseconds since the epoch; NaN for another text. A time without a zone is UTC. */
function instantOf(text: string): number {
  if (!DATE_TIME.test(text)) return Number.NaN;
  const iso = text.replace(' ', 'T');
  return Date.parse(iso.includes('T') && !/(?:Z|[+-]\d\d:\d\d)$/.test(iso) ? `${iso}Z` : iso);
}

function isWhole(value: unknown, limit: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit;
}

function isTooLong(value: unknown): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.byteLength(text) > MOST_BYTES;
}

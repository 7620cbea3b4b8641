/** Decides which rows belong to a sample: by a hash, so that every consumer decides alike, today and after a restart. */
import type { Row } from '../shared/event.ts';
import type { JsonValue } from '../shared/json.ts';
import { columnOf } from '../shared/row-members.ts';

/** The column in which the rate travels with a sampled row, in every shape. */
export const SAMPLE_RATE = 'xdr_relay_sample_rate';

/** A part of the rows. */
export interface Sample {
  /** Above 0 and at most 1. */
  readonly rate: number;
  /** Rows with the same value in this column are in the sample together; undefined: each row by itself. */
  readonly by: string | undefined;
}

/** Whether a row belongs to the sample. A row that is in a sample is in every sample of a higher rate. */
export function isInSample({ rate, by }: Sample, row: Row): boolean {
  const value = by === undefined ? undefined : textOf(columnOf(row, by));
  const hash = value === undefined ? hashOfId(row.id) : hashOf(value);
  return hash < rate * 2 ** 32;
}

/** Undefined for nothing: such rows are chosen one by one, not all or none of them. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The id is a SHA-256 already. */
function hashOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16) || 0;
}

/** FNV-1a over UTF-16 units, mixed as MurmurHash3 ends: spread evenly over 32 bits also for names that differ in one character. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

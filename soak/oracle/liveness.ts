/** Measures how long rows took to arrive, and finds those that took too long. */
import type { Disturbance, SoakLog, WrittenRow } from './log.ts';

/** How long rows took, without the time of planned disturbances. Milliseconds. */
export interface Pace {
  readonly slowest: number;
  /** The 99th percentile. */
  readonly most: number;
  /** The rows that took longer than allowed, with their times. */
  readonly late: readonly { readonly row: WrittenRow; readonly took: number }[];
}

/** The relay leaves an archived blob alone for a minute, then two, then four, so up to a minute longer than it was archived. Milliseconds. */
const ARCHIVED_MS = 60_000;

/** The disturbances after which a back-off may be in effect that doubled while they lasted. */
const BACKS_OFF: ReadonlySet<Disturbance['kind']> = new Set(['outage', 'table_refused', 'blob_archived']);

/**
 * How long each row took from being completely in the storage to its first arrival. The allowed time does not depend on other rows: only
 * the time of planned disturbances of the row's own path is left out.
 *
 * @param rows the rows that are not poisoned for this destination.
 */
export function paceOf(
  destination: string,
  rows: readonly WrittenRow[],
  arrivedAt: (row: WrittenRow) => number | undefined,
  { disturbances, limits }: SoakLog,
): Pace {
  const windows = new Map<string, readonly Window[]>();
  const closedFor = (blob: string) => {
    const known = windows.get(blob);
    if (known) return known;
    const own = disturbances.filter((each) => concerns(each, destination, blob));
    const merged = union(own.map((each) => effectOf(each, limits.longestBackoffMs)));
    windows.set(blob, merged);
    return merged;
  };
  const took: number[] = [];
  const late: Pace['late'][number][] = [];
  for (const row of rows) {
    const to = arrivedAt(row);
    if (row.at === undefined || to === undefined) continue;
    const from = row.at;
    const ms = to - from - overlap(closedFor(row.blob), from, to);
    took.push(ms);
    if (ms > limits.liveWithinMs) late.push({ row, took: ms });
  }
  took.sort((a, b) => a - b);
  return { slowest: took.at(-1) ?? 0, most: took[Math.floor(took.length * 0.99)] ?? 0, late };
}

interface Window {
  readonly from: number;
  readonly to: number;
}

function concerns(each: Disturbance, destination: string, blob: string): boolean {
  return (
    (each.destination === undefined || each.destination === destination) &&
    (each.container === undefined || blob.startsWith(`${each.container}/`)) &&
    (each.blob === undefined || each.blob === blob)
  );
}

function effectOf({ kind, from, to }: Disturbance, longestBackoffMs: number): Window {
  if (!BACKS_OFF.has(kind)) return { from, to };
  const more = kind === 'blob_archived' ? ARCHIVED_MS : 0;
  return { from, to: to + Math.min(to - from + more, longestBackoffMs) };
}

function union(windows: readonly Window[]): readonly Window[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...windows].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

function overlap(windows: readonly Window[], from: number, to: number): number {
  return windows.reduce(
    (sum, each) => sum + Math.max(0, Math.min(to, each.to) - Math.max(from, each.from)),
    0,
  );
}

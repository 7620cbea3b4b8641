/** How long rows took to arrive, and which of them took too long. */
import type { Disturbance, SoakLog, WrittenRow } from './log.ts';

/** How long rows took, trouble known to the plan left out. Milliseconds. */
export interface Pace {
  readonly slowest: number;
  /** 99 of 100 rows took no longer. */
  readonly most: number;
  /** Rows that took longer than they may, and how long. */
  readonly late: readonly { readonly row: WrittenRow; readonly took: number }[];
}

/** An archived blob is left alone for a minute at first, then two, then four: up to a minute longer than it was archived. Milliseconds. */
const ARCHIVED_MS = 60_000;

/** Trouble after which some backoff may be on that has doubled while it lasted. */
const BACKS_OFF: ReadonlySet<Disturbance['kind']> = new Set(['outage', 'table_refused', 'blob_archived']);

/**
 * How long each row took from lying whole in the storage to its first arrival. What a row may take does not depend on any other
 * row: only the time in which its own way was closed, as the plan knows it, is left out.
 *
 * @param rows Those that count: nobody poisoned them for this destination.
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

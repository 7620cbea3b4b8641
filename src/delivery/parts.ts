/** The rows of one request, and how a part that failed is split to find the row that is to blame. */
import { RowsRefusedError } from '../destinations/errors.ts';
import type { Mark } from './evidence.ts';
import { type Answer, kindOf, type SendError, withAnswer } from './failure.ts';
import type { Encoded } from './segment.ts';

/** A time-out counts as so many failures, because it is rarer than other temporary failures, and each costs the whole time. */
const DOUBT_OF_SILENCE = 3;
/** A batch that times out is split into so many parts at once, because each further failure costs the whole time-out. */
const PARTS_OF_SILENT = 8;

/** The rows of one request. */
export interface Part {
  readonly items: readonly Encoded[];
  /** Whether the part was split off from a failed part. */
  readonly isCut: boolean;
  /** The monotonic time of the first request. */
  readonly since: number | undefined;
  readonly failures: number;
  /** The number of failures, with each time-out counted as {@link DOUBT_OF_SILENCE}. */
  readonly doubt: number;
  /** The mark taken at the first failure. */
  readonly mark: Mark | undefined;
  readonly answers: readonly Answer[];
}

/** Rows that were not sent yet. @param isCut see {@link Part.isCut}. */
export function partOf(items: readonly Encoded[], isCut: boolean): Part {
  return { items, isCut, since: undefined, failures: 0, doubt: 0, mark: undefined, answers: [] };
}

/** The part after one more failure. @param mark taken now; kept is that of its first failure. */
export function failedAgain(part: Part, error: SendError, mark: Mark): Part {
  return {
    ...part,
    failures: part.failures + 1,
    doubt: part.doubt + (kindOf(error) === 'silent' ? DOUBT_OF_SILENCE : 1),
    mark: part.mark ?? mark,
    answers: withAnswer(part.answers, error),
  };
}

/** Splits off the first row. */
export function cutFirst({ items }: Part): readonly Part[] {
  return [items.slice(0, 1), items.slice(1)]
    .filter((part) => part.length > 0)
    .map((part) => partOf(part, true));
}

/**
 * Splits a part around the first row that the destination named; without one, into halves, or into more parts if each failure costs a
 * time-out. A named row is sent again alone, so that no innocent row is isolated if the destination counts rows differently.
 */
export function cut({ items }: Part, error: SendError): readonly Part[] {
  const rows = error instanceof RowsRefusedError ? error.rows : undefined;
  const named = Math.min(...(rows ?? []).filter((row) => row in items));
  const bounds = Number.isFinite(named)
    ? [0, named, named + 1, items.length]
    : evenly(items.length, kindOf(error) === 'silent' ? PARTS_OF_SILENT : 2);
  return bounds
    .slice(1)
    .map((end, index) => items.slice(bounds[index], end))
    .filter((part) => part.length > 0)
    .map((part) => partOf(part, true));
}

function evenly(length: number, parts: number): readonly number[] {
  return Array.from({ length: parts + 1 }, (_, index) => Math.floor((length * index) / parts));
}

/** Finds rows of tables with `dedupe` that a lane need not send, because an equal row was sent before. */

import { parseRow } from '../../blobs/rows/parse-row.ts';
import { readRows } from '../../blobs/rows/read-rows.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { Lane } from '../../delivery/lane.ts';
import { type BlobRef, blobPath, hourFolder, hourOf } from '../../shared/blob-ref.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Row } from '../../shared/event.ts';
import type { RelayDeps } from '../source/deps.ts';
import { FirstOffsets } from '../source/seen-rows.ts';

export interface DedupePlan {
  readonly ref: BlobRef;
  readonly createdOn: number;
  readonly format: Checkpoint['format'];
  /** The logical offset at which reading starts. */
  readonly start: number;
  /** By table, in how many bytes before a row an equal row is searched; undefined if rows of the table are not compared. */
  readonly window: (table: string) => number | undefined;
  /** The lanes by destination. */
  readonly lanes: ReadonlyMap<string, Lane>;
  /** Whether the lanes replay, so that rows accepted before must be sent again. */
  readonly replay: boolean;
  readonly signal: AbortSignal;
}

/** The rows of the blob of the hour before, and how far each destination has received them. */
interface Neighbour {
  readonly rows: FirstOffsets;
  readonly checkpoint: Checkpoint;
}

/**
 * Finds rows that a lane need not send because it sends, or has sent, an equal one.
 *
 * - If an equal row is in the same blob at a lower offset, every lane sends that row first, and its offset does not pass this row
 *   before that row is accepted.
 * - If an equal row is in the blob of the hour before, below the destination's own offset there, it was accepted. A replay ignores these.
 *
 * Nothing is stored. What a process does not remember, it reads from the blob again, up to the window. So which rows are dropped depends
 * only on the blobs and on stored offsets, never on something that a crash could lose.
 */
export class Dedupe {
  readonly #deps: RelayDeps;
  readonly #plan: DedupePlan;
  #rows: FirstOffsets | undefined;
  #neighbour: Neighbour | undefined;

  constructor(deps: RelayDeps, plan: DedupePlan) {
    this.#deps = deps;
    this.#plan = plan;
  }

  /** Reads what must be known to compare these rows. Must be called for each page before its rows pass. */
  async prepare(rows: readonly (Row | undefined)[]): Promise<void> {
    if (this.#rows || !this.#deps.seen) return;
    const { ref, createdOn, format, start, window, replay } = this.#plan;
    let bytes = 0;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at];
      if (row) bytes = Math.max(bytes, window(row.table) ?? 0);
    }
    if (bytes === 0) return;
    // Only a blob of lines can be read from the middle.
    const from = format === 'lines' ? Math.max(0, start - bytes) : start;
    this.#rows = await this.#load(ref, createdOn, from, start);
    if (start < bytes && !replay) this.#neighbour = await this.#loadNeighbour(bytes - start);
  }

  /** The lanes that have sent, or will send, an equal row before this one; undefined if there is none. Records the row. */
  holders(row: Row, end: number): ReadonlySet<Lane> | undefined {
    const rows = this.#rows;
    if (!rows || this.#plan.window(row.table) === undefined) return undefined;
    const { offset } = row.source;
    rows.add(row.id, offset);
    // Rows are read without a gap, so everything up to the end of this row is known.
    rows.readTo = Math.max(rows.readTo, end);
    const { lanes } = this.#plan;
    if ((rows.of(row.id) ?? offset) < offset) return new Set(lanes.values());
    const before = this.#neighbour?.rows.of(row.id);
    if (before === undefined) return undefined;
    const holders = new Set<Lane>();
    for (const [destination, lane] of lanes) {
      const reached = this.#neighbour?.checkpoint.destinations[destination]?.offset ?? 0;
      if (before < reached) holders.add(lane);
    }
    return holders.size > 0 ? holders : undefined;
  }

  /** The known rows of a blob. Reads the part up to `to` if this process has not read it. */
  async #load(ref: BlobRef, createdOn: number, from: number, to: number): Promise<FirstOffsets> {
    const { seen, blobs, settings } = this.#deps;
    const blob = `${ref.account}/${blobPath(ref)}`;
    const rows = seen?.get(blob, createdOn) ?? new FirstOffsets(createdOn, from);
    seen?.keep(blob, rows);
    if (rows.readTo >= to) return rows;
    const { signal } = this.#plan;
    const start = Math.max(rows.readTo, from);
    const rowLimit = settings.rowBytes;
    const options = { start, length: to, rowLimit, createdOn, signal };
    const pages = readRows(blobs, ref, { ...options, format: 'lines', isPassing: true });
    for await (const page of pages) {
      if (page.kind === 'end') break;
      for (const raw of page.rows) {
        // A line that begins in the middle of a row is not JSON.
        const parsed = parseRow(raw, blob, settings.rowBytes);
        if (parsed.ok) rows.add(parsed.row.id, raw.offset);
      }
    }
    rows.readTo = Math.max(rows.readTo, to);
    seen?.keep(blob, rows);
    return rows;
  }

  async #loadNeighbour(bytes: number): Promise<Neighbour | undefined> {
    const { blobs, checkpoints, logger } = this.#deps;
    const { ref, signal } = this.#plan;
    const before = hourBefore(ref);
    if (!before) return undefined;
    try {
      const stat = await blobs.stat(before, signal);
      if (!stat) return undefined;
      const stored = await checkpoints.load(before, signal);
      if (!stored) return undefined;
      const { checkpoint } = stored;
      const isOther = checkpoint.createdOn !== stat.createdOn || checkpoint.length > stat.length;
      if (isOther || checkpoint.format !== 'lines') return undefined;
      // Rows beyond all offsets were not accepted by any destination, so they are not needed.
      const to = Math.min(stat.length, Math.max(0, ...offsetsIn(checkpoint)));
      const rows = await this.#load(before, stat.createdOn, Math.max(0, to - bytes), to);
      return { rows, checkpoint };
    } catch (error) {
      signal.throwIfAborted();
      logger.debug('The hour before cannot be compared with', {
        blob: blobPath(before),
        ...loggedError(error),
      });
      return undefined;
    }
  }
}

function offsetsIn(checkpoint: Checkpoint): number[] {
  return Object.values(checkpoint.destinations).map(({ offset }) => offset);
}

/** The blob of the hour before, by its path; undefined for a path without an hour. */
export function hourBefore(ref: BlobRef): BlobRef | undefined {
  const hour = hourOf(ref.name);
  if (hour === undefined) return undefined;
  return { ...ref, name: ref.name.replace(hourFolder(hour), hourFolder(hour - HOUR_MS)) };
}

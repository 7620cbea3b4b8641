/** One blob's checkpoint while it is worked on: each write is guarded by its ETag and merged with what others wrote. */
import type { Prints } from '../../blobs/rows/fingerprint.ts';
import type { Checkpoint, Cursor, CursorCounts } from '../../checkpoints/checkpoint.ts';
import { changeCursor } from '../../checkpoints/cursors.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import type { CheckpointStore, StoredCheckpoint } from '../../checkpoints/port.ts';
import { updateDocument, type Version } from '../../checkpoints/update-document.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';

/** A change to a checkpoint. Applied again to a newer checkpoint when somebody else wrote meanwhile. */
export type Change = (checkpoint: Checkpoint) => Checkpoint;

/** Tries to write the checkpoint. Destinations that read alone write often, and a writer that gives up has to send its last batches again. */
const TRIES = 100;
/** Tries that follow at once, and the longest pause before each further one. Milliseconds. */
const AT_ONCE = 3;
const LONGEST_PAUSE_MS = 50;

/** Whose checkpoint it is, and where it is kept. */
export interface ProgressOf {
  readonly store: CheckpointStore;
  readonly ref: BlobRef;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * One blob's checkpoint while it is worked on. Changes that come while a write is under way go together in the next one.
 */
export class Progress {
  readonly #of: ProgressOf;
  #checkpoint: Checkpoint;
  #etag: string | undefined;
  #waiting: Change[] = [];
  #next: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param etag of what is stored now, undefined where nothing is.
   * @param checkpoint what to begin with: as stored, or fresh for another blob under this name.
   */
  constructor(of: ProgressOf, etag: string | undefined, checkpoint: Checkpoint) {
    this.#of = of;
    this.#etag = etag;
    this.#checkpoint = checkpoint;
  }

  /** As last written, or as begun with. */
  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** What is stored, as far as this process knows; undefined where nothing is. */
  get stored(): StoredCheckpoint | undefined {
    return this.#etag === undefined ? undefined : { checkpoint: this.#checkpoint, etag: this.#etag };
  }

  /** Writes the change; resolves when it is stored. Throws CheckpointError. */
  update(change: Change): Promise<void> {
    this.#waiting.push(change);
    this.#next ??= this.#writing
      .catch(() => {})
      .then(() => {
        const changes = this.#waiting;
        this.#waiting = [];
        this.#next = undefined;
        this.#writing = this.#write(changes);
        return this.#writing;
      });
    return this.#next;
  }

  async #write(changes: readonly Change[]): Promise<void> {
    const { store, ref, clock } = this.#of;
    const pauseMs = (failed: number) => (failed > AT_ONCE ? Math.random() * LONGEST_PAUSE_MS : 0);
    const outcome = await updateDocument(
      { load: () => this.#reload(), save: (checkpoint, etag) => store.save(ref, checkpoint, etag) },
      (current = this.#checkpoint) => ({
        write: changes.reduce((checkpoint, change) => change(checkpoint), current),
        result: undefined,
      }),
      { tries: TRIES, pause: { clock, ms: pauseMs } },
      { value: this.#checkpoint, etag: this.#etag },
    );
    if (outcome.kind === 'busy') throw outcome.conflict;
    if (outcome.kind !== 'written') return;
    this.#etag = outcome.version.etag;
    this.#checkpoint = outcome.version.value ?? this.#checkpoint;
  }

  async #reload(): Promise<Version<Checkpoint>> {
    const stored = await this.#of.store.load(this.#of.ref);
    if (stored && !isSameContent(stored.checkpoint, this.#checkpoint)) {
      throw new CheckpointError('claim_lost', 'The blob was replaced while it was worked on');
    }
    this.#etag = stored?.etag;
    if (stored) this.#checkpoint = stored.checkpoint;
    return { value: this.#checkpoint, etag: this.#etag };
  }
}

function isSameContent(a: Checkpoint, b: Checkpoint): boolean {
  return a.createdOn === b.createdOn && (a.generation ?? 0) === (b.generation ?? 0);
}

/** How far a cursor came, and what became of the rows before it where all of them were counted. */
export interface Place {
  readonly offset: number;
  readonly counts?: CursorCounts;
}

/** How far the cursors of a visit came: ordinary ones, or those of replays. */
export interface Reached {
  readonly replay: boolean;
  /** By destination. */
  readonly offsets: ReadonlyMap<string, Place>;
  readonly prints?: Pick<Prints, 'upTo'>;
}

/** Moves cursors' offsets forward, never back, and their fingerprints with them. */
export function advance({ replay, offsets, prints }: Reached): Change {
  return (checkpoint) =>
    [...offsets].reduce(
      (moved, [destination, place]) =>
        changeCursor(moved, { destination, replay }, (cursor) => moveTo(cursor, place, prints)),
      checkpoint,
    );
}

function moveTo(cursor: Cursor, { offset, counts }: Place, prints: Reached['prints']): Cursor {
  const found = prints?.upTo(offset);
  const print = found && found.at > (cursor.print?.at ?? 0) ? { print: found } : {};
  // Another consumer is further, and so are its counts.
  if (cursor.offset >= offset) return { ...cursor, ...print };
  const { counts: _, ...rest } = cursor;
  return { ...rest, offset, ...print, ...(counts && { counts }) };
}

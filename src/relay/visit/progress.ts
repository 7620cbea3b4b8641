/** Writes a blob's checkpoint during a visit: each write is guarded by the ETag and merged with what other consumers wrote. */
import type { Prints } from '../../blobs/rows/fingerprint.ts';
import type { Checkpoint, Cursor, CursorCounts } from '../../checkpoints/checkpoint.ts';
import { changeCursor } from '../../checkpoints/cursors.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import type { CheckpointStore, StoredCheckpoint } from '../../checkpoints/port.ts';
import { updateDocument, type Version } from '../../checkpoints/update-document.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';

/** A change to a checkpoint. If another consumer wrote meanwhile, it is applied again to the newer checkpoint. */
export type Change = (checkpoint: Checkpoint) => Checkpoint;

/** How often a write is tried. The number is high, because cursors that read alone write often, and a writer that gives up must send its last batches again. */
const TRIES = 100;
/** How many tries follow without a pause and, below, the longest pause before each further try in milliseconds. */
const AT_ONCE = 3;
const LONGEST_PAUSE_MS = 50;

/** The blob of the checkpoint, and its store. */
export interface ProgressOf {
  readonly store: CheckpointStore;
  readonly ref: BlobRef;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * A blob's checkpoint during a visit. Changes that come during a write are combined in the next write.
 */
export class Progress {
  readonly #of: ProgressOf;
  #checkpoint: Checkpoint;
  #etag: string | undefined;
  /** Not written yet, and in `#checkpoint`. */
  #deferred: readonly Change[];
  #waiting: Change[] = [];
  #next: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param etag the ETag of the stored checkpoint; undefined if there is none.
   * @param checkpoint the initial checkpoint: the stored one, or a new one for another blob of this name.
   * @param deferred changes that are in `checkpoint` and are not stored: the next write stores them too.
   */
  constructor(
    of: ProgressOf,
    etag: string | undefined,
    checkpoint: Checkpoint,
    deferred: readonly Change[] = [],
  ) {
    this.#of = of;
    this.#etag = etag;
    this.#checkpoint = checkpoint;
    this.#deferred = deferred;
  }

  /** The checkpoint as last written, or the initial one, with what is deferred. */
  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** Changes that the next write stores: a crash forgets them. */
  get deferred(): readonly Change[] {
    return this.#deferred;
  }

  /** Applies the change and leaves it to a later write. Only where nothing depends on its being stored. */
  async defer(change: Change): Promise<void> {
    this.#checkpoint = change(this.#checkpoint);
    this.#deferred = [...this.#deferred, change];
  }

  /** {@link checkpoint}, and what a write must match; undefined where nothing is stored. */
  get stored(): StoredCheckpoint | undefined {
    return this.#etag === undefined ? undefined : { checkpoint: this.#checkpoint, etag: this.#etag };
  }

  /** Writes a change; resolves when it is stored. Throws CheckpointError. */
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
        // Those that are in it already change nothing a second time.
        write: [...this.#deferred, ...changes].reduce((checkpoint, change) => change(checkpoint), current),
        result: undefined,
      }),
      { tries: TRIES, pause: { clock, ms: pauseMs } },
      { value: this.#checkpoint, etag: this.#etag },
    );
    if (outcome.kind === 'busy') throw outcome.conflict;
    if (outcome.kind !== 'written') return;
    this.#etag = outcome.version.etag;
    this.#deferred = [];
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

/** Whether both are about one content of one blob. */
export function isSameContent(a: Checkpoint, b: Checkpoint): boolean {
  return a.createdOn === b.createdOn && (a.generation ?? 0) === (b.generation ?? 0);
}

/** A cursor's offset and, if all rows before it were counted, their outcomes. */
export interface Place {
  readonly offset: number;
  readonly counts?: CursorCounts;
}

/** How far the cursors of a visit have come, all of them either ordinary or of replays. */
export interface Reached {
  readonly replay: boolean;
  /** By destination. */
  readonly offsets: ReadonlyMap<string, Place>;
  readonly prints?: Pick<Prints, 'upTo'>;
}

/** Moves the offsets of cursors, with their fingerprints, forward but never back. */
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
  // Another consumer has come further, so its offset and counts stay.
  if (cursor.offset >= offset) return { ...cursor, ...print };
  const { counts: _, ...rest } = cursor;
  return { ...rest, offset, ...print, ...(counts && { counts }) };
}

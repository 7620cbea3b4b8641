/** When a visit writes its offsets while there is more to read: neither after each batch nor only at its end. */
import type { Clock } from '../../shared/clock.ts';

/** The bytes that pass between two writes, unless {@link LONGEST_MS} is over. */
const WRITE_BYTES = 16 * 1024 * 1024;
/** Offsets that moved are written at the latest after this, however slow the destinations are. Milliseconds. */
const LONGEST_MS = 10_000;

/** Where a visit stands, and where it stood when the offsets were written last. */
export interface Pace {
  /** `delivery.checkpoint_every`, milliseconds. */
  readonly everyMs: number;
  readonly elapsedMs: number;
  readonly bytes: number;
}

/** Milliseconds until the offsets are written: 0 is now. */
export function dueIn({ everyMs, elapsedMs, bytes }: Pace): number {
  const least = bytes >= WRITE_BYTES ? everyMs : Math.max(everyMs, LONGEST_MS);
  return Math.max(0, least - elapsedMs);
}

export interface PacedWritesOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** The offset that the visit begins at. */
  readonly start: number;
  /** Writes the offsets as they are. */
  readonly write: () => Promise<void>;
}

/** Paces the writes of one visit. What it does not write, the end of the visit does. */
export class PacedWrites {
  readonly #options: PacedWritesOptions;
  #wroteAt: number;
  #offset: number;
  #isOver = false;
  #cancelPlanned: (() => void) | undefined;
  /** Of a write that nobody waited for. */
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PacedWritesOptions) {
    this.#options = options;
    this.#wroteAt = options.clock.monotonic();
    this.#offset = options.start;
  }

  /**
   * Offsets have moved, the furthest to `offset`. Resolves when they are written, where it is time for that, and at once otherwise.
   * Throws what a write threw.
   */
  async moved(offset: number): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    const { clock, everyMs, write } = this.#options;
    const elapsedMs = clock.monotonic() - this.#wroteAt;
    const ms = dueIn({ everyMs, elapsedMs, bytes: offset - this.#offset });
    // The visit has written at its end; a request that outlives it tells here what became of its rows.
    if (ms === 0 || this.#isOver) {
      this.#wroteAt = clock.monotonic();
      this.#offset = Math.max(offset, this.#offset);
      return write();
    }
    // A request that hangs may keep all lanes from moving: the offsets before it are written nevertheless.
    this.#cancelPlanned ??= clock.after(ms, () => {
      this.#cancelPlanned = undefined;
      this.moved(offset).catch((error: unknown) => {
        this.#failure ??= { error };
      });
    });
  }

  /** The visit ends, and writes what has moved. From now on nothing comes from a timer, and every move is written at once. */
  end(): void {
    this.#isOver = true;
    this.#cancelPlanned?.();
  }
}

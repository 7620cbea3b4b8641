/** Paces a visit's writes of offsets while there is more to read, so that it writes neither after each batch nor only at its end. */
import type { Clock } from '../../shared/clock.ts';

/** How many bytes must pass between two writes, unless {@link LONGEST_MS} is over. */
const WRITE_BYTES = 16 * 1024 * 1024;
/** The longest time after which moved offsets are written, however slow the destinations are. Milliseconds. */
const LONGEST_MS = 10_000;

/** The progress of a visit since the offsets were last written. */
export interface Pace {
  /** `delivery.checkpoint_every` in milliseconds. */
  readonly everyMs: number;
  readonly elapsedMs: number;
  readonly bytes: number;
}

/** The milliseconds until the offsets must be written; 0 for now. */
export function dueIn({ everyMs, elapsedMs, bytes }: Pace): number {
  const least = bytes >= WRITE_BYTES ? everyMs : Math.max(everyMs, LONGEST_MS);
  return Math.max(0, least - elapsedMs);
}

export interface PacedWritesOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** The offset at which the visit begins. */
  readonly start: number;
  /** Writes the current offsets. */
  readonly write: () => Promise<void>;
}

/** Paces the writes of one visit. The end of the visit writes the rest. */
export class PacedWrites {
  readonly #options: PacedWritesOptions;
  #wroteAt: number;
  #offset: number;
  #isOver = false;
  #cancelPlanned: (() => void) | undefined;
  /** The error of a write that was not awaited. */
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PacedWritesOptions) {
    this.#options = options;
    this.#wroteAt = options.clock.monotonic();
    this.#offset = options.start;
  }

  /**
   * Called when offsets have moved, the furthest to `offset`. If a write is due, resolves when it is done, otherwise at once. Throws the
   * error of a write.
   */
  async moved(offset: number): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    const { clock, everyMs, write } = this.#options;
    const elapsedMs = clock.monotonic() - this.#wroteAt;
    const ms = dueIn({ everyMs, elapsedMs, bytes: offset - this.#offset });
    // After the visit's end, only requests that are still running report moved offsets, and each move is written at once.
    if (ms === 0 || this.#isOver) {
      this.#wroteAt = clock.monotonic();
      this.#offset = Math.max(offset, this.#offset);
      return write();
    }
    // If a request hangs, no lane may move any more, so a timer makes sure that the offsets before it are written.
    this.#cancelPlanned ??= clock.after(ms, () => {
      this.#cancelPlanned = undefined;
      this.moved(offset).catch((error: unknown) => {
        this.#failure ??= { error };
      });
    });
  }

  /** Called when the visit ends and writes the offsets itself. From now on no timer writes, and every further move is written at once. */
  end(): void {
    this.#isOver = true;
    this.#cancelPlanned?.();
  }
}

/** Yields to other work of the process while many rows are evaluated. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.ts';

/** The longest work between two turns of the event loop, in milliseconds. A single row may take longer. */
const WORK_MS = 25;
/** The most bytes of rows between two turns, because on Workers the clock stands still during work. */
const WORK_BYTES = 512 * 1024;
/** After how many bytes of rows the clock is read. Rows that take long are not short. */
const LOOK_BYTES = 2 * 1024;

/**
 * Lets timers fire and requests proceed while many rows are processed, so that claims are renewed and time-outs observed, however long
 * the rules take.
 */
export class EventLoopTurns {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #began: number;
  #bytes = 0;
  /** The bytes of rows since the clock was last read. */
  #unlooked = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#began = clock.monotonic();
  }

  /** Whether a turn is due. Must be called after each row with its length in bytes. It is synchronous, because a promise per row would cost more. */
  isDue(bytes: number): boolean {
    this.#bytes += bytes;
    this.#unlooked += bytes;
    if (this.#bytes >= WORK_BYTES) return true;
    if (this.#unlooked < LOOK_BYTES) return false;
    this.#unlooked = 0;
    return this.#clock.monotonic() - this.#began >= WORK_MS;
  }

  /** Yields to other work. Rejects with the signal's reason if it is aborted. */
  async take(): Promise<void> {
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#bytes = 0;
    this.#unlooked = 0;
    this.#began = this.#clock.monotonic();
  }
}

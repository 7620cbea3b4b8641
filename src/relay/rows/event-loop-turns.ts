/** Yields to other work of the process while many rows are evaluated. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.ts';

/** The longest work between two turns of the event loop, milliseconds; a single row may take longer. */
const WORK_MS = 25;
/** The same in bytes of rows: on Workers no clock runs while work goes on. */
const WORK_BYTES = 512 * 1024;

/**
 * Lets timers fire and requests be answered while many rows are worked on: claims are renewed and time-outs kept, however much the
 * rules have to do.
 */
export class EventLoopTurns {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #began: number;
  #bytes = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#began = clock.monotonic();
  }

  /** To be awaited after each row, with its length in bytes. Rejects with the signal's reason once it is aborted. */
  async after(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytes < WORK_BYTES && this.#clock.monotonic() - this.#began < WORK_MS) return;
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#bytes = 0;
    this.#began = this.#clock.monotonic();
  }
}

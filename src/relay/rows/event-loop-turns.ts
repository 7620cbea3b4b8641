/** Yields to other work of the process while many rows are evaluated. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.ts';

/** The longest work between two turns of the event loop, milliseconds; a single row may take longer. */
const WORK_MS = 25;
/** The same in bytes of rows: on Workers no clock runs while work goes on. */
const WORK_BYTES = 512 * 1024;
/** The clock is looked at after so many bytes of rows: hostile rows are not short. */
const LOOK_BYTES = 2 * 1024;

/**
 * Lets timers fire and requests be answered while many rows are worked on: claims are renewed and time-outs kept, however much the
 * rules have to do.
 */
export class EventLoopTurns {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #began: number;
  #bytes = 0;
  /** Since the clock was looked at. */
  #unlooked = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#began = clock.monotonic();
  }

  /** To be asked after each row, with its length in bytes: true when a turn is due. A promise for each row would cost more. */
  isDue(bytes: number): boolean {
    this.#bytes += bytes;
    this.#unlooked += bytes;
    if (this.#bytes >= WORK_BYTES) return true;
    if (this.#unlooked < LOOK_BYTES) return false;
    this.#unlooked = 0;
    return this.#clock.monotonic() - this.#began >= WORK_MS;
  }

  /** Lets others work. Rejects with the signal's reason once it is aborted. */
  async take(): Promise<void> {
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#bytes = 0;
    this.#unlooked = 0;
    this.#began = this.#clock.monotonic();
  }
}

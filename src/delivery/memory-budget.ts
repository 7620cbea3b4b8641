/** A memory budget for all waiting rows of a process, so that no destination can fill its memory. */
import type { Buffers } from '../shared/byte-writer.ts';
import { SpareBuffers } from './spare-buffers.ts';

/** What is kept for the next segments, beside the budget: the buffers of a batch being written, and of one being sent. Bytes. */
const SPARE_BYTES = 8 * 1024 * 1024;

export class MemoryBudget {
  /** Where the segments of the process get their buffers. */
  readonly buffers: Buffers;
  #limit: number;
  #used = 0;

  /** @param limit bytes. */
  constructor(limit: number, buffers: Buffers = new SpareBuffers(SPARE_BYTES)) {
    this.#limit = limit;
    this.buffers = buffers;
  }

  /** The bytes that wait now. They may exceed the limit, because a lane that holds nothing may always take a row. */
  get used(): number {
    return this.#used;
  }

  /** Whether lanes that already hold rows must wait before they take more. */
  get isFull(): boolean {
    return this.#used >= this.#limit;
  }

  /** Whether rows that a destination has received, and not acknowledged, must not take more: the other half is for rows that wait to be sent. */
  get isHalfFull(): boolean {
    return this.#used >= this.#limit / 2;
  }

  /** Sets another limit. What waits already stays. @param limit bytes. */
  resize(limit: number): void {
    this.#limit = limit;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** Buffers of segments that nobody reads any more, for the next segments. */
import type { Buffers } from '../shared/byte-writer.ts';

/** Smaller buffers cost the garbage collector little. Bytes. */
const LEAST = 32 * 1024;
/** A buffer that is more than so many times too large is kept for larger segments. */
const MOST_EXCESS = 2;

/**
 * Keeps spare buffers, up to a limit. Each segment takes some MiB; left to the garbage collector, they make it look through the whole heap
 * many times a second, because it counts them against the same limit.
 */
export class SpareBuffers implements Buffers {
  readonly #limit: number;
  #spare: readonly Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;

  /** @param limit the most bytes that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The bytes that are kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  take(bytes: number): Uint8Array<ArrayBuffer> {
    const fitting = this.#spare.filter(({ length }) => length >= bytes && length <= bytes * MOST_EXCESS);
    const [first, ...others] = fitting;
    if (!first) return new Uint8Array(bytes);
    const least = others.reduce((one, other) => (other.length < one.length ? other : one), first);
    this.#spare = this.#spare.filter((one) => one !== least);
    this.#bytes -= least.length;
    return least;
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length < LEAST || buffer.length > this.#limit) return;
    this.#spare = [...this.#spare, buffer];
    this.#bytes += buffer.length;
    // The oldest go first: segments of their size are not made any more.
    while (this.#bytes > this.#limit) {
      const [oldest, ...others] = this.#spare;
      this.#spare = others;
      this.#bytes -= oldest?.length ?? 0;
    }
  }
}

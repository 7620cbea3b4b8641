/** Buffers for segments that are overwritten the moment they are given back, and used again at once: a read that comes too late is seen. */
import type { Buffers } from '../../src/shared/byte-writer.ts';

/** No text in UTF-8 has this byte. */
const POISON = 0xff;

export class PoisonedBuffers implements Buffers {
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  /** How often a buffer was used again. */
  reused = 0;

  take(bytes: number): Uint8Array<ArrayBuffer> {
    const at = this.#spare.findIndex(({ length }) => length >= bytes && length <= bytes * 2);
    const [spare] = at === -1 ? [] : this.#spare.splice(at, 1);
    if (spare) this.reused += 1;
    return spare ?? new Uint8Array(bytes).fill(POISON);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === 0) return;
    if (this.#spare.includes(buffer)) throw new Error('a buffer was given back twice');
    this.#spare.push(buffer.fill(POISON));
  }
}

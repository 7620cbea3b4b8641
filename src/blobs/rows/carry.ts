/** Collects the bytes of a row that comes in several pieces, up to a limit; further bytes are only counted. */
export class Carry {
  #pieces: Buffer[] = [];
  #kept = 0;
  #total = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of bytes, kept or not. */
  get length(): number {
    return this.#total;
  }

  get truncated(): boolean {
    return this.#total > this.#kept;
  }

  add(piece: Buffer): void {
    this.#total += piece.length;
    const room = this.#limit - this.#kept;
    if (room <= 0 || piece.length === 0) return;
    // The bytes are copied, so that a short rest does not keep a whole chunk of 4 MiB in memory.
    const kept = Buffer.from(piece.subarray(0, room));
    this.#pieces.push(kept);
    this.#kept += kept.length;
  }

  /** The kept bytes. The carry can be used again after {@link clear}. */
  bytes(): Buffer {
    const [first] = this.#pieces;
    return this.#pieces.length === 1 && first ? first : Buffer.concat(this.#pieces);
  }

  clear(): void {
    this.#pieces = [];
    this.#kept = 0;
    this.#total = 0;
  }
}

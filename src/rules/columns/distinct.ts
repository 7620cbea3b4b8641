/** Counts distinct values in bounded memory: exactly while there are few, and by HyperLogLog from then on. */

/** So many values are counted exactly. */
const EXACT = 256;
/** The bits of a hash that choose a register: 2,048 registers, for a standard error of 2.3 %. */
const BITS = 11;
const REGISTERS = 2 ** BITS;
/** Flajolet and others, "HyperLogLog" (2007): the bias of so many registers. */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
const HASHES = 2 ** 32;

export interface DistinctCount {
  readonly count: number;
  /** Whether it is no estimate. */
  readonly isExact: boolean;
}

/** Counts distinct values by 32-bit hashes of them. */
export class Distinct {
  #few: Set<number> | undefined = new Set();
  #registers: Uint8Array | undefined;

  /** @param hash of a value, an unsigned 32-bit number that is spread evenly. */
  add(hash: number): void {
    if (this.#registers) {
      take(this.#registers, hash);
      return;
    }
    const few = this.#few;
    if (!few) return;
    few.add(hash);
    if (few.size <= EXACT) return;
    this.#registers = new Uint8Array(REGISTERS);
    for (const one of few) take(this.#registers, one);
    this.#few = undefined;
  }

  get count(): DistinctCount {
    const registers = this.#registers;
    if (!registers) return { count: this.#few?.size ?? 0, isExact: true };
    let sum = 0;
    let empty = 0;
    for (const rank of registers) {
      sum += 2 ** -rank;
      if (rank === 0) empty += 1;
    }
    const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
    if (raw <= 2.5 * REGISTERS && empty > 0) {
      return { count: Math.round(REGISTERS * Math.log(REGISTERS / empty)), isExact: false };
    }
    const count = raw > HASHES / 30 ? -HASHES * Math.log(1 - raw / HASHES) : raw;
    return { count: Math.round(count), isExact: false };
  }
}

function take(registers: Uint8Array, hash: number): void {
  const register = hash >>> (32 - BITS);
  // The bit at the end stops the count where the rest of the hash is zero.
  const rank = Math.clz32((hash << BITS) | (1 << (BITS - 1))) + 1;
  if (rank > (registers[register] ?? 0)) registers[register] = rank;
}

/** The hash of some bytes: FNV-1a, mixed as MurmurHash3 ends. Unsigned, 32 bits. */
export function hashOfBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

/** Which keys an object of a row has had so far, by their hashes, without allocating for each object. */
import { KEYS_MOST } from './layout.ts';

const SLOTS = KEYS_MOST * 2;
const SHIFT = 32 - Math.log2(SLOTS);
/** Slots that are looked at for one key: keys that somebody made to collide must not cost more. */
const PROBES = 64;
const SPREAD = 0x9e3779b1;

/** What became of a key. `full`: there is no room for it, and nobody knows whether it was there. */
export type Seen = 'new' | 'again' | 'full';

/** The keys of all objects of a row in one table, told apart by the object's number. */
export class KeySet {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #rows = new Int32Array(SLOTS);
  #row = 0;
  #count = 0;

  /** Forgets the keys of the row before. */
  clear(): void {
    this.#row = (this.#row + 1) | 0;
    this.#count = 0;
  }

  /** Adds the key with `hash` to the object with the number `object`. */
  add(object: number, hash: number): Seen {
    if (this.#count === KEYS_MOST) return 'full';
    const mixed = hash ^ Math.imul(object, SPREAD);
    let slot = Math.imul(mixed, SPREAD) >>> SHIFT;
    for (let probe = 0; probe < PROBES; probe++) {
      if (this.#rows[slot] !== this.#row) {
        this.#rows[slot] = this.#row;
        this.#hashes[slot] = mixed;
        this.#count++;
        return 'new';
      }
      if (this.#hashes[slot] === mixed) return 'again';
      slot = (slot + 1) % SLOTS;
    }
    return 'full';
  }
}

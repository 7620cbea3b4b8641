/** Hashes of keys, and which keys an object has had so far: key-hash.ts and key-set.ts of the twin. AssemblyScript. */
import { KEYS_MOST } from '../layout';
import { KEYS, SLOT_BYTES, SLOTS } from './memory';

const SEED: i32 = 0x2545f491;
const FACTOR: i32 = 0x9e3779b1;
const SHIFT: u32 = 32 - 12;
const PROBES: i32 = 64;

export const NEW_KEY: i32 = 0;
export const SEEN_KEY: i32 = 1;
export const FULL: i32 = 2;

let row: i32 = 0;
let count: i32 = 0;

/** Forgets the keys of the row before. */
export function clearKeys(): void {
  row++;
  count = 0;
}

function mix(hash: i32, word: i32): i32 {
  const mixed = (hash ^ word) * FACTOR;
  return mixed ^ (mixed >>> 15);
}

export function hashOf(start: usize, end: usize): i32 {
  let hash = mix(SEED, <i32>(end - start));
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mix(hash, load<i32>(at));
  const rest = (<i32>(end - at)) << 3;
  return mix(hash, load<i32>(at) & ((1 << rest) - 1));
}

/** Adds the key with `hash` to the object with the number `object`. */
export function addKey(object: i32, hash: i32): i32 {
  if (count === KEYS_MOST) return FULL;
  const mixed = hash ^ (object * FACTOR);
  let slot = <usize>(<u32>(mixed * FACTOR) >> SHIFT);
  for (let probe = 0; probe < PROBES; probe++) {
    const at = KEYS + slot * SLOT_BYTES;
    if (load<i32>(at, 4) !== row) {
      store<i32>(at, mixed);
      store<i32>(at, row, 4);
      count++;
      return NEW_KEY;
    }
    if (load<i32>(at) === mixed) return SEEN_KEY;
    slot = (slot + 1) & (SLOTS - 1);
  }
  return FULL;
}

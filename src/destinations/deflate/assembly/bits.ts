/** Writes bits, the lowest first: RFC 1951, section 3.1.1. AssemblyScript. */
import { OUT } from './memory';

let bits: u64 = 0;
let count: u64 = 0;
let out: usize = OUT;

export function beginBits(): void {
  bits = 0;
  count = 0;
  out = OUT;
}

/** The host has taken all whole bytes. */
export function takenBits(): void {
  out = OUT;
}

/** How many whole bytes there are. */
export function writtenBytes(): usize {
  return out - OUT;
}

/** At most 56 bits between two calls of `flush`. */
export function put(value: u32, length: u32): void {
  bits |= (<u64>value) << count;
  count += length;
}

export function flush(): void {
  store<u64>(out, bits);
  out += <usize>(count >> 3);
  bits >>= count & 56;
  count &= 7;
}

/** Fills the last byte up with zeros. */
export function endBits(): void {
  count = (count + 7) & ~7;
  flush();
}

/** For a loop that has all of it in variables of its own, and gives it back with `setBits`. */
export function bitsNow(): u64 {
  return bits;
}

export function bitCount(): u64 {
  return count;
}

export function outNow(): usize {
  return out;
}

export function setBits(newBits: u64, newCount: u64, newOut: usize): void {
  bits = newBits;
  count = newCount;
  out = newOut;
}

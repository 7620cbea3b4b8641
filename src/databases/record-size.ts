/** Measures a value of a MaxMind database before it is decoded: what a file claims could otherwise take all memory, or endless time. */
import type { Buffer } from 'node:buffer';

/** How many values one record may have, those behind its references included. Records of MaxMind's databases have a few hundred. */
const MOST_VALUES = 4_096;
/** The text and bytes of one record together. Bytes. */
const MOST_BYTES = 1024 * 1024;

const POINTER = 1;
const EXTENDED = 0;
const MAP = 7;
const ARRAY = 11;
const BOOLEAN = 14;
/** What is added to a reference of 1, 2, 3 and 4 bytes. */
const POINTER_BASE = [0, 2_048, 526_336, 0] as const;

/** Where a value stands. */
export interface ValuePlace {
  /** The offset of the value in the file. */
  readonly at: number;
  /** The offset from which references count. */
  readonly base: number;
}

/**
 * Throws an Error if a value has too many values in it, or too much text, or leads out of the file. It follows references as the decoder does,
 * but keeps nothing and allocates nothing for what an array claims to hold, so that it ends after {@link MOST_VALUES} steps.
 */
export function checkValue(file: Buffer, { at: start, base }: ValuePlace): void {
  let values = 0;
  let bytes = 0;
  /** Where to go on, and how many values are still to come there. */
  const open: { at: number; left: number }[] = [{ at: start, left: 1 }];
  for (let run = open.at(-1); run !== undefined; run = open.at(-1)) {
    if (run.left === 0) {
      open.pop();
      continue;
    }
    run.left -= 1;
    values += 1;
    const { type, size, next } = headerAt(file, run.at, base);
    run.at = next;
    if (type === POINTER) open.push({ at: size, left: 1 });
    else if (type === ARRAY) run.left += size;
    else if (type === MAP) run.left += 2 * size;
    else if (type !== BOOLEAN) {
      run.at += size;
      bytes += size;
    }
    if (values + run.left > MOST_VALUES)
      throw new Error(`a record has more than ${MOST_VALUES} values, or refers to others endlessly`);
    if (bytes > MOST_BYTES) throw new Error(`a record has more than ${MOST_BYTES} bytes of text`);
  }
}

interface Header {
  readonly type: number;
  /** Of a reference, the offset that it leads to. */
  readonly size: number;
  /** The offset behind the header. */
  readonly next: number;
}

/** By the specification (MaxMind DB file format, version 2.0, "Output Data Section"). */
function headerAt(file: Buffer, start: number, base: number): Header {
  let at = start;
  const control = file.readUInt8(at++);
  let type = control >> 5;
  if (type === POINTER) {
    const length = (control >> 3) & 3;
    const high = length === 3 ? 0 : (control & 7) * 256 ** (length + 1);
    const target = base + (POINTER_BASE[length] ?? 0) + high + file.readUIntBE(at, length + 1);
    return { type, size: target, next: at + length + 1 };
  }
  if (type === EXTENDED) type = file.readUInt8(at++) + 7;
  const short = control & 31;
  if (short < 29) return { type, size: short, next: at };
  const length = short - 28;
  const size = [29, 285, 65_821][length - 1] ?? 0;
  return { type, size: size + file.readUIntBE(at, length), next: at + length };
}

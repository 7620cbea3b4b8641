/** Fingerprints of the bytes before an offset: by them content that was replaced under the same name and creation time is told. */
import { createHash } from 'node:crypto';

/** Bytes before an offset that its fingerprint covers; all of them where there are fewer. */
export const PRINT_BYTES = 4_096;

export interface Fingerprint {
  /** Logical offset. */
  readonly at: number;
  /** The first 128 bits of SHA-256 over the bytes before it, base64url. */
  readonly hash: string;
}

/** Where a reader has to begin, so that the bytes of the fingerprint pass. */
export function beginningOf(at: number): number {
  return Math.max(0, at - PRINT_BYTES);
}

/** @param bytes those before `at`, {@link PRINT_BYTES} of them, or all where there are fewer. */
export function fingerprint(at: number, bytes: Uint8Array): Fingerprint {
  return { at, hash: createHash('sha256').update(bytes).digest().subarray(0, 16).toString('base64url') };
}

/**
 * Content as it passes a reader: takes fingerprints, and compares those that are known. Memory: {@link PRINT_BYTES} and the piece
 * that passed last.
 */
export class Tape {
  readonly #start: number;
  #wanted: Fingerprint[];
  #before: Buffer = Buffer.alloc(0);
  #piece: Buffer = Buffer.alloc(0);
  #end: number;

  /** @param start logical offset of the first byte that passes. @param wanted fingerprints the content must have. */
  constructor(start: number, wanted: readonly Fingerprint[]) {
    this.#start = start;
    this.#end = start;
    // Those whose bytes do not all pass cannot be compared.
    this.#wanted = wanted.filter(({ at }) => at > 0 && beginningOf(at) >= start);
  }

  /** Whether content ended before all that is known of it had passed. */
  get isShort(): boolean {
    return this.#wanted.length > 0;
  }

  /** False: other bytes than before lie in front of a fingerprint's offset. */
  push(piece: Buffer): boolean {
    const passed = Buffer.concat([this.#before, this.#piece.subarray(-PRINT_BYTES)]);
    this.#before = passed.subarray(-PRINT_BYTES);
    this.#piece = piece;
    this.#end += piece.length;
    const due = this.#wanted.filter(({ at }) => at <= this.#end);
    if (due.length === 0) return true;
    this.#wanted = this.#wanted.filter(({ at }) => at > this.#end);
    return due.every(({ at, hash }) => this.print(at)?.hash === hash);
  }

  /** The fingerprint at an offset in the last piece; undefined where its bytes did not all pass, or are forgotten. */
  print(at: number): Fingerprint | undefined {
    const begins = this.#end - this.#piece.length;
    const from = beginningOf(at);
    if (at > this.#end || at <= begins - PRINT_BYTES || at <= 0) return undefined;
    if (from < this.#start || from < begins - this.#before.length) return undefined;
    const head = from < begins ? this.#before.subarray(this.#before.length - (begins - from)) : NOTHING;
    const before = at < begins ? head.subarray(0, at - from) : head;
    const own = at > begins ? this.#piece.subarray(Math.max(0, from - begins), at - begins) : NOTHING;
    return fingerprint(at, before.length === 0 ? own : Buffer.concat([before, own]));
  }
}

const NOTHING = Buffer.alloc(0);

/** Fingerprints that were taken while reading. Kept for cursors that follow, up to a bound: then every second one is dropped. */
export class Prints {
  #prints: Fingerprint[] = [];

  add(print: Fingerprint): void {
    if (this.#prints.at(-1)?.at === print.at) return;
    if (this.#prints.length >= MOST_PRINTS) this.#prints = this.#prints.filter((_, index) => index % 2 === 1);
    this.#prints.push(print);
  }

  /** The last one at or before an offset. */
  upTo(offset: number): Fingerprint | undefined {
    return this.#prints.findLast(({ at }) => at <= offset);
  }
}

const MOST_PRINTS = 1_024;

/** Fingerprints of the bytes before an offset, by which a reader notices content that was replaced under the same name and creation time. */
import { createHash } from 'node:crypto';
import { oneShotHash } from '../../shared/one-shot-hash.ts';

/** How many bytes before an offset its fingerprint covers, or all bytes if there are fewer. */
export const PRINT_BYTES = 4_096;

const NOTHING = Buffer.alloc(0);

export interface Fingerprint {
  /** The logical offset. */
  readonly at: number;
  /** The first 128 bits of the SHA-256 of the bytes before the offset, in base64url. */
  readonly hash: string;
}

/** The offset at which a reader must begin to read all bytes of a fingerprint. */
export function beginningOf(at: number): number {
  return Math.max(0, at - PRINT_BYTES);
}

/** Computes a fingerprint. @param bytes the {@link PRINT_BYTES} bytes before `at`, or all if there are fewer. */
export function fingerprint(at: number, bytes: Uint8Array): Fingerprint {
  const all = oneShotHash?.('sha256', bytes, 'buffer') ?? createHash('sha256').update(bytes).digest();
  return { at, hash: all.toString('base64url', 0, 16) };
}

/**
 * Watches content as it is read: takes fingerprints, and compares known ones. Memory holds {@link PRINT_BYTES} and the last piece.
 */
export class Tape {
  readonly #start: number;
  #wanted: Fingerprint[];
  /** The last bytes before the piece, at the end of a buffer that serves all pieces. */
  #before: Buffer = NOTHING;
  readonly #kept = Buffer.alloc(PRINT_BYTES);
  #piece: Buffer = NOTHING;
  #end: number;

  /** @param start the logical offset of the first byte. @param wanted the fingerprints that the content must have. */
  constructor(start: number, wanted: readonly Fingerprint[]) {
    this.#start = start;
    this.#end = start;
    // A fingerprint cannot be compared if some of its bytes are before the start.
    this.#wanted = wanted.filter(({ at }) => at > 0 && beginningOf(at) >= start);
  }

  /** Whether the content ended before all wanted fingerprints were compared. */
  get isShort(): boolean {
    return this.#wanted.length > 0;
  }

  /** Adds a piece. Returns false if the bytes before a fingerprint's offset are not the same as before. */
  push(piece: Buffer): boolean {
    this.leave();
    this.#piece = piece;
    this.#end += piece.length;
    const due = this.#wanted.filter(({ at }) => at <= this.#end);
    if (due.length === 0) return true;
    this.#wanted = this.#wanted.filter(({ at }) => at > this.#end);
    return due.every(({ at, hash }) => this.print(at)?.hash === hash);
  }

  /** Keeps the last bytes of the piece, which is not read any more from now on. */
  leave(): void {
    const kept = this.#kept;
    const last = this.#piece.subarray(-PRINT_BYTES);
    kept.copyWithin(0, last.length);
    kept.set(last, PRINT_BYTES - last.length);
    this.#before = kept.subarray(PRINT_BYTES - Math.min(PRINT_BYTES, this.#before.length + last.length));
    this.#piece = NOTHING;
  }

  /** The fingerprint at an offset in the last piece; undefined if some of its bytes were not read or are no longer kept. */
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

/** Collects the fingerprints taken during a reading, for the cursors behind it. Beyond a limit, every second one is dropped. */
export class Prints {
  #prints: Fingerprint[] = [];

  add(print: Fingerprint): void {
    if (this.#prints.at(-1)?.at === print.at) return;
    if (this.#prints.length >= MOST_PRINTS) this.#prints = this.#prints.filter((_, index) => index % 2 === 1);
    this.#prints.push(print);
  }

  /** The last fingerprint at or before an offset. */
  upTo(offset: number): Fingerprint | undefined {
    return this.#prints.findLast(({ at }) => at <= offset);
  }
}

const MOST_PRINTS = 1_024;

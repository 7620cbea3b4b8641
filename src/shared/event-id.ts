/** Computes the id of an event from its content. */
import { createHash } from 'node:crypto';
import { oneShotHash } from './one-shot-hash.ts';

/** A buffer in which the category and the columns of a row are joined for the one call; a longer row is hashed piece by piece. */
const together = Buffer.allocUnsafeSlow(16_384);
/** The beginnings of that buffer, by their length: a view is more garbage than the digest that it is made for. */
const beginnings = new Map<number, Uint8Array>();
const MOST_BEGINNINGS = 2_048;
const LF = 0x0a;
/** The category that stands in `together` with the newline behind it, and how long both are: rows that follow each other mostly have the same. */
let written: string | undefined;
let writtenLength = 0;
const ID_BYTES = 16;
const id = Buffer.allocUnsafeSlow(ID_BYTES);

/**
 * The event id: the first 128 bits of SHA-256 over the category, a newline and the bytes of `properties` as they stand
 * in the row. Equal rows have equal ids, whatever their place; the copies that Azure sometimes writes differ only in the envelope.
 *
 * @returns 32 lower-case hex digits.
 */
export function eventId(category: string, properties: Buffer | string): string {
  return typeof properties === 'string'
    ? hashOf(category, properties)
    : eventIdWithin(category, properties, 0, properties.length);
}

/** The same, where `properties` lies from `from` to `to` in other bytes. */
export function eventIdWithin(category: string, page: Buffer, from: number, to: number): string {
  // A UTF-16 unit takes at most three bytes of UTF-8.
  const most = 3 * category.length + 1 + to - from;
  if (oneShotHash === undefined || most > together.length) return hashOf(category, page.subarray(from, to));
  if (category !== written) {
    writtenLength = together.write(category) + 1;
    together[writtenLength - 1] = LF;
    written = category;
  }
  page.copy(together, writtenLength, from, to);
  // The beginning of a longer text would keep all of it in memory, as long as the row waits.
  id.write(oneShotHash('sha256', beginning(writtenLength + to - from), 'binary'), 'latin1');
  return id.toString('hex');
}

function beginning(length: number): Uint8Array {
  const known = beginnings.get(length);
  if (known) return known;
  if (beginnings.size >= MOST_BEGINNINGS) beginnings.clear();
  const made = new Uint8Array(together.buffer, together.byteOffset, length);
  beginnings.set(length, made);
  return made;
}

function hashOf(category: string, properties: Uint8Array | string): string {
  const hash = createHash('sha256').update(category).update('\n').update(properties);
  return hash.digest('hex').slice(0, 32);
}

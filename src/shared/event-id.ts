/** Computes the id of an event from its content. */
import { createHash } from 'node:crypto';
import { oneShotHash } from './one-shot-hash.ts';

/** A buffer in which the category and the columns of a row are joined for the one call; a longer row is hashed piece by piece. */
const together = Buffer.allocUnsafeSlow(16_384);
const LF = 0x0a;

/**
 * The event id: the first 128 bits of SHA-256 over the category, a newline and the bytes of `properties` as they stand
 * in the row. Equal rows have equal ids, whatever their place; the copies that Azure sometimes writes differ only in the envelope.
 *
 * @returns 32 lower-case hex digits.
 */
export function eventId(category: string, properties: Uint8Array | string): string {
  return typeof properties === 'string'
    ? hashOf(category, properties)
    : eventIdWithin(category, properties, 0, properties.length);
}

/** The same, where `properties` lies from `from` to `to` in other bytes. */
export function eventIdWithin(category: string, page: Uint8Array, from: number, to: number): string {
  // A UTF-16 unit takes at most three bytes of UTF-8.
  const most = 3 * category.length + 1 + to - from;
  if (oneShotHash === undefined || most > together.length) return hashOf(category, page.subarray(from, to));
  const columns = together.write(category) + 1;
  together[columns - 1] = LF;
  // Plain views: a part of a Buffer is another Buffer, which costs several times as much to make.
  together.set(new Uint8Array(page.buffer, page.byteOffset + from, to - from), columns);
  const whole = new Uint8Array(together.buffer, together.byteOffset, columns + to - from);
  return oneShotHash('sha256', whole, 'hex').slice(0, 32);
}

function hashOf(category: string, properties: Uint8Array | string): string {
  const hash = createHash('sha256').update(category).update('\n').update(properties);
  return hash.digest('hex').slice(0, 32);
}

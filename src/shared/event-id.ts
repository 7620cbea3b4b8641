/** Computes the id of an event from its content. */
import { createHash } from 'node:crypto';

/**
 * The event id: the first 128 bits of SHA-256 over the category, a newline and the bytes of `properties` as they stand
 * in the row. Equal rows have equal ids wherever they lie; Azure's second copies differ in the envelope alone.
 *
 * @returns 32 lower-case hex digits.
 */
export function eventId(category: string, properties: Uint8Array | string): string {
  return createHash('sha256').update(category).update('\n').update(properties).digest('hex').slice(0, 32);
}

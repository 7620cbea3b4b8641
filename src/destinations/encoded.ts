import { Buffer } from 'node:buffer';
import type { Delivery, EncodedDelivery } from './port.ts';

/** A delivery with its text and the text's length in UTF-8 bytes. */
export function encoded(delivery: Delivery, payload: string): EncodedDelivery {
  return { delivery, payload, bytes: Buffer.byteLength(payload) };
}

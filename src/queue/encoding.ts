/** Encodes message bodies for a Storage Queue, and checks their length. */
import { Buffer } from 'node:buffer';
import { QueueError } from './errors.ts';

/** Azure Queue Storage's limit for a stored message, in bytes (Microsoft Learn, "Put Message"). */
const MAX_STORED = 65_536;
/** The limit for a body before base64, in UTF-8 bytes. */
export const MAX_BODY_BYTES = (MAX_STORED / 4) * 3;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Encodes a body in base64, as Azure Functions and Event Grid do, because the service transports messages in XML. Throws if it is too large. */
export function encodeBody(body: string): string {
  checkSize(body);
  return Buffer.from(body, 'utf8').toString('base64');
}

/** Throws a QueueError `queue_message_too_large` if the body is longer than {@link MAX_BODY_BYTES}. */
export function checkSize(body: string): void {
  const bytes = Buffer.byteLength(body, 'utf8');
  if (bytes <= MAX_BODY_BYTES) return;
  throw new QueueError(
    'queue_message_too_large',
    `A message of ${bytes} bytes is longer than the ${MAX_BODY_BYTES} a queue takes.`,
  );
}

/**
 * Decodes a stored message, which is base64 or plain. Event Grid was seen to write either; its plain messages are JSON and begin with
 * a bracket, which does not occur in base64, so the two cannot be confused.
 */
export function decodeBody(stored: string): string {
  const text = stored.trim();
  if (text.length % 4 !== 0 || !BASE64.test(text)) return stored;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(Buffer.from(text, 'base64'));
  } catch {
    return stored;
  }
}

/** Encodes messages for the poison queue. */
import { Buffer } from 'node:buffer';
import { MAX_BODY_BYTES } from './encoding.ts';

/** A message in `<queue>-poison`. */
export interface PoisonMessage {
  /** Why, in a sentence. At most 1,000 characters. */
  readonly reason: string;
  /** The original message, cut if it would not fit. */
  readonly body: string;
  readonly truncated?: true;
  readonly dequeueCount: number;
  /** When it was first put on the queue, ISO 8601. */
  readonly insertedOn: string;
}

/** The JSON for the poison queue, never longer than the limit for messages. */
export function poisonBody(message: Omit<PoisonMessage, 'truncated'>): string {
  const whole = { ...message, reason: message.reason.slice(0, 1000) };
  const text = JSON.stringify(whole);
  if (Buffer.byteLength(text) <= MAX_BODY_BYTES) return text;
  // A character takes at most 6 bytes as JSON (`\u0000`), so this always fits.
  const body = message.body.slice(0, Math.floor((MAX_BODY_BYTES - 8192) / 6));
  return JSON.stringify({ ...whole, body, truncated: true });
}

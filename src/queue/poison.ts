/** Encodes messages for the poison queue, and reads them again. */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { MAX_BODY_BYTES } from './encoding.ts';

/** A message in `<queue>-poison`. */
export interface PoisonMessage {
  /** Why, in a sentence. At most 1,000 characters. */
  readonly reason: string;
  /** The original message, cut if it would not fit. */
  readonly body: string;
  readonly truncated?: true;
  /** The id that the message had on the queue: the task of an Event Grid message has it too. Absent in messages of older versions. */
  readonly id?: string;
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

const storySchema = z.object({
  reason: z.string(),
  body: z.string(),
  truncated: z.literal(true).exactOptional(),
  id: z.string().max(128).exactOptional(),
  dequeueCount: z.number(),
  insertedOn: z.string(),
});

/** Reads a message of the poison queue; undefined if another program than the relay wrote it, which is then the message itself. */
export function readPoison(text: string): PoisonMessage | undefined {
  try {
    return storySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Encodes messages that wait longer than Cloudflare allows, or that were delivered before. */
import { z } from 'zod';

/** A message that waits longer than Cloudflare allows, or that was delivered before. */
export interface Held {
  /** When the message is due, ms since the epoch; 0: at once. */
  readonly until: number;
  /** How often the message was delivered before it was sent again as a new one. */
  readonly attempts: number;
  readonly body: string;
}

const headSchema = z.strictObject({
  until: z.number().int().nonnegative(),
  attempts: z.number().int().nonnegative(),
});

/** The beginning of the first line. Tasks and events cannot begin with it, because they are JSON. */
const MARK = 'xdr-relay-held ';

/** The body with a first line that holds the due time and the deliveries. The body itself is not encoded, so that its length hardly changes. */
export function heldBody({ until, attempts, body }: Held): string {
  return `${MARK}${JSON.stringify({ until, attempts })}\n${body}`;
}

/** Parses what {@link heldBody} wrote; any other text is a body that is due now. */
export function readHeld(text: string): Held {
  const end = text.indexOf('\n');
  if (text.startsWith(MARK) && end > 0) {
    const head = parse(text.slice(MARK.length, end));
    if (head) return { ...head, body: text.slice(end + 1) };
  }
  return { until: 0, attempts: 0, body: text };
}

function parse(text: string): z.infer<typeof headSchema> | undefined {
  try {
    return headSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

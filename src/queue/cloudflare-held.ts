/** Encodes messages that wait longer than Cloudflare allows, or that were delivered before. */
import { z } from 'zod';

/** A message that carries more than its body: it waits longer than Cloudflare lets it, or was delivered before. */
export interface Held {
  /** Not to be worked on before then, ms since the epoch; 0: at once. */
  readonly until: number;
  /** Deliveries before the message was sent again as a new one. */
  readonly attempts: number;
  readonly body: string;
}

const headSchema = z.strictObject({
  until: z.number().int().nonnegative(),
  attempts: z.number().int().nonnegative(),
});

/** A first line that no task and no event begins with: these are JSON. */
const MARK = 'xdr-relay-held ';

/** The body with its story in a line before it. The body itself stays as it is, so that its length hardly changes. */
export function heldBody({ until, attempts, body }: Held): string {
  return `${MARK}${JSON.stringify({ until, attempts })}\n${body}`;
}

/** Undoes {@link heldBody}; any other text is a body that is due. */
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

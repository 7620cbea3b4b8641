/** A substitute for a Microsoft Teams workflow, on loopback. */
import { z } from 'zod';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

export interface TeamsReceiverOptions extends ReceiverOptions {
  /** Called for each accepted message, in order. */
  readonly onMessage?: (message: TeamsCard) => void;
  /** Whether to keep every message in `received`, for small tests. */
  readonly store?: boolean;
  /** A message that comes sooner than this after the last gets a 429. Milliseconds. */
  readonly intervalMs?: number;
}

export interface TeamsReceiver extends Receiver {
  /** The webhook's address, which is secret because of its `sig`. */
  readonly url: string;
  readonly received: readonly TeamsCard[];
}

const PATH =
  '/powerautomate/automations/direct/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke';
const SIG = 'q3bN0sKp-VnZ7dYwT1eRfUgHiJkLmOaPcXvBtAsDfGh';
const MOST_BYTES = 28 * 1024;

// The schemas are strict, so that a misspelt key, which Teams would ignore, is found.
const openUrl = z.strictObject({
  type: z.literal('Action.OpenUrl'),
  title: z.string().min(1).optional(),
  url: z.url({ protocol: /^https?$/ }),
});
const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
  size: z.enum(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge']).optional(),
  fontType: z.enum(['Default', 'Monospace']).optional(),
  isSubtle: z.boolean().optional(),
  selectAction: openUrl.optional(),
});
const richTextBlock = z.strictObject({
  type: z.literal('RichTextBlock'),
  id: z.string().min(1).optional(),
  inlines: z.array(textRun).min(1),
  spacing: z.enum(['Default', 'None', 'Small', 'Medium', 'Large', 'ExtraLarge', 'Padding']).optional(),
});
/** Clients replace only functions that are exactly so; others are shown as they are. */
const FUNCTION = /^(?:DATE|TIME)\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?:, (?:COMPACT|SHORT|LONG))?\)$/;
const textBlock = z.strictObject({
  type: z.literal('TextBlock'),
  text: z
    .string()
    .min(1)
    .refine(
      (text) => [...text.matchAll(/\{\{(.*?)\}\}/g)].every(([, inner = '']) => FUNCTION.test(inner)),
      'a function for times that no client replaces',
    ),
  wrap: z.literal(true),
  spacing: richTextBlock.shape.spacing,
});
const card = z.strictObject({
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: z.literal('AdaptiveCard'),
  // Teams' clients support versions up to 1.5.
  version: z.enum(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']),
  msteams: z.strictObject({ width: z.literal('Full') }).optional(),
  body: z
    .array(z.discriminatedUnion('type', [richTextBlock, textBlock]))
    .min(1)
    .refine((all) => {
      const ids = all.flatMap((block) => ('id' in block ? (block.id ?? []) : []));
      return new Set(ids).size === ids.length;
    }, 'ids of elements are unique in a card'),
  actions: z
    .array(openUrl.required({ title: true }))
    .min(1)
    .max(6)
    .optional(),
});
const posted = z.strictObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null().optional(),
        content: card,
      }),
    )
    .length(1),
});

/** The card of a posted message. */
export type TeamsCard = z.infer<typeof card>;

/**
 * Starts a Workflows webhook of Teams on loopback. It accepts only the elements that xdr-relay uses, and checks them strictly. A message of
 * more than 28 KB gets a 413. `counts.events` counts messages.
 */
export async function startTeamsReceiver(options: TeamsReceiverOptions = {}): Promise<TeamsReceiver> {
  const received: TeamsCard[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  let last = Number.NEGATIVE_INFINITY;

  function handle(request: ReceivedRequest): ReceiverReply {
    const { pathname, searchParams } = new URL(request.path, 'http://receiver');
    if (pathname !== PATH) return refusal(404, 'WorkflowNotFound');
    if (searchParams.get('sig') !== SIG) return refusal(401, 'AuthorizationFailed');
    if (request.method !== 'POST') return refusal(404, 'TriggerNotFound');
    const now = performance.now();
    if (options.intervalMs !== undefined && now - last < options.intervalMs) {
      return { ...refusal(429, 'TooManyRequests'), headers: { 'retry-after': '1' } };
    }
    if (Buffer.byteLength(request.body) > MOST_BYTES) return refusal(413, 'RequestEntityTooLarge');
    const message = parsed(request.body);
    if (message === undefined) return refusal(400, 'InvalidRequestContent');
    const { data, error } = posted.safeParse(message);
    const [attachment] = data?.attachments ?? [];
    if (!attachment) return refusal(400, 'TriggerInputSchemaMismatch', error?.message);
    last = now;
    counts.events += 1;
    options.onMessage?.(attachment.content);
    if (options.store) received.push(attachment.content);
    return { status: 202 };
  }

  const receiver = await startReceiver(options, counts, handle);
  const query = `api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${SIG}`;
  return { ...receiver, url: `${receiver.origin}${PATH}?${query}`, received };
}

function refusal(status: number, code: string, message = code): ReceiverReply {
  return { status, body: JSON.stringify({ error: { code, message } }) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

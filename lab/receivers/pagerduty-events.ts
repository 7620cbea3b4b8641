/**
 * The events that PagerDuty's Events API v2 takes, and its words for those that it refuses.
 *
 * - https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ : fields of each action, required ones, lengths, severities
 * - https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json : types of the fields, "JSON parse error", a timestamp whose
 *   offset has no colon, images "must be served via HTTPS"
 *
 * Where the pages leave room, the stricter reading counts: a property that they do not name is refused, though PagerDuty ignores it, so that a
 * misspelt one is found; so is a property of `trigger` in another action, a property twice, and a link that is not http or https.
 */
import { z } from 'zod';
import { duplicateKey, isObject } from './json.ts';

const SEVERITIES = ['critical', 'warning', 'error', 'info'] as const;
const ACTIONS = ['trigger', 'acknowledge', 'resolve'] as const;

const missing = (name: string) => `'${name}' is missing or blank`;
const wrong = (name: string) => `'${name}' is invalid`;
const tooLong = (name: string, most: number) => `'${name}' is too long (maximum is ${most} characters)`;

function required(name: string) {
  return z.string({ error: ({ input }) => (input === undefined ? missing(name) : wrong(name)) }).regex(/\S/, {
    error: missing(name),
  });
}

function optional(name: string) {
  return z
    .string(wrong(name))
    .regex(/\S/, { error: wrong(name) })
    .optional();
}

function address(name: string, protocol: RegExp) {
  return z.url({ protocol, error: ({ input }) => (input === undefined ? missing(name) : wrong(name)) });
}

const web = /^https?$/;
const routingKey = required('routing_key')
  .length(32, "Length of 'routing_key' is incorrect (should be 32 characters)")
  .regex(/^[A-Za-z0-9]*$/, "'routing_key' cannot contain non-alphanumeric characters.");
const dedupKey = required('dedup_key').max(255, tooLong('dedup_key', 255));
/** ISO 8601 with a zone: the API's own example has `+0000`, which RFC 3339 does not know. */
const timestamp = z
  .string(wrong('payload.timestamp'))
  .transform((text) => text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  .pipe(z.iso.datetime({ offset: true, error: wrong('payload.timestamp') }));

const head = z.looseObject({
  routing_key: routingKey,
  event_action: z.enum(ACTIONS, {
    error: ({ input }) =>
      input === undefined || input === ''
        ? missing('event_action')
        : `${wrong('event_action')} (must be one of the following: 'trigger', 'acknowledge' or 'resolve')`,
  }),
});

const trigger = z.strictObject({
  routing_key: routingKey,
  event_action: z.literal('trigger'),
  dedup_key: dedupKey.optional(),
  client: optional('client'),
  client_url: address('client_url', web).optional(),
  links: z
    .array(
      z.strictObject({ href: address('links.href', web), text: optional('links.text') }, wrong('links')),
      wrong('links'),
    )
    .optional(),
  images: z
    .array(
      z.strictObject(
        {
          src: address('images.src', /^https$/),
          href: address('images.href', web).optional(),
          alt: optional('images.alt'),
        },
        wrong('images'),
      ),
      wrong('images'),
    )
    .optional(),
  payload: z.strictObject(
    {
      summary: required('payload.summary').max(1_024, tooLong('payload.summary', 1_024)),
      source: required('payload.source'),
      severity: z.enum(SEVERITIES, {
        error: ({ input }) =>
          input === undefined || input === ''
            ? missing('payload.severity')
            : `${wrong('payload.severity')} (must be one of the following: 'critical', 'warning', 'error' or 'info')`,
      }),
      timestamp: timestamp.optional(),
      component: optional('payload.component'),
      group: optional('payload.group'),
      class: optional('payload.class'),
      custom_details: z.record(z.string(), z.json(), wrong('payload.custom_details')).optional(),
    },
    { error: ({ input, code }) => payloadTrouble(input, code) },
  ),
});

const later = z.strictObject({
  routing_key: routingKey,
  event_action: z.enum(['acknowledge', 'resolve']),
  dedup_key: dedupKey,
});

export type PagerdutyTrigger = z.infer<typeof trigger>;
export type PagerdutyEvent = PagerdutyTrigger | z.infer<typeof later>;

/** Why a body is not taken: the three members of PagerDuty's errors. */
export interface PagerdutyError {
  readonly status: string;
  readonly message: string;
  readonly errors: readonly string[];
}

/** The event in a body, or why there is none. */
export function readPagerdutyEvent(body: string): PagerdutyEvent | PagerdutyError {
  const value = parsed(body);
  if (!isObject(value)) {
    const errors = [value === undefined ? 'JSON parse error' : 'JSON is not an object'];
    return { status: 'Unrecognized object', message: 'Event object format is unrecognized', errors };
  }
  const twice = duplicateKey(body);
  if (twice !== undefined) return invalid([`'${twice}' is there twice`]);
  const { data: known, error } = head.safeParse(value);
  if (!known) return invalid(error.issues.map(textOf));
  const read = (known.event_action === 'trigger' ? trigger : later).safeParse(value);
  return read.data ?? invalid(read.error?.issues.map(textOf) ?? []);
}

/** What PagerDuty answers to an event that it can read, and does not take. */
export function invalid(errors: readonly string[]): PagerdutyError {
  return { status: 'invalid event', message: 'Event object is invalid', errors };
}

function textOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  return issue.keys.map((name) => `'${[...issue.path, name].join('.')}' is not known`).join(', ');
}

function payloadTrouble(input: unknown, code: string): string | undefined {
  if (code !== 'invalid_type') return undefined;
  return input === undefined ? missing('payload') : wrong('payload');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

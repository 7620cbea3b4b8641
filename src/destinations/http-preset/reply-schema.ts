/** What a preset says of replies. */
import { z } from 'zod';

/** What a reply can mean, with what is done then. */
export const MEANINGS = {
  accepted: 'the product has taken the whole batch',
  busy: 'it asks to wait: the batch is sent again later',
  failed: 'a passing trouble: the batch is sent again later',
  rows_refused: 'it will never take some row: the row is found and goes to the dead letters',
  too_large: 'the batch, or its only row, is too large: it is halved, a single row goes to the dead letters',
  token_refused:
    'it does not take the token or key: another token is asked for once, then the destination waits for a person',
  refused: 'it refuses the relay, not the rows: the destination waits for a person',
} as const;

type Meaning = keyof typeof MEANINGS;

/** A path in the JSON of a reply: keys and positions joined by dots, `*` for any entry. */
export const jsonPath = z
  .string()
  .regex(
    /^[^.\s]{1,100}(?:\.[^.\s]{1,100}){0,9}$/,
    'keys joined by dots, such as "error.details.*.retryDelay"',
  );

const status = z.union([z.number().int().min(200).max(599), z.enum(['2xx', '3xx', '4xx', '5xx'])]);

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const replySchema = z
  .strictObject({
    status: z
      .union([status, z.array(status).min(1).max(50)])
      .describe('The status, or several: `503`, `5xx`.'),
    body: z
      .enum(['empty', 'json', 'not_html'])
      .optional()
      .describe('What the body must be: nothing, JSON, or anything but HTML, such as of a sign-in page.'),
    contains: z.string().min(1).max(500).optional().describe('Text that the body must contain.'),
    json: z
      .record(jsonPath, z.union([scalar, z.array(scalar).min(1)]))
      .optional()
      .describe('Values that the JSON of the body must have, each by its path; or one of a list.'),
    means: z.enum(Object.keys(MEANINGS) as [Meaning, ...Meaning[]]).describe(
      Object.entries(MEANINGS)
        .map(([name, about]) => `\`${name}\`: ${about}`)
        .join('; ')
        .concat('.'),
    ),
    rows: jsonPath
      .optional()
      .describe(
        'For `rows_refused`: where the JSON has the positions of the refused records, counted from 0.',
      ),
    wait: z
      .strictObject({
        header: z.string().min(1).max(128).optional().describe('The header that has it.'),
        json: jsonPath.optional().describe('Where the JSON has it.'),
        unit: z
          .enum(['seconds', 'milliseconds', 'epoch_seconds', 'duration'])
          .default('seconds')
          .describe('`epoch_seconds`: a time, in seconds since 1970; `duration`: such as `1.5s`.'),
      })
      .optional()
      .describe(
        'How long to wait, beside `Retry-After` and `retry_after`, which are always looked at. At most `delivery.retry_after_max`.',
      ),
  })
  .refine(({ wait }) => wait === undefined || (wait.header === undefined) !== (wait.json === undefined), {
    path: ['wait'],
    message: 'a mapping with either `header` or `json`',
  })
  .describe('What one kind of reply means.');

/** One checked entry. */
export type ReplyRule = z.output<typeof replySchema>;

/** The JSON of a stored dead letter, as a schema: for reading it, for docs/outputs.md, and as a JSON Schema. */
import { z } from 'zod';

/** The encodings of the row, the preferred one first. If a row has many control characters, base64 is shorter: JSON escapes take six bytes each. */
export const ROW_ENCODINGS = ['utf8', 'base64'] as const;

const millis = z.number().nonnegative();
const optionalText = (description: string, example: string) =>
  z
    .string()
    .optional()
    .describe(description)
    .meta({ examples: [example] });

export const deadLetterRecord = z.object({
  v: z.literal(1).describe('The version of this form.'),
  storedOn: z
    .number()
    .int()
    .nonnegative()
    .describe('When it was last stored, in milliseconds since 1970.')
    .meta({ examples: [1_795_641_844_123] }),
  destination: optionalText(
    'The destination that refused it. Absent where the row could not be read, which concerns all.',
    'splunk',
  ),
  reason: z
    .string()
    .describe('Why, as a code: [operations.md](operations.md#dead-letters) has them.')
    .meta({ examples: ['hec_6'] }),
  message: z
    .string()
    .describe('Why, as a sentence.')
    .meta({ examples: ['Splunk answered 400: Invalid data format (code 6)'] }),
  source: z
    .object({
      name: optionalText("The source's name in relay.yaml, where there are several.", 'emea'),
      blob: z
        .string()
        .describe('Container and name of the blob.')
        .meta({ examples: ['insights-logs-advancedhunting-deviceprocessevents/tenantId=.../PT1H.json'] }),
      offset: z
        .number()
        .int()
        .nonnegative()
        .describe("The row's first byte in the blob (in a compressed blob: in what it holds).")
        .meta({ examples: [11_550] }),
    })
    .describe('Where the row stands.'),
  length: z
    .number()
    .int()
    .nonnegative()
    .describe("Bytes from the row's first byte to its end.")
    .meta({ examples: [843] }),
  id: optionalText(
    'The event id. Absent where the row could not be read.',
    'bca83535558a6a4b8f58d67371041266',
  ),
  table: optionalText('The Advanced Hunting table.', 'DeviceProcessEvents'),
  rule: optionalText(
    'The id of the rule whose alert was refused, or its title where it has no id. Absent for the event itself.',
    '1bb8fb3b-9e36-4467-91a9-defbefacf239',
  ),
  details: z
    .record(z.string(), z.json())
    .optional()
    .describe('More for people, such as the HTTP status.')
    .meta({ examples: [{ status: 400 }] }),
  answers: z
    .array(
      z.object({
        code: z.string().describe('As `reason`.'),
        message: z.string().describe("The destination's answer."),
      }),
    )
    .optional()
    .describe('Each different answer that the destination gave to this row alone.'),
  isolating: z
    .object({
      since: millis.describe('When it first failed alone, in milliseconds since 1970.'),
      tries: z.number().int().nonnegative().describe('How often it was tried since.'),
      next: millis.describe('When it is tried next, in milliseconds since 1970.'),
    })
    .optional()
    .describe('Present while the relay still tries to deliver the row.'),
  encoding: z
    .enum(ROW_ENCODINGS)
    .describe('How `row` is written: as text, or as base64 where it is not UTF-8.'),
  row: z.string().describe("The row's bytes as they are in the blob."),
  payload: z
    .string()
    .optional()
    .describe(
      'What was refused: one of the records above, as text. Absent where it made the letter too large.',
    ),
});

/** The JSON Schema (draft 2020-12). It allows further members everywhere, because a later version may add some. */
export function deadLetterSchema(): object {
  return {
    title: 'xdr-relay dead letter',
    ...z.toJSONSchema(deadLetterRecord, { io: 'input' }),
  };
}

import { z } from 'zod';

const columns = z.record(z.string(), z.json());

/** What a test says must come of its row. What it does not mention may be anything. */
export const expectation = z.strictObject({
  filtered: z
    .union([z.boolean(), z.string()])
    .optional()
    .describe('Whether a filter holds the row back, or the title of the filter that does.'),
  forwarded: z
    .array(z.string())
    .optional()
    .describe('The destinations the row goes to as an event, in any order. An empty list: to none.'),
  alerts: z
    .array(z.string())
    .optional()
    .describe('Titles or ids of the rules that raise an alert, in any order. An empty list: none.'),
  event: columns
    .optional()
    .describe('Columns the transformed row must have, with these values. Others may be there.'),
  absent: z.array(z.string()).optional().describe('Columns the transformed row must not have.'),
});

/** One test of a table file. */
export const tableTest = z.strictObject({
  title: z.string().min(1).describe('What is tested, as a sentence.'),
  row: columns.describe('The columns of the row. Give only those that matter.'),
  expect: expectation,
});

/** `*.test.yaml`: tests beside detections. */
export const testFile = z
  .strictObject({
    table: z.string().optional().describe('The table of the rows that name none.'),
    tests: z
      .array(
        tableTest.extend({ table: z.string().optional().describe('The Advanced Hunting table of the row.') }),
      )
      .min(1),
  })
  .describe('Tests of xdr-relay rules.');

export type Expectation = z.infer<typeof expectation>;

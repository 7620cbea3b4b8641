/** The zod schemas of tests, in table files and in `*.test.yaml`. */
import { z } from 'zod';
import { durationSchema } from '../../shared/duration.ts';

const columns = z.record(z.string(), z.json());

/** What a test expects of its row. The test does not check what it does not mention. */
const expectation = z.strictObject({
  filtered: z
    .union([z.boolean(), z.string()])
    .optional()
    .describe('Whether a filter holds the row back, or the title of the filter that does.'),
  forwarded: z
    .array(z.string())
    .optional()
    .describe('The destinations the row goes to as an event, in any order. An empty list: to none.'),
  alerts: z
    .union([z.array(z.string()), z.record(z.string(), z.int().min(0))])
    .optional()
    .describe(
      'Titles or ids of the rules that raise an alert, in any order. An empty list: none. As a mapping, how many each raises: { A title: 5 }.',
    ),
  event: columns
    .optional()
    .describe('Columns the transformed row must have, with these values. Others may be there.'),
  absent: z.array(z.string()).optional().describe('Columns the transformed row must not have.'),
});

/** One test of a table file. */
export const tableTest = z.strictObject({
  title: z.string().min(1).describe('What is tested, as a sentence.'),
  row: columns.describe('The columns of the row. Give only those that matter.'),
  expect: expectation.describe('What must come of the row. What is not mentioned may be anything.'),
});

const table = z.string().optional().describe('The Advanced Hunting table of the row.');

/** One row of a test of correlations, with its time. */
const timedRow = z.strictObject({
  at: durationSchema
    .optional()
    .describe('When it happens, from the beginning of the test: "90s". Without it, at once.'),
  times: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('How many such rows come, a second apart: each is an event of its own.'),
  table,
  row: columns.describe('The columns of the row. Give only those that matter.'),
});

/** `*.test.yaml`: tests beside detections. */
export const testFile = z
  .strictObject({
    table: z.string().optional().describe('The table of the rows that name none.'),
    tests: z
      .array(
        tableTest.extend({
          table,
          row: tableTest.shape.row
            .optional()
            .describe('The columns of the row. Give only those that matter.'),
          rows: z
            .array(timedRow)
            .min(1)
            .max(1000)
            .optional()
            .describe('Instead of "row": rows for a correlation. Of what is expected, "alerts" is compared.'),
        }),
      )
      .min(1)
      .describe('The tests, each of one row or of several.'),
  })
  .describe('Tests of rules, beside the detections that they are about. "xdr-relay rules test" runs them.');

export type Expectation = z.infer<typeof expectation>;

/** The zod schemas of tests, in table files and in `*.test.yaml`. */
import { z } from 'zod';
import { durationSchema } from '../../shared/duration.ts';
import { expirySchema } from '../sigma/index.ts';

const columns = z.record(z.string(), z.json());

/** Alerts by name, or how many there are of each. */
const alertNames = z.union([z.array(z.string()), z.record(z.string(), z.int().min(0))]);

/** What a test expects of its row. The test does not check what it does not mention. */
const expectation = z.strictObject({
  filtered: z
    .union([z.boolean(), z.string()])
    .optional()
    .describe('Whether a filter drops the row, or the title of the filter that does.'),
  forwarded: z
    .array(z.string())
    .optional()
    .describe('The destinations that receive the row as an event, in any order. An empty list for none.'),
  alerts: alertNames
    .optional()
    .describe(
      'Titles or ids of the rules that raise an alert, in any order; where a title has placeholders, also the title that they give. An empty list for none. A mapping says how many alerts each raises: { A title: 5 }.',
    ),
  event: columns
    .optional()
    .describe('Columns that the transformed row must have, with these values. It may have others.'),
  sent: z
    .record(z.string(), columns)
    .optional()
    .describe(
      "By destination, columns that the row must have when it is sent there, after the route's own steps. null stands for a column that it must not have.",
    )
    .meta({ examples: [{ webhook: { AccountUpn: '[redacted]' } }] }),
  metadata: z
    .record(z.string(), z.record(z.string(), z.string()))
    .optional()
    .describe(
      'By destination, what routes with templates must make of `index`, `sourcetype`, `source`, `host`, `channel` and `topic`.',
    )
    .meta({ examples: [{ splunk: { index: 'defender_clients' } }] }),
  absent: z.array(z.string()).optional().describe('Columns that the transformed row must not have.'),
});

/** What can be expected of several rows besides. */
const sequenceExpectation = expectation.extend({
  messages: alertNames
    .optional()
    .describe(
      'With "rows": the alerts that begin a group, so that people are told of them at once, named as under "alerts". What is added to a group within its window is counted in updates, which are not listed.',
    ),
});

const date = expirySchema
  .optional()
  .describe(
    'When the row comes, as far as exceptions are concerned. Default: before any of them ends, so that no test begins to fail some day.',
  )
  .meta({ examples: ['2027-01-01'] });

/** One test of a table file. */
export const tableTest = z.strictObject({
  title: z.string().min(1).describe('What is tested, as a sentence.'),
  date,
  row: columns.describe('The columns of the row. Give only those that matter.'),
  expect: expectation.describe('What is expected of the row. Only what is mentioned is checked.'),
});

const table = z.string().optional().describe('The Advanced Hunting table of the row.');

/** One row of a test of correlations, with its time. */
const timedRow = z.strictObject({
  at: durationSchema
    .optional()
    .describe(
      'When the event happens, counted from the beginning of the test: "90s". Default: at the beginning.',
    ),
  times: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('How many such rows come, one second apart. Each counts as a separate event.'),
  table,
  row: columns.describe('The columns of the row. Give only those that matter.'),
});

/** `*.test.yaml`: tests beside detections. */
export const testFile = z
  .strictObject({
    table: z.string().optional().describe('The table of rows that name none.'),
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
            .describe(
              'Instead of "row", several rows: for a correlation, or for groups of alerts. Only "alerts" and "messages" can be expected of them.',
            ),
          expect: sequenceExpectation.describe(
            'What is expected of the row or the rows. Only what is mentioned is checked.',
          ),
        }),
      )
      .min(1)
      .describe('The tests, each with one row or several.'),
  })
  .describe(
    'Tests of rules, usually beside the detections that they test. "xdr-relay rules test" runs them.',
  );

export type Expectation = z.infer<typeof sequenceExpectation>;

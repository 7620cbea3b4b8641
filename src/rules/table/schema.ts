/** The zod schema of a table file, and the JSON Schema source for editors. */
import { z } from 'zod';
import { sizeSchema } from '../../shared/duration.ts';
import { LEVELS } from '../../shared/event.ts';
import { groupingKeys } from '../../shared/grouping.ts';
import { templated, topicName } from '../../shared/metadata-template.ts';
import { headerText, ownHeaderName } from '../../shared/secret.ts';
import { TITLE_LIMIT } from '../../shared/title-template.ts';
import { KUSTO_TYPES } from '../schema/index.ts';
import { tableTest } from '../testing/schema.ts';
import { steps } from '../transforms/index.ts';

/** The window that `dedupe: true` stands for, in bytes. */
export const DEDUPE_WINDOW = 32 * 1024 * 1024;
const LARGEST_WINDOW = 1024 ** 3;

const detection = z
  .record(z.string(), z.unknown())
  .describe("Sigma's detection: named searches and a condition over them.");

const filter = z.strictObject({
  title: z
    .string()
    .min(1)
    .describe('Why these rows are not wanted. Shown wherever the filter dropped a row.'),
  detection,
});

/** A part of the rows. */
const sample = z.strictObject({
  rate: z.number().gt(0).lte(1).describe('The part of the rows, such as 0.1 for one in ten.'),
  by: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A column whose rows are sent together or not at all, as Defender wrote it. Default: each row is chosen by itself.',
    )
    .meta({ examples: ['DeviceId'] }),
});
const SAMPLE_TEXT =
  'Sends a part of the rows. The choice is made by a hash: it is the same after a restart and for every consumer. The rate travels with each row, as the column `xdr_relay_sample_rate`. Alerts are never sampled.';
const limit = z.int().min(1).max(100_000_000);
const LIMIT_TEXT =
  'The most rows of one minute that a process sends to a destination; further ones of that minute are not sent, which `xdr_relay_rows_over_limit_total` counts. The minute is the one in which Defender wrote the row. Alerts do not count and are always sent.';

/** A constant, or a template within a closed list. */
const fileAs = z.union([headerText.min(1).max(1024), templated(headerText.min(1).max(1024))]);

const routeShape = {
  to: z.string().min(1).describe('A destination of relay.yaml.'),
  detection: detection
    .optional()
    .describe('Only rows that match go there. Without a detection, all rows do.'),
  severity: z.enum(LEVELS).optional().describe('With a detection: the rows are alerts of this severity.'),
  title: z
    .string()
    .min(1)
    .max(TITLE_LIMIT)
    .optional()
    .describe(
      "The alert's title. `{DeviceName}` stands for the value of a column after the table's transform; `{{` and `}}` stand for braces.",
    ),
  ...groupingKeys,
  sample: sample.optional().describe(`${SAMPLE_TEXT} Goes before the table's.`),
  limit: limit
    .optional()
    .describe(`${LIMIT_TEXT} Goes before the table's.`)
    .meta({ examples: [6000] }),
  index: fileAs
    .optional()
    .describe(
      "Splunk: the index of the rows, and Elasticsearch: their data stream, instead of the destination's.",
    )
    .meta({ examples: ['defender_process'] }),
  sourcetype: fileAs
    .optional()
    .describe("Splunk: the sourcetype of the rows, instead of the destination's.")
    .meta({ examples: ['defender:process'] }),
  source: fileAs
    .optional()
    .describe("Splunk: `source` of the rows, instead of the destination's.")
    .meta({ examples: ['defender-process'] }),
  host: fileAs
    .optional()
    .describe('Splunk: `host` of the rows. Default: DeviceName.')
    .meta({ examples: ['defender-xdr'] }),
  channel: fileAs
    .optional()
    .describe("Slack with `token`: the channel of the alerts, instead of the destination's.")
    .meta({ examples: ['C0123456789'] }),
  topic: z
    .union([topicName, templated(topicName)])
    .optional()
    .describe("Kafka: the topic of the rows, instead of the destination's.")
    .meta({ examples: ['defender-process'] }),
  headers: z
    .record(ownHeaderName, fileAs)
    .optional()
    .describe('Webhook: headers of the requests with these rows, besides those of the destination.')
    .meta({ examples: [{ 'X-Team': 'windows' }] }),
};

/** The schema of a route; each step of its transform is checked by its own schema afterwards. */
const route = z.strictObject({
  ...routeShape,
  transform: z.array(z.record(z.string(), z.unknown())).optional(),
});

const shape = {
  table: z.string().min(1).describe('The Advanced Hunting table, e.g. DeviceProcessEvents.'),
  description: z.string().optional().describe('For people.'),
  columns: z
    .record(z.string(), z.enum(KUSTO_TYPES))
    .optional()
    .describe(
      'Columns of this table that neither the shipped schema nor schema.yaml has, with their types, or other types of columns that they have.',
    ),
  filter: z.array(filter).optional().describe('Rows that match any entry are not sent and raise no alerts.'),
  sample: sample.optional().describe(SAMPLE_TEXT),
  limit: limit
    .optional()
    .describe(LIMIT_TEXT)
    .meta({ examples: [6000] }),
  dedupe: z
    .union([
      z.boolean(),
      z.strictObject({
        window: sizeSchema
          .refine((bytes) => bytes <= LARGEST_WINDOW, 'at most "1GiB"')
          .describe(
            'How far back an equal row is searched, in bytes of the blob and of the blob of the hour before.',
          )
          .meta({ examples: ['32MiB'] }),
      }),
    ])
    .optional()
    .describe(
      'Sends equal rows only once: Azure writes 3 to 4 % of the rows twice. Looks back 32MiB, also into the hour before. This costs memory, and after a restart the relay reads that far back again.',
    ),
  tests: z.array(tableTest).optional().describe('Run by "xdr-relay rules test".'),
};

/** The schema that the relay checks a table file with; each step is checked by its own schema afterwards. */
export const tableFile = z.strictObject({
  ...shape,
  routes: z.array(route).optional(),
  transform: z.array(z.record(z.string(), z.unknown())).optional(),
});

const stepsForEditors = z.array(
  z.union(
    steps.map(({ verb, config }) =>
      z.strictObject({
        [verb]: config,
        if: detection
          .optional()
          .describe(
            "Sigma's detection: the step runs for rows that match, as Defender wrote them. Without it, for all rows.",
          ),
      }),
    ),
  ),
);

/** The schema for editors, which includes the steps. */
export const tableFileForEditors = z
  .strictObject({
    ...shape,
    routes: z
      .array(
        z.strictObject({
          ...routeShape,
          transform: stepsForEditors
            .optional()
            .describe(
              "Steps after the table's own, for this destination only. Alerts of detections that go there from this table pass the steps of all of its routes.",
            ),
        }),
      )
      .optional()
      .describe(
        'Where rows go. Without this key, to default_destinations. With an empty list, nowhere; alerts are still sent.',
      ),
    transform: stepsForEditors
      .optional()
      .describe('Steps, in order. Filters, routes and detections see the row as it was before the steps.'),
  })
  .describe('What xdr-relay does with the rows of one Advanced Hunting table.');

export type TableFile = z.infer<typeof tableFile>;

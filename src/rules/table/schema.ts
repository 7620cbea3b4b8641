import { z } from 'zod';
import { LEVELS } from '../../shared/event.ts';
import { KUSTO_TYPES } from '../schema/index.ts';
import { tableTest } from '../testing/schema.ts';
import { steps } from '../transforms/index.ts';

const detection = z
  .record(z.string(), z.unknown())
  .describe("Sigma's detection: named searches and a condition over them.");

const filter = z.strictObject({
  title: z.string().min(1).describe('Why these rows are not wanted. Shown wherever a row was held back.'),
  detection,
});

const route = z.strictObject({
  to: z.string().min(1).describe('A destination of relay.yaml.'),
  detection: detection.optional().describe('Only rows that match go there. Without one, all do.'),
  severity: z.enum(LEVELS).optional().describe('With a detection: the rows are alerts of this severity.'),
  title: z.string().min(1).optional().describe("The alert's title."),
});

const shape = {
  table: z.string().min(1).describe('The Advanced Hunting table, e.g. DeviceProcessEvents.'),
  description: z.string().optional().describe('For people.'),
  columns: z
    .record(z.string(), z.enum(KUSTO_TYPES))
    .optional()
    .describe("Columns that Defender writes and Microsoft's reference does not list, with their types."),
  filter: z.array(filter).optional().describe('Rows that match any entry go nowhere and raise nothing.'),
  routes: z
    .array(route)
    .optional()
    .describe(
      'Where rows go. Without this key: to default_destinations. An empty list: nowhere, alerts aside.',
    ),
  tests: z.array(tableTest).optional().describe('Run by "xdr-relay rules test".'),
};

/** A table file as it is checked first; its steps are checked one by one after. */
export const tableFile = z.strictObject({
  ...shape,
  transform: z.array(z.record(z.string(), z.unknown())).optional(),
});

/** A table file as an editor should know it. */
export const tableFileForEditors = z
  .strictObject({
    ...shape,
    transform: z
      .array(z.union(steps.map(({ verb, config }) => z.strictObject({ [verb]: config }))))
      .optional()
      .describe('Steps in order. Filters, routes and detections see the row as it was before them.'),
  })
  .describe('What xdr-relay does with the rows of one Advanced Hunting table.');

export type TableFile = z.infer<typeof tableFile>;

/** The bodies of a webhook, as schemas. */
import { z } from 'zod';
import { alertRecord } from './alert.ts';
import { eventRecord, mapped, rawRow } from './event.ts';
import { table } from './members.ts';

const timestamp = z
  .string()
  .describe("The last record's time: the same on every retry.")
  .meta({ examples: ['2026-11-23T07:01:02.1234567Z'] });
const record = z.union([eventRecord, alertRecord, rawRow, mapped]);

/** The body of a webhook in `format: standard` and `mode: batch`. */
export const webhookBatch = z.strictObject({
  type: z
    .enum(['defender.events', 'defender.alerts'])
    .describe('`defender.alerts` where all are alerts. What each is stands in its `kind`.'),
  timestamp,
  data: z
    .strictObject({ events: z.array(record).min(1).describe('Records in the order of the blob.') })
    .describe('The records.'),
});

/** The body of a webhook in `format: standard` and `mode: single`. */
export const webhookSingle = z.strictObject({
  type: z.enum(['defender.event', 'defender.alert']).describe('What it is.'),
  timestamp,
  data: record.describe('The record.'),
});

/** One CloudEvent: the body in `mode: single`, an element of the body's array in `mode: batch`. */
export const cloudEvent = z.strictObject({
  specversion: z.literal('1.0').describe('The version of CloudEvents.'),
  id: z
    .string()
    .regex(/^[0-9a-f]{32}(?:-\d+)?$/)
    .describe(
      'The event id; of an alert, the alert id; of a group, its alert id, `-` and its count, since each record of it is an event of its own.',
    )
    .meta({ examples: ['bca83535558a6a4b8f58d67371041266'] }),
  source: z
    .string()
    .describe('Tenant and table; of an alert, the rule too.')
    .meta({ examples: ['/tenants/11111111-2222-3333-4444-555555555555/tables/DeviceProcessEvents'] }),
  type: z.enum(['defender.event', 'defender.alert']).describe('What it is.'),
  subject: table,
  time: z
    .string()
    .optional()
    .describe('When it happened, with a zone. Absent where the row has no time.')
    .meta({ examples: ['2026-11-23T07:01:02.1234567Z'] }),
  datacontenttype: z.literal('application/json').describe('The type of `data`.'),
  data: record.describe('The record.'),
});

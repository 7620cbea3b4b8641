/** The records of events, as schemas. */
import { z } from 'zod';
import { columns, eventId, received, severity, source, table, tenant, time } from './members.ts';

/** The `relay` shape of a row that no rule raised an alert on. */
export const eventRecord = z.strictObject({
  kind: z.literal('event').describe('What the record is.'),
  id: eventId,
  time,
  received,
  tenant,
  table,
  severity: severity
    .optional()
    .describe('Only where the route that sent the row has one.')
    .meta({ examples: ['low'] }),
  event: columns
    .describe("The row's columns, after the steps of the table file.")
    .meta({ examples: [{ DeviceName: 'ws-042.contoso.example' }] }),
  source,
});

/** The `raw` shape: what Defender wrote. */
export const rawRow = z.looseObject({
  time: z
    .string()
    .optional()
    .describe('When Defender handed the row to Azure.')
    .meta({ examples: ['2026-11-23T07:03:00.0000000Z'] }),
  tenantId: z.string().optional().describe("The tenant's id."),
  category: z
    .string()
    .describe('`AdvancedHunting-` and the table.')
    .meta({ examples: ['AdvancedHunting-DeviceProcessEvents'] }),
  properties: columns
    .describe("The row's columns, after the steps of the table file.")
    .meta({ examples: [{ DeviceName: 'ws-042.contoso.example' }] }),
});

/** An event or an alert in the shape `ecs` or `ocsf`, whose own schemas say what is in it. */
export const mapped = z.looseObject({}).describe('In the shapes `ecs` and `ocsf`.');

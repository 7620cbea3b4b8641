/** What stands in the body of a request to Splunk HEC, as schemas. */
import { z } from 'zod';
import type { ENTITY_KINDS } from '../../alerts/message.ts';
import { alertRecord } from './alert.ts';
import { eventRecord, mapped, rawRow } from './event.ts';
import { eventId, id, severity, table, tenant } from './members.ts';

const hecPlace = {
  time: z
    .number()
    .optional()
    .describe('When it happened, in seconds since 1970, with all digits. Absent where the row has no time.')
    .meta({ examples: [1_795_417_262.123] }),
  host: z
    .string()
    .optional()
    .describe("`DeviceName`, else the destination's `host`.")
    .meta({ examples: ['ws-042.contoso.example'] }),
};
const index = z.string().optional();
const hecSourceName = z
  .string()
  .optional()
  .describe("The source's name in relay.yaml, where there are several.");
const flat = z.array(z.string());

/** An event in the body of a request to HEC. */
export const hecEvent = z.strictObject({
  ...hecPlace,
  source: z.string().describe("The destination's `source`, else container and name of the blob."),
  sourcetype: z
    .string()
    .describe("The destination's `sourcetype`.")
    .meta({ examples: ['mscs:azure:eventhub:defender:advancedhunting'] }),
  index: index.describe("The destination's `index`.").meta({ examples: ['defender'] }),
  event: z
    .union([eventRecord, rawRow, mapped])
    .describe('The event in the shape of the destination, `raw` by default.'),
  fields: z
    .strictObject({
      kind: z.literal('event').describe('What it is.'),
      event_id: eventId,
      source_name: hecSourceName,
      blob: z.string().describe('Container and name of the blob.'),
      offset: z.int().min(0).describe("The row's first byte in the blob."),
      severity: severity.optional().describe('Only where the route that sent the row has one.'),
    })
    .describe('Index-time fields.'),
});

const entityFields = {
  entity_host: flat
    .max(5)
    .optional()
    .describe('Hosts.')
    .meta({ examples: [['ws-042.contoso.example']] }),
  entity_user: flat.max(5).optional().describe('Accounts and mailboxes.'),
  entity_process: flat.max(5).optional().describe('Programs that ran.'),
  entity_file: flat.max(5).optional().describe('Files.'),
  entity_address: flat.max(5).optional().describe('IP addresses.'),
  entity_url: flat.max(5).optional().describe('Addresses and domains of the web.'),
  entity_mail: flat.max(5).optional().describe('Mails and messages of Teams, by subject, else by id.'),
  entity_cloud_app: flat.max(5).optional().describe('Cloud apps and applications of Entra.'),
  entity_cloud_resource: flat.max(5).optional().describe('Virtual machines, buckets, pods and the like.'),
  entity_registry_key: flat.max(5).optional().describe('Keys of the registry.'),
} satisfies Readonly<Record<`entity_${(typeof ENTITY_KINDS)[number]}`, z.ZodType>>;

/** An alert in the body of a request to HEC. */
export const hecAlert = z.strictObject({
  ...hecPlace,
  source: z
    .string()
    .describe("The destination's `alert_source`.")
    .meta({ examples: ['xdr_relay:alert'] }),
  sourcetype: z
    .string()
    .describe("The destination's `alert_sourcetype`.")
    .meta({ examples: ['xdr_relay:alert'] }),
  index: index
    .describe("The destination's `alert_index`, else its `index`.")
    .meta({ examples: ['defender_alerts'] }),
  event: z
    .union([alertRecord, mapped])
    .describe('The record of the alert; in the shapes `ecs` and `ocsf` the alert in that shape.'),
  fields: z
    .strictObject({
      kind: z.literal('alert').describe('What it is.'),
      alert_id: id.describe('The alert id.'),
      event_id: eventId.describe('The event id of the row.'),
      source_name: hecSourceName,
      blob: z.string().describe('Container and name of the blob.'),
      offset: z.int().min(0).describe("The row's first byte in the blob."),
      tenant,
      table,
      severity: severity
        .optional()
        .describe('How severe the alert is.')
        .meta({ examples: ['high'] }),
      alert_title: z.string().optional().describe("The alert's title."),
      rule_title: z.string().optional().describe("The rule's title."),
      rule_id: z.string().optional().describe("The rule's id."),
      tactic: flat
        .max(10)
        .optional()
        .describe('Names of ATT&CK tactics.')
        .meta({ examples: [['Command and Control']] }),
      technique_id: flat
        .max(10)
        .optional()
        .describe('Ids of ATT&CK techniques.')
        .meta({ examples: [['T1105']] }),
      technique: flat
        .max(10)
        .optional()
        .describe('Names of ATT&CK techniques.')
        .meta({ examples: [['Ingress Tool Transfer']] }),
      group_count: z
        .int()
        .min(1)
        .optional()
        .describe('Of a group: its alerts so far.')
        .meta({ examples: [120] }),
      group_phase: z.enum(['first', 'update']).optional().describe('Of a group: as in the record.'),
      group_scope: z.enum(['group', 'rule']).optional().describe('Of a group: as in the record.'),
      group_first_time: z.string().optional().describe('Of a group: the earliest time of the events.'),
      group_last_time: z.string().optional().describe('Of a group: the latest time of the events.'),
      ...entityFields,
    })
    .describe(
      'Index-time fields. Values are at most 256 characters long; lists give a field several values.',
    ),
});

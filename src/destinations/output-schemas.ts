/** The records that destinations for machines send, as schemas: docs/outputs.md and the JSON Schemas in schemas/ are made of these. */
import { z } from 'zod';
import { ENTITY_KINDS } from '../alerts/message.ts';
import { LEVELS } from '../shared/event.ts';

const id = z.string().regex(/^[0-9a-f]{32}$/);

const eventId = id
  .describe('The event id: a hash of the row. The same row has the same id whenever and wherever it is read.')
  .meta({ examples: ['bca83535558a6a4b8f58d67371041266'] });
const time = z
  .string()
  .describe("When it happened: `Timestamp` with all its digits, else the row's own `time`.")
  .meta({ examples: ['2026-11-23T07:01:02.1234567Z'] });
const received = z
  .string()
  .optional()
  .describe('When Defender handed the row to Azure.')
  .meta({ examples: ['2026-11-23T07:03:00.0000000Z'] });
const tenant = z
  .string()
  .optional()
  .describe("The tenant's id.")
  .meta({ examples: ['11111111-2222-3333-4444-555555555555'] });
const table = z
  .string()
  .describe('The Advanced Hunting table.')
  .meta({ examples: ['DeviceProcessEvents'] });
const severity = z.enum(LEVELS);
const columns = z.record(z.string(), z.json());
const source = z
  .strictObject({
    name: z
      .string()
      .optional()
      .describe("The source's name in relay.yaml, where there are several.")
      .meta({ examples: ['emea'] }),
    blob: z
      .string()
      .describe('Container and name of the blob.')
      .meta({ examples: ['insights-logs-advancedhunting-deviceprocessevents/tenantId=.../PT1H.json'] }),
    offset: z
      .int()
      .min(0)
      .describe("The row's first byte in the blob (in a compressed blob: in what it holds).")
      .meta({ examples: [11_550] }),
  })
  .describe('Where the row stands.');

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
    .describe("The row's columns, behind the steps of the table file.")
    .meta({ examples: [{ DeviceName: 'ws-042.contoso.example' }] }),
  source,
});

const attack = z
  .strictObject({
    tactics: z
      .array(
        z.strictObject({
          name: z
            .string()
            .describe("The tactic's name.")
            .meta({ examples: ['Command and Control'] }),
          id: z
            .string()
            .describe("The tactic's id.")
            .meta({ examples: ['TA0011'] }),
        }),
      )
      .describe('Tactics among the tags.'),
    techniques: z
      .array(
        z.strictObject({
          id: z
            .string()
            .describe('Of a technique, or of a sub-technique.')
            .meta({ examples: ['T1059.001'] }),
          name: z
            .string()
            .optional()
            .describe('Absent for an id that ATT&CK 19.2 does not have.')
            .meta({ examples: ['Command and Scripting Interpreter: PowerShell'] }),
        }),
      )
      .describe(
        'Techniques among the tags; a technique is left out where one of its sub-techniques is there.',
      ),
  })
  .describe("What the rule's tags say of MITRE ATT&CK.");

const rule = z
  .strictObject({
    id: z
      .string()
      .optional()
      .describe("The rule's id. Routes of table files have none.")
      .meta({ examples: ['e011a729-98a6-4139-b5c4-bf6f6dd8239a'] }),
    title: z
      .string()
      .describe("The rule's title.")
      .meta({ examples: ['Download with certutil'] }),
    level: severity
      .optional()
      .describe("The rule's level.")
      .meta({ examples: ['high'] }),
    description: z.string().optional().describe('What the rule looks for.'),
    author: z.string().optional().describe('Who wrote the rule.'),
    tags: z
      .array(z.string())
      .optional()
      .describe('The tags as the rule has them.')
      .meta({ examples: [['attack.t1105']] }),
    references: z.array(z.string()).optional().describe('Where to read more.'),
    falsepositives: z.array(z.string()).optional().describe('What else may look like it.'),
  })
  .describe('The rule that raised the alert.');

const matched = z
  .array(
    z.strictObject({
      column: z
        .string()
        .describe('The column; a dotted path for what is inside it.')
        .meta({ examples: ['ProcessCommandLine'] }),
      value: z.json().describe('The value that made the rule match.'),
      cut: z
        .literal(true)
        .optional()
        .describe('The value is only the first 4,096 characters of a longer one, which the row has.'),
    }),
  )
  .max(50)
  .describe(
    'What made the rule match, at most 50 values. What a table file removed is `(removed by the table file)`.',
  );

const entities = z
  .array(
    z.strictObject({
      kind: z
        .enum(ENTITY_KINDS)
        .describe('What it is.')
        .meta({ examples: ['host'] }),
      name: z
        .string()
        .min(1)
        .max(512)
        .describe('What people call it, at most 512 characters.')
        .meta({ examples: ['ws-042.contoso.example'] }),
      id: z
        .string()
        .max(512)
        .optional()
        .describe(
          "The id that Defender's portal knows: device id, object id or SID of an account, SHA-256 or SHA-1, NetworkMessageId, id of an app or of a resource.",
        )
        .meta({ examples: ['d3adb33fd3adb33fd3adb33fd3adb33fd3adb33f'] }),
      column: z
        .string()
        .optional()
        .describe(
          'The column that names it, as Defender calls it: `FileName` is what ran, `InitiatingProcessFileName` what started it.',
        )
        .meta({ examples: ['DeviceName'] }),
    }),
  )
  .describe(
    'What the alert is about, at most 10 of a kind, by kind and within a kind the most telling first. Of a group: of all its alerts, at most 50 hosts and 10 of each other kind, in the order of their arrival.',
  );

const group = z
  .strictObject({
    phase: z
      .enum(['first', 'update'])
      .describe('`first` until a record of the group was accepted, then `update`.')
      .meta({ examples: ['update'] }),
    scope: z
      .enum(['group', 'rule'])
      .describe(
        '`rule`: the rule opened more than three groups in the window, and this one stands for all further alerts of it.',
      )
      .meta({ examples: ['group'] }),
    count: z
      .int()
      .min(1)
      .describe(
        'Alerts in the group so far. Of several records of one group the one with the highest count holds.',
      )
      .meta({ examples: [120] }),
    first_time: z
      .string()
      .describe('The earliest time of the events.')
      .meta({ examples: ['2026-11-25T21:21:45.1120000Z'] }),
    last_time: z
      .string()
      .describe('The latest time of the events.')
      .meta({ examples: ['2026-11-25T21:29:10.0040000Z'] }),
    by: z
      .array(
        z.strictObject({
          column: z.string().describe('The column.'),
          value: z.string().describe('Its value, as text.'),
        }),
      )
      .max(10)
      .describe('What the alerts have in common: the columns of `group_by`. Empty with the scope `rule`.')
      .meta({ examples: [[{ column: 'DeviceName', value: 'pc-27.contoso.example' }]] }),
    first_alert_id: id.describe('The alert id that the first alert would have by itself.'),
    more_entities: z
      .partialRecord(z.enum(ENTITY_KINDS), z.int().min(1))
      .optional()
      .describe('By kind, how many entities there are that `entities` does not list.')
      .meta({ examples: [{ host: 12 }] }),
  })
  .describe(
    'Present on a record that stands for a group of alerts, with `group_alerts: true`. The row, the event id, what matched and the title are those of the first alert.',
  );

const alertMembers = {
  kind: z.literal('alert').describe('What the record is.'),
  id: id
    .describe(
      "The alert id: a hash of the event id and the rule's id. Reading the row again gives the same one. Of a group: a hash of its first alert's id, the same for all records of the group.",
    )
    .meta({ examples: ['9c5f0e2a7d1b4c36a8e1f0b2d3c4a5e6'] }),
  event_id: eventId.describe('The event id of the row, which the event itself has as `id`.'),
  time: time.describe(
    "When it happened: `Timestamp` with all its digits, else the row's own `time`. Of a group: when its latest alert did.",
  ),
  received,
  tenant,
  table,
  severity: severity
    .optional()
    .describe('How grave the alert is. Of a group: its highest.')
    .meta({ examples: ['high'] }),
  title: z
    .string()
    .describe(
      "The alert's title: the rule's, or the one that its `title` with placeholders gives for this row.",
    )
    .meta({ examples: ['ws-042.contoso.example: download with certutil'] }),
  rule,
  matched,
  attack,
  entities,
  links: z
    .array(
      z.strictObject({
        label: z
          .string()
          .describe('What the page shows.')
          .meta({ examples: ['Device'] }),
        url: z
          .url()
          .describe("A page of Defender's portal.")
          .meta({ examples: ['https://security.microsoft.com/machines/v2/d3adb33f'] }),
      }),
    )
    .describe('Where to look further, where ids in the row allow it.'),
  group: group.optional(),
};

/** The `relay` shape of an alert. */
export const alertRecord = z.strictObject({
  ...alertMembers,
  event: columns
    .optional()
    .describe(
      "The row's columns, behind the steps of the table file. In Splunk only with `alert_columns: true`. Of a group: its first alert's, with long texts cut, at most 16 KiB.",
    )
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
    .describe("The row's columns, behind the steps of the table file.")
    .meta({ examples: [{ DeviceName: 'ws-042.contoso.example' }] }),
});

/** An event or an alert in the shape `ecs` or `ocsf`, whose own schemas say what is in it. */
const mapped = z.looseObject({}).describe('In the shapes `ecs` and `ocsf`.');

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
        .describe('How grave the alert is.')
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

const SCHEMAS: ReadonlyMap<string, { readonly title: string; readonly schema: z.ZodType }> = new Map([
  ['event.schema.json', { title: 'xdr-relay event, shape relay', schema: eventRecord }],
  ['alert.schema.json', { title: 'xdr-relay alert, shapes relay and raw', schema: alertRecord }],
  ['hec-event.schema.json', { title: 'xdr-relay event for Splunk HEC', schema: hecEvent }],
  ['hec-alert.schema.json', { title: 'xdr-relay alert for Splunk HEC', schema: hecAlert }],
  [
    'webhook.schema.json',
    {
      title: 'xdr-relay body of a webhook',
      schema: z.union([webhookBatch, webhookSingle, cloudEvent, z.array(cloudEvent).min(1)]),
    },
  ],
]);

/**
 * The JSON Schemas of what destinations send (draft 2020-12), by file name. They allow further members everywhere, because a later version
 * of the relay may add some.
 */
export function outputSchemas(): ReadonlyMap<string, object> {
  return new Map(
    [...SCHEMAS].map(([name, { title, schema }]) => [
      name,
      {
        title,
        ...z.toJSONSchema(schema, {
          reused: 'ref',
          override: ({ jsonSchema }) => {
            if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
          },
        }),
      },
    ]),
  );
}

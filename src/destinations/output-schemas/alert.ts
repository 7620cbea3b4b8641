/** The record of an alert, in the shapes `relay` and `raw`, as a schema. */
import { z } from 'zod';
import { ENTITY_KINDS } from '../../alerts/message.ts';
import { columns, eventId, id, received, severity, source, table, tenant, time } from './members.ts';

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
    .describe('How severe the alert is. Of a group: its highest severity.')
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
      "The row's columns, after the steps of the table file. In Splunk only with `alert_columns: true`. Of a group: its first alert's, with long texts cut, at most 16 KiB.",
    )
    .meta({ examples: [{ DeviceName: 'ws-042.contoso.example' }] }),
  source,
});

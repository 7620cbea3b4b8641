/** The page docs/outputs.md: every record that destinations send, from their schemas, with examples that the encoders make. */
import { z } from 'zod';
import type { EntityColumns, NameColumns } from '../../src/alerts/entities/columns.ts';
import { ENTITIES_BY_TABLE } from '../../src/alerts/entities/tables/index.ts';
import { ENTITY_KINDS } from '../../src/alerts/message.ts';
import { deadLetterRecord } from '../../src/delivery/dead-letter-schema.ts';
import { fileLines } from '../../src/destinations/file/encode.ts';
import { alertRecord } from '../../src/destinations/output-schemas/alert.ts';
import { eventRecord, rawRow } from '../../src/destinations/output-schemas/event.ts';
import { hecAlert, hecEvent } from '../../src/destinations/output-schemas/hec.ts';
import { cloudEvent, webhookBatch, webhookSingle } from '../../src/destinations/output-schemas/webhook.ts';
import type { Encoding } from '../../src/destinations/port.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { hecEvents } from '../../src/destinations/splunk-hec/encode.ts';
import { webhookConfig } from '../../src/destinations/webhook/config.ts';
import { webhookEvents } from '../../src/destinations/webhook/encode.ts';
import { unwrap } from '../../src/diagnostics/schema-walk.ts';
import { ByteWriter } from '../../src/shared/byte-writer.ts';
import { sampleAlert, sampleEvent, sampleGroup } from './sample-deliveries.ts';
import { metaOf, type Schema, typeText } from './schema-table.ts';

const INTRODUCTION = `# What destinations get

Generated from the schemas in \`src/destinations/output-schemas/\` by \`npm run generate\`: change it there. The examples are made by the code that
sends.

A destination for machines gets two kinds of records:

- An **event**: a row of Defender, after the filters and the steps of its table file.
- An **alert**: what a rule says of an event. It is a record of its own, with its own id, and names its event by \`event_id\`. One event that three
  rules match is one event and three alerts. Routes and the levels in relay.yaml decide whether a destination gets the event, its alerts or both ([rules.md](rules.md)).

| | event | alert |
| --- | --- | --- |
| shape \`relay\` | \`kind: "event"\` | \`kind: "alert"\` |
| shape \`raw\` | the row untouched, without a field for the kind | the alert as in \`relay\` |
| shape \`ecs\` | \`event.kind: "event"\` (of Defender's own alerts \`"alert"\`) | \`event.kind: "alert"\`, with \`rule.name\` |
| shape \`ocsf\` | the class of its table | class 2004, Detection Finding, with \`finding_info.analytic\` |
| Splunk HEC | \`kind=event\`, the destination's sourcetype | \`kind=alert\`, sourcetype \`xdr_relay:alert\` |
| webhook, \`standard\` | type \`defender.event\`, or \`defender.events\` for a batch | \`defender.alert\`, or \`defender.alerts\` if the whole batch is alerts |
| webhook, \`cloudevents\` | type \`defender.event\` | type \`defender.alert\` |
| webhook, header \`xdr-relay-kind\` | \`event\` | \`alert\`; \`mixed\` for a batch of both |
| Kafka, header \`ce_type\` | \`defender.event\` | \`defender.alert\` |

For all of them:

- **At least once, in the order of each blob.** After a crash a record may come again, with the same id and the same bytes, except for its place in the
  blob. Azure also writes 3 to 4 % of the rows twice; both have the same event id, and so their alerts have the same alert id. A receiver that keeps ids for an hour
  sees each once.
- **Transforms apply everywhere**: what a step of a table file removed, redacted or hashed is also removed, redacted or hashed in entities, titles and links of alerts, and among what
  matched.
- **An attacker may have chosen any string**, except ids, times, links and what comes from your own rules.
- **A row of a [sample](rules.md#samples-and-limits)** has the rate as a further column, \`xdr_relay_sample_rate\`.
- Fields that have no value are absent. Later versions may add fields; the JSON Schemas in \`schemas/\` allow that.
`;

const SPLUNK = `An alert does not repeat the columns of its row, so that nothing is indexed twice: \`event_id\` finds the row where it went to Splunk too, and what
matched and the entities are in the alert itself. \`alert_columns: true\` puts the columns into it.

Some fields are both in the record and among the index-time fields (\`kind\`, \`event_id\`, \`severity\`, \`table\`, \`tenant\`). Splunk would give them two equal values; the
add-on in \`deploy/splunk\` makes them one.

\`\`\`
index=defender_alerts sourcetype=xdr_relay:alert severity=critical | table _time alert_title entity_host entity_user technique
| tstats count where index=* sourcetype=xdr_relay:alert by rule_title entity_host
index=defender event_id=bca83535558a6a4b8f58d67371041266
\`\`\`
`;

const GROUPS = `### A group of alerts

With \`group_alerts: true\`, a destination for machines gets a record for each group of alerts of one rule, in place of one for each alert ([alerts.md](alerts.md)).
It is an alert's record with \`group\`: the first comes at once, later ones at most once in \`repeat\`, with the same \`id\` and a higher \`group.count\`. A receiver keeps the
latest by \`id\`; in Splunk: \`sourcetype=xdr_relay:alert | stats max(group_count) as alerts, latest(alert_title) by alert_id\`. Alerts of rules with
\`grouping: off\`, and those for which the state has no room, come as single ones, without \`group\`.

In the shape \`ecs\`, \`event.start\` and \`event.end\` are the first and the last time; in \`ocsf\`, \`count\`, \`start_time\` and \`end_time\`, and \`activity_id\` is 2 (Update) for
later records. Both have \`group\` in \`xdr_relay\` (in OCSF within \`unmapped\`).
`;

const RAW = `The shape \`raw\`, the default of Splunk HEC: the row as Defender wrote it, byte for byte where no step of a table file changes it. It has whatever
Defender writes, at least \`category\` and \`properties\`.`;

const REST = `## File

One record a line, as JSON, in the shape of the destination.
`;

const LETTERS = `A row or an alert that a destination refused for good, or a row that could not be read: a blob of its own in the container of dead letters, as JSON.
\`xdr-relay dead-letters show\` prints one; [operations.md](operations.md#dead-letters) says what to do with them.`;

const WEBHOOK = `## Webhook

The JSON Schema of the bodies in \`standard\` and \`cloudevents\`: [\`webhook.schema.json\`](../schemas/webhook.schema.json).

| Header | |
| --- | --- |
| \`webhook-id\` | Names the batch: the same on every retry. |
| \`webhook-timestamp\` | When it was sent, in seconds since 1970. |
| \`webhook-signature\` | By Standard Webhooks 1.0, where \`secrets\` are set: for each \`whsec_\` a signature \`v1,\` (HMAC), and for each \`whsk_\` one of \`v1a,\` (Ed25519), over the body before compression. |
| \`xdr-relay-kind\` | \`event\`, \`alert\` or \`mixed\`. |
| \`content-type\` | \`application/json\`, \`application/x-ndjson\`, \`application/cloudevents+json\` or \`application/cloudevents-batch+json\`. |
| \`content-encoding\` | \`gzip\`, with \`compression: gzip\`. |
| \`authorization\`, or the header that it names | What \`auth\` asks for. |
`;

const PLAIN = `### \`format: json\`, \`format: ndjson\`

The records alone: a JSON array of them, or, with \`mode: single\`, one; or one record a line, each with a line feed at its end.
`;

/** The text of docs/outputs.md. */
export function outputsPage(): string {
  const hec = (over: object) =>
    hecEvents(
      splunkHecConfig.parse({ type: 'splunk_hec', url: 'https://splunk.example', token: 't', ...over }),
      'raw',
    );
  const hook = (over: object) =>
    webhookEvents(webhookConfig.parse({ type: 'webhook', url: 'https://soar.example', ...over }), 'relay');
  const file = fileLines({ type: 'file', path: '-' } as Parameters<typeof fileLines>[0], 'relay');
  return [
    INTRODUCTION,
    section('## Event', 'The shape `relay`: the default of webhooks, Kafka and files.', {
      schema: eventRecord,
      file: 'event.schema.json',
    }),
    example(file, sampleEvent),
    section('## Alert', 'The shapes `relay` and `raw`.', { schema: alertRecord, file: 'alert.schema.json' }),
    example(file, sampleAlert),
    GROUPS,
    example(file, sampleGroup),
    entitiesSection(),
    section('## Raw row', RAW, { schema: rawRow, file: 'row.schema.json' }),
    '## ECS and OCSF\n\nTheir fields are in [shapes.md](shapes.md), for each table and column.\n',
    section('## Splunk HEC: event', 'One of the events in the body of a request.', {
      schema: hecEvent,
      file: 'hec-event.schema.json',
      leaveOut: ['event'],
    }),
    example(hec({ index: 'defender' }), sampleEvent),
    section('## Splunk HEC: alert', SPLUNK, {
      schema: hecAlert,
      file: 'hec-alert.schema.json',
      leaveOut: ['event'],
    }),
    example(hec({ index: 'defender', alert_index: 'defender_alerts' }), sampleAlert),
    WEBHOOK,
    section('### `format: standard`, `mode: batch`', 'The default.', {
      schema: webhookBatch,
      leaveOut: ['data.events'],
    }),
    section('### `format: standard`, `mode: single`', 'One record in each request.', {
      schema: webhookSingle,
      leaveOut: ['data'],
    }),
    section(
      '### `format: cloudevents`',
      'One of them in `mode: single`, a list of them in `mode: batch`. In `mode: binary` the body is `data`, and the other fields are headers of the same names with `ce-` before them; what is no visible ASCII there, and `"` and `%`, is percent-encoded (CloudEvents HTTP protocol binding 1.0, section 3.1.3.2).',
      {
        schema: cloudEvent,
        leaveOut: ['data'],
      },
    ),
    example(hook({ format: 'cloudevents' }), sampleAlert),
    PLAIN,
    REST,
    section('## Dead letters', LETTERS, {
      schema: deadLetterRecord,
      file: 'dead-letter.schema.json',
    }),
  ].join('\n');
}

interface Described {
  readonly schema: z.ZodObject;
  /** The JSON Schema in schemas/, where it has one of its own. */
  readonly file?: string;
  /** Paths whose insides have a section of their own. */
  readonly leaveOut?: readonly string[];
}

function section(heading: string, about: string, { schema, file, leaveOut = [] }: Described): string {
  const link = file === undefined ? '' : `\n\nJSON Schema: [\`${file}\`](../schemas/${file}).`;
  const rows = rowsOf(schema, '', leaveOut).map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  return `${heading}\n\n${about.trim()}${link}\n\n${['| Field | Type | Example | |', '|---|---|---|---|', ...rows].join('\n')}\n`;
}

type Cells = readonly [field: string, type: string, example: string, meaning: string];

/** The members of an object and of everything within it. @param leaveOut paths whose insides have a section of their own. */
function rowsOf(schema: z.ZodObject, prefix: string, leaveOut: readonly string[]): readonly Cells[] {
  return Object.entries(schema.shape).flatMap(([name, field]: [string, Schema]) => {
    const path = prefix + name;
    const inside = leaveOut.includes(path) ? undefined : objectIn(field);
    const rows = inside ? rowsOf(inside.object, `${path}${inside.isList ? '[]' : ''}.`, leaveOut) : [];
    return [rowOf(path, field), ...rows];
  });
}

function rowOf(path: string, field: Schema): Cells {
  const { description = '', examples } = metaOf(field);
  const sample: unknown = Array.isArray(examples) ? examples[0] : undefined;
  const isOptional = field instanceof z.ZodOptional;
  return [
    `\`${path}\`${isOptional ? '' : ' **always**'}`,
    fieldType(field),
    sample === undefined ? '' : `\`${typeof sample === 'string' ? sample : JSON.stringify(sample)}\``,
    description,
  ];
}

function fieldType(field: Schema): string {
  const { schema } = unwrap(field);
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return 'object';
  if (schema instanceof z.ZodUnion) return 'object';
  if (schema instanceof z.ZodLazy) return 'any JSON value';
  if (schema instanceof z.ZodLiteral)
    return [...schema.values].map((value) => `\`${String(value)}\``).join(', ');
  if (schema instanceof z.ZodArray) {
    return unwrap(schema.element).schema instanceof z.ZodString ? 'list of strings' : 'list of objects';
  }
  return typeText(field);
}

function objectIn(field: Schema): { readonly object: z.ZodObject; readonly isList: boolean } | undefined {
  const { schema } = unwrap(field);
  if (schema instanceof z.ZodObject) return { object: schema, isList: false };
  if (!(schema instanceof z.ZodArray)) return undefined;
  const { schema: element } = unwrap(schema.element);
  return element instanceof z.ZodObject ? { object: element, isList: true } : undefined;
}

function example(encoding: Encoding, delivery: Parameters<Encoding['write']>[0]): string {
  const writer = new ByteWriter();
  encoding.write(delivery, writer);
  const value: unknown = JSON.parse(new TextDecoder().decode(writer.slice()));
  return `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\`\n`;
}

function entitiesSection(): string {
  const rows = Object.entries(ENTITIES_BY_TABLE)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([table, entities]) => `| ${table} | ${entities.length === 0 ? 'none' : kindsOf(entities)} |`);
  return [
    '### Entities by table',
    '',
    'Which columns name what, for each table of Advanced Hunting; of columns with `/` between them, the first that has a value. Rows of a table that',
    'is not listed are read by the usual names of columns.',
    '',
    '| Table | Entities |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function kindsOf(entities: readonly EntityColumns[]): string {
  return ENTITY_KINDS.flatMap((kind) => {
    const names = entities.filter((one) => one.kind === kind).map(columnsOf);
    return names.length === 0 ? [] : [`**${kind}**: ${names.join(', ')}`];
  }).join('; ');
}

function columnsOf({ name, id = [], each }: EntityColumns): string {
  const columns = name.length > 0 ? name.map(nameText) : id;
  const text = columns.join(' / ');
  return each === undefined ? text : `each of ${each}`;
}

function nameText(name: NameColumns): string {
  if (typeof name === 'string') return name;
  if ('lastPartOf' in name) return name.lastPartOf;
  return 'account' in name ? `${name.domain}\\\\${name.account}` : `${name.folder} with ${name.file}`;
}

/** One delivery as a record of the Logs Ingestion API: an object whose members are the columns of a stream. */
import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { JsonValue } from '../../shared/json.ts';
import { alertFacts, groupFacts, isAlert } from '../alert-record.ts';
import type { ReportAlteration } from '../alteration.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
import type { Delivery, Encoding } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import { timestampOf } from '../timestamp.ts';
import type { SentinelConfig } from './config.ts';
import { reportCut, reportLongJson } from './cut.ts';
import { declaredColumns, type Edition } from './editions.ts';
import { fitted } from './fitting.ts';
import { OTHER_COLUMNS } from './streams.ts';

interface SentinelSettings extends EncodingSettings {
  readonly shape: Shape;
  readonly edition: Edition;
  readonly alertColumns: boolean;
}

/**
 * In the shape `raw`, a row's columns are the columns of its table's stream, and an alert has a stream of its own. In any other shape the
 * record stands whole in the column `Record`.
 */
export function sentinelRecords({ columns, alert_columns }: SentinelConfig, shape: Shape): Encoding {
  return encodingBy(
    { kind: 'sentinel', shape, edition: columns, alertColumns: alert_columns },
    ({ shape: wanted, edition, alertColumns }: SentinelSettings) => {
      if (wanted !== 'raw') {
        return (delivery, writer, report) => writeRecord(wanted, { delivery, writer, report });
      }
      return (delivery, writer, report) => {
        if (isAlert(delivery.head)) writeAlert(alertColumns, { delivery, writer, report });
        else writeEvent(edition, { delivery, writer, report });
      };
    },
    { separator: ',' },
  );
}

/** What is written, to where, and who is told of what does not arrive whole. */
interface Writing {
  readonly delivery: Delivery;
  readonly writer: ByteWriter;
  readonly report: ReportAlteration | undefined;
}

/** The beginning of every record. What is undefined is left out, and empty in the table. */
function headOf({ head }: Delivery): Readonly<Record<string, JsonValue | undefined>> {
  return {
    TimeGenerated: timestampOf(head),
    RelayEventId: head.id,
    RelayTenant: head.tenant,
    RelaySeverity: head.severity,
  };
}

function writeEvent(edition: Edition, { delivery, writer, report }: Writing): void {
  const { head, event } = delivery;
  const declared = declaredColumns(edition, head.table);
  writer.text(JSON.stringify(headOf(delivery)).slice(0, -1));
  const others: [string, JsonValue][] = [];
  const filled = new Set<string>();
  for (const [name, value] of Object.entries(event)) {
    // Empty and absent are the same in a table.
    if (value === null) continue;
    const column = declared.get(name);
    const fitting = column && fitted(value, column.type);
    if (column === undefined || fitting === undefined || filled.has(column.name)) {
      others.push([name, value]);
      continue;
    }
    filled.add(column.name);
    writer.text(`,"${column.name}":`);
    const start = writer.length;
    writer.json(fitting);
    reportCut(column.name, fitting, writer.length - start, report);
  }
  const start = writer.length;
  others.forEach(([name, value], index) => {
    writer.text(index === 0 ? `,"${OTHER_COLUMNS}":{` : ',');
    writer.json(name);
    writer.text(':');
    writer.json(value);
  });
  reportLongJson(OTHER_COLUMNS, writer.length - start, report);
  writer.text(`${others.length > 0 ? '}' : ''},"RelaySource":${JSON.stringify(head.source)}}`);
}

function writeAlert(columns: boolean, { delivery, writer, report }: Writing): void {
  const { head } = delivery;
  const { title, rule, matched, attack, entities, links } = alertFacts(delivery);
  const facts = {
    ...headOf(delivery),
    RelayAlertId: head.alertId,
    RelayTable: head.table,
    AlertTitle: title,
    RuleId: rule.id,
    RuleTitle: rule.title,
    Rule: rule,
    Matched: matched,
    Attack: attack,
    Entities: entities,
    Links: links,
    AlertGroup: groupFacts(delivery),
  };
  const text = JSON.stringify(facts);
  writer.text(text.slice(0, -1));
  if (report && text.length > SHORT) {
    for (const [name, value] of Object.entries(facts)) reportLongJson(name, bytesOf(value), report);
  }
  if (columns) {
    writer.text(',"Event":');
    const start = writer.length;
    delivery.writeEvent(writer);
    reportLongJson('Event', writer.length - start, report);
  }
  writer.text(`,"RelaySource":${JSON.stringify(head.source)}}`);
}

function writeRecord(shape: Shape, { delivery, writer, report }: Writing): void {
  const { head } = delivery;
  const facts = {
    ...headOf(delivery),
    RelayAlertId: head.alertId,
    RelayTable: head.table,
    RelayKind: isAlert(head) ? 'alert' : 'event',
  };
  writer.text(`${JSON.stringify(facts).slice(0, -1)},"Record":`);
  const start = writer.length;
  writeShape(shape, delivery, writer);
  reportLongJson('Record', writer.length - start, report);
  writer.text('}');
}

/** Characters: no field of a shorter record, of at most three bytes each, is longer than Azure Monitor takes. */
const SHORT = 20_000;

/** Bytes of the JSON text. */
function bytesOf(value: unknown): number {
  return value === undefined ? 0 : new TextEncoder().encode(JSON.stringify(value)).length;
}

/** One delivery as a log record of OpenTelemetry, and a batch of them as an ExportLogsServiceRequest in JSON. */
import { ByteWriter } from '../../shared/byte-writer.ts';
import type { Level } from '../../shared/event.ts';
import { ExactNumber } from '../../shared/exact-number.ts';
import { parseExact } from '../../shared/exact-numbers.ts';
import { parseEventTime } from '../../shared/instant.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { anyValue, keyValues } from '../../shared/otlp-values.ts';
import { VERSION } from '../../shared/version.ts';
import { isAlert } from '../alert-record.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
import type { Batch, EncodedDelivery, Encoding, EnvelopeHead } from '../port.ts';
import { recordId } from '../record-id.ts';
import { type Shape, writeShape } from '../shapes.ts';
import type { OtlpConfig } from './config.ts';

interface OtlpSettings extends EncodingSettings {
  readonly shape: Shape;
}

const SEPARATOR = ',';
const SCOPE = JSON.stringify({ name: 'xdr-relay', version: VERSION });
/** What wrote the rows, for all tenants. */
const RESOURCE: JsonObject = { 'service.name': 'microsoft-defender-xdr', 'cloud.provider': 'azure' };

/**
 * `SeverityNumber` by the level (OpenTelemetry, "Logs Data Model", Mapping of SeverityNumber): of several levels within one range, the
 * worse one has the higher number.
 */
const SEVERITIES: Readonly<Record<Level, number>> = {
  informational: 9,
  low: 10,
  medium: 13,
  high: 17,
  critical: 18,
};

/**
 * Each delivery becomes a LogRecord (opentelemetry-proto, logs/v1/logs.proto). The body is the record in the destination's shape as a map,
 * as the data model wants of structured logs. There is no event name: records with one are events of OpenTelemetry, which have no body.
 * `log.record.uid` is the event's id, or the alert's: records with equal ones are duplicates (semantic conventions, "General logs
 * attributes").
 */
export function logRecords(_config: OtlpConfig, shape: Shape): Encoding {
  return encodingBy({ kind: 'otlp', shape }, logRecord, { separator: SEPARATOR });
}

function logRecord({ shape }: OtlpSettings): Encoding['write'] {
  const scratch = new ByteWriter();
  const decoder = new TextDecoder();
  return (delivery, writer, report) => {
    const { head } = delivery;
    scratch.truncate(0);
    writeShape(shape, delivery, scratch);
    const text = decoder.decode(scratch.peek());
    const record = parseExact(text);
    // Only an escape can hold half a character.
    if (report && text.includes('\\u') && hasHalf(record)) report({ kind: 'characters', field: 'body' });
    writer.text(
      JSON.stringify({
        ...timesOf(head),
        ...severityOf(head),
        body: anyValue(record),
        ...attributesOf(head),
      }),
    );
  };
}

/** Whether a text in it has half a character, for which Protobuf's strings have no form. */
function hasHalf(value: JsonValue): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return false;
  return Object.values(value).some(hasHalf);
}

/** A time that is not known is absent. */
function timesOf({ time, received }: EnvelopeHead) {
  const at = nanoseconds(time);
  const observed = nanoseconds(received) ?? at;
  return {
    ...(at !== undefined && { timeUnixNano: at }),
    ...(observed !== undefined && { observedTimeUnixNano: observed }),
  };
}

/** Nanoseconds since the epoch as a decimal literal, with all digits of the time. */
function nanoseconds(text: string | undefined): string | undefined {
  const instant = text === undefined ? undefined : parseEventTime(text);
  if (instant === undefined || instant.seconds > LAST_SECOND) return undefined;
  return `${instant.seconds}${instant.fraction.padEnd(9, '0')}`.replace(/^0+(?=\d)/, '');
}

/** The times of OTLP are unsigned 64-bit integers, which end in the year 2554. */
const LAST_SECOND = 18_446_744_072;

/** Rows without a level have none: they are neither errors nor known to be harmless. */
function severityOf({ severity }: EnvelopeHead) {
  return severity === undefined ? {} : { severityNumber: SEVERITIES[severity], severityText: severity };
}

/** By the semantic conventions where they have an attribute ("Security rule"), else in the relay's own namespace. */
function attributesOf(head: EnvelopeHead) {
  const { id, table, rule } = head;
  const common = { 'log.record.uid': recordId(head), 'xdr_relay.table': table };
  if (!isAlert(head)) return { attributes: keyValues({ ...common, 'xdr_relay.kind': 'event' }) };
  return {
    attributes: keyValues({
      ...common,
      'xdr_relay.kind': 'alert',
      'xdr_relay.event_id': id,
      ...(rule?.title !== undefined && { 'security_rule.name': rule.title }),
      ...(rule?.id !== undefined && { 'security_rule.uuid': rule.id }),
    }),
  };
}

/** What a request has beside its records, unless it has many tenants. Bytes. */
export const FRAME = 1024;

/** Writes the body of a request. The records of each tenant have a resource of their own. Returns a view of the writer's buffer. */
export function logsRequest(
  { resource }: Pick<OtlpConfig, 'resource'>,
  { items, body }: Batch,
  writer: ByteWriter,
): Uint8Array<ArrayBuffer> {
  const byTenant = Map.groupBy(items, ({ head }) => head.tenant);
  writer.text('{"resourceLogs":[');
  let isFirst = true;
  for (const [tenant, own] of byTenant) {
    if (!isFirst) writer.text(',');
    isFirst = false;
    const attributes = keyValues({
      ...RESOURCE,
      ...resource,
      ...(tenant !== undefined && { 'azure.tenant.id': tenant }),
    });
    writer.text(
      `{"resource":${JSON.stringify({ attributes })},"scopeLogs":[{"scope":${SCOPE},"logRecords":[`,
    );
    if (byTenant.size === 1) body.copy(writer);
    else writeEach(own, writer);
    writer.text(']}]}');
  }
  writer.text(']}');
  return writer.peek();
}

function writeEach(items: readonly EncodedDelivery[], writer: ByteWriter): void {
  for (const [at, item] of items.entries()) {
    if (at > 0) writer.text(SEPARATOR);
    writer.bytes(item.payload());
  }
}

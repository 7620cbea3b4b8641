/**
 * Reads an ExportLogsServiceRequest of OTLP in its JSON form.
 *
 * Sources: https://opentelemetry.io/docs/specs/otlp/#otlphttp,
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto (LogRecord),
 * https://opentelemetry.io/docs/specs/otel/logs/data-model/ (severity numbers 1 to 24, times, event name),
 * https://opentelemetry.io/docs/specs/semconv/resource/service/ (`service.name` is required).
 */
import {
  anyValueOf,
  attributesOf,
  BadRecord,
  idOf,
  type Message,
  messageOf,
  type Remark,
  repeated,
  stringOf,
  uint32Of,
  uint64Of,
} from './otlp-values.ts';

/** A log record as it was received. */
export interface ReceivedLog {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
  /** Nanoseconds since the epoch; 0 if unknown. */
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  /** 0 to 24; 0 if unspecified. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  /** Undefined if it is empty. */
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId?: string;
  readonly spanId?: string;
}

export interface LogsRequest {
  readonly logs: readonly ReceivedLog[];
  /** Why records were rejected, one entry for each. */
  readonly rejected: readonly string[];
}

const RECORD = [
  'timeUnixNano',
  'observedTimeUnixNano',
  'severityNumber',
  'severityText',
  'body',
  'attributes',
  'droppedAttributesCount',
  'flags',
  'traceId',
  'spanId',
  'eventName',
];

/**
 * The records of a request. `reject` says why a server would not take one. Throws BadData if the request cannot be decoded.
 */
export function logsOf(
  value: unknown,
  remark: Remark,
  reject: (log: ReceivedLog) => string | undefined,
): LogsRequest {
  const request = messageOf(value, 'request', ['resourceLogs'], remark);
  const logs: ReceivedLog[] = [];
  const rejected: string[] = [];
  const take = (read: () => ReceivedLog): void => {
    try {
      const log = read();
      const why = reject(log);
      if (why === undefined) logs.push(log);
      else rejected.push(why);
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      rejected.push(error.message);
    }
  };
  repeated(request, 'resourceLogs', (each, path) => {
    const own = messageOf(each, path, ['resource', 'scopeLogs', 'schemaUrl'], remark);
    stringOf(own, 'schemaUrl');
    const resource = resourceOf(own);
    repeated(own, 'scopeLogs', (scopeLogs, at) => takeScope(scopeLogs, at, { resource, remark, take }));
  });
  if (logs.length + rejected.length === 0) remark('request: no log records');
  return { logs, rejected };
}

interface Taking {
  /** Throws BadRecord if the attributes of the resource break the data model. */
  readonly resource: () => ReceivedLog['resource'];
  readonly remark: Remark;
  readonly take: (read: () => ReceivedLog) => void;
}

function takeScope(value: unknown, path: string, { resource, remark, take }: Taking): void {
  const own = messageOf(value, path, ['scope', 'logRecords', 'schemaUrl'], remark);
  stringOf(own, 'schemaUrl');
  const known = ['name', 'version', 'attributes', 'droppedAttributesCount'];
  const scope = messageOf(own.fields.scope ?? {}, `${path}.scope`, known, remark);
  const head = { name: stringOf(scope, 'name'), version: stringOf(scope, 'version') };
  repeated(own, 'logRecords', (record, at) => {
    const message = messageOf(record, at, RECORD, remark);
    take(() => ({ resource: resource(), scope: head, ...recordOf(message) }));
  });
}

function resourceOf({ fields, path, remark }: Message): Taking['resource'] {
  const known = ['attributes', 'droppedAttributesCount', 'entityRefs'];
  const message = messageOf(fields.resource ?? {}, `${path}.resource`, known, remark);
  const names = repeated(message, 'attributes', (each, at) =>
    stringOf(messageOf(each, at, ['key', 'value'], remark), 'key'),
  );
  if (!names.includes('service.name')) remark(`${path}.resource: no service.name`);
  return () => attributesOf(message, 'attributes');
}

function recordOf(message: Message): Omit<ReceivedLog, 'resource' | 'scope'> {
  const { path, fields, remark } = message;
  const severityNumber = uint32Of(message, 'severityNumber');
  const flags = uint32Of(message, 'flags');
  uint32Of(message, 'droppedAttributesCount');
  const traceId = idOf(message, 'traceId', 32);
  const spanId = idOf(message, 'spanId', 16);
  const read = {
    timeUnixNano: uint64Of(message, 'timeUnixNano'),
    observedTimeUnixNano: uint64Of(message, 'observedTimeUnixNano'),
    severityNumber,
    severityText: stringOf(message, 'severityText'),
    eventName: stringOf(message, 'eventName'),
    body: anyValueOf(fields.body ?? {}, `${path}.body`, remark),
    attributes: attributesOf(message, 'attributes'),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
  };
  if (severityNumber > 24) throw new BadRecord(`${path}.severityNumber: ${severityNumber} is not 0 to 24`);
  if (flags > 0xff) remark(`${path}.flags: reserved bits are not 0`);
  if (spanId !== undefined && traceId === undefined) remark(`${path}.spanId: without a traceId`);
  if (read.observedTimeUnixNano === 0n) remark(`${path}.observedTimeUnixNano: missing`);
  return read;
}

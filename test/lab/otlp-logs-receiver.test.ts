/** The OTLP receiver takes logs as the protocol demands, refuses what it forbids, and notes what it only discourages. */
import { gzipSync } from 'node:zlib';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type OtlpReceiver,
  type OtlpReceiverOptions,
  otlpFailure,
  startOtlpReceiver,
} from '../../lab/receivers/otlp.ts';

const NANOS = '1764241200123456789';
const open: OtlpReceiver[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function start(options: OtlpReceiverOptions = {}) {
  const receiver = await startOtlpReceiver(options);
  open.push(receiver);
  const send = async (body: string | Buffer, headers: Record<string, string> = {}, method = 'POST') => {
    const reply = await fetch(`${receiver.origin}/v1/logs`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method !== 'GET' && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
    return { status: reply.status, headers: reply.headers, json: JSON.parse(await reply.text()) };
  };
  return { receiver, send };
}

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'xdr-relay' } }] };
const good = {
  timeUnixNano: NANOS,
  observedTimeUnixNano: NANOS,
  severityNumber: 13,
  severityText: 'Medium',
  body: { stringValue: 'é' },
  attributes: [{ key: 'n', value: { intValue: '9007199254740993' } }],
  traceId: '5B8EFFF798038103D269B633813FC60C',
  spanId: 'EEE19B7EC3C1B174',
  flags: 1,
  eventName: 'alert',
};
const withRecords = (...logRecords: unknown[]) => ({
  resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 's', version: '1' }, logRecords }] }],
});
const request = (...records: unknown[]) => JSON.stringify(withRecords(...records));
const nested = (depth: number): unknown =>
  depth === 0 ? { intValue: '1' } : { arrayValue: { values: [nested(depth - 1)] } };
const but = (over: Record<string, unknown>) => request({ ...good, ...over });

describe('the OTLP receiver takes logs', () => {
  it('with all their fields, and answers with an empty message', async () => {
    const { receiver, send } = await start();
    const { status, headers, json } = await send(request(good));
    expect([status, headers.get('content-type'), json]).toEqual([200, 'application/json', {}]);
    expect(receiver.logs).toEqual([
      {
        resource: { 'service.name': 'xdr-relay' },
        scope: { name: 's', version: '1' },
        timeUnixNano: 1764241200123456789n,
        observedTimeUnixNano: 1764241200123456789n,
        severityNumber: 13,
        severityText: 'Medium',
        eventName: 'alert',
        body: 'é',
        attributes: { n: 9007199254740993n },
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
      },
    ]);
    expect(receiver.remarks).toEqual([]);
    expect(receiver.counts.events).toBe(1);
  });

  it('with values of each kind, in gzip', async () => {
    const { receiver, send } = await start();
    const values = [
      { boolValue: false },
      { intValue: '-3' },
      { doubleValue: 0.5 },
      { doubleValue: 'NaN' },
      { bytesValue: 'AQI=' },
      { arrayValue: {} },
      { kvlistValue: { values: [{ key: 'a', value: { stringValue: '' } }] } },
    ];
    const body = but({ body: { arrayValue: { values } } });
    expect((await send(gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(receiver.logs[0]?.body).toEqual([false, -3, 0.5, Number.NaN, Buffer.from([1, 2]), [], { a: '' }]);
    expect(receiver.remarks).toEqual([]);
  });

  it('of OpenTelemetry’s own exporter', async () => {
    const { receiver } = await start({ headers: { 'x-key': 'k' } });
    const exporter = new OTLPLogExporter({ url: `${receiver.origin}/v1/logs`, headers: { 'x-key': 'k' } });
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': 'other' }),
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    provider.getLogger('lab', '2').emit({
      timestamp: 1_764_241_200_123,
      severityNumber: 17,
      severityText: 'High',
      eventName: 'alert',
      body: { title: 'é', count: 3 },
      attributes: { 'event.id': 'a', list: ['x', 'y'], part: 0.5, whole: 7, isNew: true },
    });
    await provider.forceFlush();
    await provider.shutdown();
    expect(receiver.complaints).toEqual([]);
    expect(receiver.logs).toEqual([
      expect.objectContaining({
        resource: expect.objectContaining({ 'service.name': 'other' }),
        scope: { name: 'lab', version: '2' },
        timeUnixNano: 1764241200123000000n,
        severityNumber: 17,
        body: { title: 'é', count: 3 },
        attributes: { 'event.id': 'a', list: ['x', 'y'], part: 0.5, whole: 7, isNew: true },
      }),
    ]);
  });

  it('in part: it rejects records that break the data model, or that a test does not want', async () => {
    const rejectLog: OtlpReceiverOptions['rejectLog'] = ({ body }) =>
      body === 'no' ? 'not wanted' : undefined;
    const { receiver, send } = await start({ rejectLog });
    const twice = [...good.attributes, ...good.attributes];
    const { status, json } = await send(
      request(
        good,
        { ...good, attributes: twice },
        { ...good, severityNumber: 25 },
        { ...good, body: { stringValue: 'no' } },
      ),
    );
    expect(status).toBe(200);
    expect(json).toEqual({
      partialSuccess: {
        rejectedLogRecords: '3',
        errorMessage: 'request.resourceLogs[0].scopeLogs[0].logRecords[1].attributes: the key n twice',
      },
    });
    expect(receiver.logs).toHaveLength(1);
    expect((await send(but({ body: { stringValue: 'no' } }))).json.partialSuccess).toEqual({
      rejectedLogRecords: '1',
      errorMessage: 'not wanted',
    });
    expect(
      (await send(but({ attributes: [{ key: '', value: { intValue: '1' } }] }))).json.partialSuccess,
    ).toMatchObject({
      rejectedLogRecords: '1',
      errorMessage: expect.stringContaining('an empty key'),
    });
  });

  it('with a warning, and with failures that a client may try again', async () => {
    const failures = [otlpFailure(429, 'slowly', 7), otlpFailure(503, 'down'), undefined];
    const { send } = await start({ warning: () => 'soon no more', fault: () => failures.shift() });
    const full = await send(request(good));
    expect([full.status, full.headers.get('retry-after'), full.json]).toEqual([
      429,
      '7',
      { code: 3, message: 'slowly' },
    ]);
    expect((await send(request(good))).headers.get('retry-after')).toBe(null);
    expect((await send(request(good))).json).toEqual({ partialSuccess: { errorMessage: 'soon no more' } });
  });

  it.each([
    ['an unknown field', but({ time_unix_nano: NANOS }), 'time_unix_nano: an unknown field is ignored'],
    ['a number for 64 bits', but({ timeUnixNano: 1_764_241_200_000_000_000 }), 'timeUnixNano: a number'],
    ['no time of observation', but({ observedTimeUnixNano: undefined }), 'observedTimeUnixNano: missing'],
    ['a trace id of other length', but({ traceId: 'ab' }), 'traceId: no valid id'],
    ['a trace id of zeros', but({ traceId: '0'.repeat(32) }), 'traceId: no valid id'],
    ['a span without a trace', but({ traceId: undefined }), 'spanId: without a traceId'],
    ['reserved flags', but({ flags: 256 }), 'flags: reserved bits are not 0'],
    ['null', but({ severityText: null }), 'severityText: null stands for a default'],
    ['an attribute without a value', but({ attributes: [{ key: 'a' }] }), 'value: an empty value'],
    [
      'no service',
      JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [good] }] }] }),
      'resource: no service.name',
    ],
    ['no records', '{}', 'request: no log records'],
  ])('with a remark on %s', async (_, body, remark) => {
    const { receiver, send } = await start();
    expect(await send(body)).toMatchObject({ status: 200, json: {} });
    expect(receiver.remarks).toContainEqual(expect.stringContaining(remark));
  });
});

describe('the OTLP receiver refuses logs', () => {
  const cases: readonly (readonly [string, string | Buffer, Record<string, string>, number, string])[] = [
    ['in Protobuf', request(good), { 'content-type': 'application/x-protobuf' }, 415, 'not application/json'],
    ['in another encoding', request(good), { 'content-encoding': 'deflate' }, 415, 'not gzip'],
    ['that are not the gzip they say', request(good), { 'content-encoding': 'gzip' }, 400, 'not gzip'],
    ['that are not UTF-8', Buffer.from(request(good), 'latin1'), {}, 400, 'not UTF-8'],
    ['that are no JSON', '{"resourceLogs":', {}, 400, 'not JSON'],
    ['in lines', `${request(good)}\n${request(good)}`, {}, 400, 'not JSON'],
    ['in a list', `[${request(good)}]`, {}, 400, 'request: not an object'],
    ['with a field twice', `{"resourceLogs":[],"resourceLogs":[]}`, {}, 400, 'resourceLogs twice'],
    [
      'with records that are no list',
      JSON.stringify({ resourceLogs: [{ scopeLogs: {} }] }),
      {},
      400,
      'scopeLogs: not a list',
    ],
    [
      'with the name of a severity',
      but({ severityNumber: 'SEVERITY_NUMBER_WARN' }),
      {},
      400,
      'severityNumber: not an integer',
    ],
    [
      'with a time as text',
      but({ timeUnixNano: '2026-11-27T11:00:00Z' }),
      {},
      400,
      'timeUnixNano: not an integer',
    ],
    ['with a time in fractions', but({ timeUnixNano: 1.5 }), {}, 400, 'timeUnixNano: not an integer'],
    ['with a time before 1970', but({ timeUnixNano: '-1' }), {}, 400, 'timeUnixNano: out of range'],
    ['with a body that is a string', but({ body: 'x' }), {}, 400, 'body: not an object'],
    [
      'with two values in one',
      but({ body: { stringValue: 'x', intValue: '1' } }),
      {},
      400,
      'stringValue and intValue at once',
    ],
    ['with a list as value', but({ body: { arrayValue: [] } }), {}, 400, 'arrayValue: not an object'],
    ['with attributes in an object', but({ attributes: { n: 1 } }), {}, 400, 'attributes: not a list'],
    [
      'with a plain attribute',
      but({ attributes: [{ key: 'n', value: 'x' }] }),
      {},
      400,
      'value: not an object',
    ],
    ['with an integer in fractions', but({ body: { intValue: 1.5 } }), {}, 400, 'intValue: not an integer'],
    [
      'with an integer of more than 64 bits',
      but({ body: { intValue: '9223372036854775808' } }),
      {},
      400,
      'out of range',
    ],
    ['with a value that is deep', but({ body: nested(65) }), {}, 400, 'nested too deeply'],
    [
      'with a trace id in base64',
      but({ traceId: 'W47/95gDgQPSabYzgT/GDA==' }),
      {},
      400,
      'traceId: not hexadecimal',
    ],
  ];
  it.each(cases)('%s', async (...[, body, headers, status, why]) => {
    const { receiver, send } = await start();
    const reply = await send(body, headers);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/json']);
    expect(reply.json).toEqual({ code: 3, message: expect.stringContaining(why) });
    expect(receiver.logs).toEqual([]);
    expect(receiver.counts).toMatchObject({ refused: 1, events: 0 });
  });

  it('without the header that they must have, by another method, or longer than the limit', async () => {
    const { send } = await start({ headers: { authorization: 'Bearer a' }, maxBytes: 1_000 });
    expect((await send(request(good))).status).toBe(401);
    expect((await send(request(good), { authorization: 'Bearer a' }, 'PUT')).status).toBe(405);
    const long = gzipSync(but({ severityText: 'x'.repeat(1_000) }));
    const headers = { authorization: 'Bearer a', 'content-encoding': 'gzip' };
    expect((await send(long, headers)).status).toBe(413);
  });
});

/** What an OTLP endpoint is sent, and what its replies mean. */
import { afterEach, describe, expect, it } from 'vitest';
import { type OtlpReceiverOptions, startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import type { Alteration } from '../../src/destinations/alteration.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import { otlpConfig } from '../../src/destinations/otlp/config.ts';
import { logsUrl } from '../../src/destinations/otlp/send.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { ByteWriter } from '../../src/shared/byte-writer.ts';
import type { Envelope } from '../../src/shared/event.ts';
import { ExactNumber } from '../../src/shared/exact-number.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { depsOf } from './deps.ts';
import { itemsFor, senderTo } from './register-delivery-tests.ts';
import { alert, batchOf, deliveryOf, envelope, groupRecord } from './samples.ts';

const signal = new AbortController().signal;

describe('otlp', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(over: Record<string, unknown> = {}, options: OtlpReceiverOptions = {}) {
    const receiver = await startOtlpReceiver(options);
    closers.push(() => receiver.close());
    const config = otlpConfig.parse({
      type: 'otlp',
      url: receiver.origin,
      allow_networks: ['127.0.0.1'],
      ...over,
    });
    const destination = createDestination('otel', config, depsOf(nodeHttpClient));
    closers.push(() => destination.close());
    const send = (envelopes: readonly Envelope[]) =>
      destination.send(batchOf(destination, envelopes), signal);
    return { receiver, destination, send };
  }

  async function sent(over: Record<string, unknown>, ...envelopes: readonly Envelope[]) {
    const { receiver, send } = await open(over);
    await send(envelopes);
    expect(receiver.remarks).toEqual([]);
    expect(receiver.complaints).toEqual([]);
    return receiver.logs;
  }

  async function thrownBy(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
    const { send } = await open({}, { fault: () => ({ status, body, headers }) });
    return await send([envelope(1), envelope(2), envelope(3)]).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('sends an event as a log record with the times, its id and the record as a map', async () => {
    const [log] = await sent({}, envelope(1));
    expect(log).toMatchObject({
      resource: {
        'service.name': 'microsoft-defender-xdr',
        'cloud.provider': 'azure',
        'azure.tenant.id': envelope(1).tenant,
      },
      scope: { name: 'xdr-relay' },
      timeUnixNano: 1_795_417_262_123_456_700n,
      observedTimeUnixNano: 1_795_417_380_000_000_000n,
      severityNumber: 0,
      severityText: '',
      eventName: '',
      attributes: {
        'log.record.uid': envelope(1).id,
        'xdr_relay.kind': 'event',
        'xdr_relay.table': 'DeviceProcessEvents',
      },
    });
    expect(log?.body).toMatchObject({
      kind: 'event',
      id: envelope(1).id,
      event: { FileName: 'certutil.exe' },
    });
  });

  it('sends an alert with its level, its rule and an id of its own', async () => {
    const [log] = await sent({}, alert(1));
    expect(log).toMatchObject({
      severityNumber: 17,
      severityText: 'high',
      attributes: {
        'log.record.uid': alert(1).alertId,
        'xdr_relay.kind': 'alert',
        'xdr_relay.event_id': alert(1).id,
        'security_rule.name': 'Download with certutil',
        'security_rule.uuid': 'e011a729-98a6-4139-b5c4-bf6f6dd8239a',
      },
      body: { kind: 'alert', id: alert(1).alertId },
    });
  });

  it.each([
    ['informational', 9],
    ['low', 10],
    ['medium', 13],
    ['high', 17],
    ['critical', 18],
  ] as const)('has a severity number for the level %s', async (severity, severityNumber) => {
    expect(await sent({}, alert(1, { severity }))).toMatchObject([
      { severityNumber, severityText: severity },
    ]);
  });

  it('reports halves of characters, which Protobuf does not have, and no whole ones', async () => {
    const { destination } = await open({ shape: 'relay' });
    const reported = (event: Envelope['event']) => {
      const found: Alteration[] = [];
      const delivery = deliveryOf(envelope(1, { event }));
      destination.encoding.write(delivery, new ByteWriter(), (one) => found.push(one));
      return found;
    };
    expect(reported({ A: { b: ['\ud83d'] } })).toEqual([{ kind: 'characters', field: 'body' }]);
    expect(reported({ A: '\ud83d\ude00', B: '\u0001', C: '\\\\ud83d', '\ud83d': 1 })).toEqual([]);
  });

  it('has an id of its own for each record of a group of alerts', async () => {
    const ids = (await sent({}, alert(2), groupRecord(2))).map(
      ({ attributes }) => attributes['log.record.uid'],
    );
    expect(ids).toEqual([alert(2).alertId, `${alert(2).alertId}-7`]);
  });

  it.each(['raw', 'relay', 'ecs', 'ocsf'])('has a map as the body in the shape %s', async (shape) => {
    const logs = await sent({ shape }, envelope(1), alert(2));
    for (const { body } of logs) expect(body).toBeTypeOf('object');
    expect(JSON.stringify(logs[0]?.body)).toContain('certutil.exe');
  });

  it('keeps every value of JSON, and what no decoder takes as a string', async () => {
    const deep: JsonObject = Array.from({ length: 40 }).reduce<JsonObject>((inner) => ({ a: inner }), {
      a: 1,
    });
    const event: JsonObject = {
      Text: 'é€😀\u0000',
      Half: '\ud800',
      Nothing: null,
      Yes: true,
      Small: -5,
      Double: 0.1,
      Long: new ExactNumber('9223372036854775807'),
      Longer: new ExactNumber('9223372036854775808'),
      Endless: new ExactNumber('1e400'),
      List: [1, 'a', null, { b: [] }],
      Empty: {},
      Deep: deep,
    };
    const [log] = await sent({}, envelope(1, { event }));
    const { event: received } = (log?.body as { event: Record<string, unknown> } | undefined) ?? {
      event: {},
    };
    const { Deep, ...rest } = received;
    expect(rest).toMatchObject({
      Text: 'é€😀\u0000',
      Half: '\ufffd',
      Yes: true,
      Double: 0.1,
      Longer: '9223372036854775808',
      Endless: '1e400',
      Empty: {},
    });
    expect(String(rest.Small)).toBe('-5');
    expect(String(rest.Long)).toBe('9223372036854775807');
    expect(Object.keys(rest)).toContain('Nothing');
    expect(rest.Nothing ?? null).toBeNull();
    expect(JSON.stringify(Deep)).toMatch(/\{\\"a\\":/);
  });

  it.each<[string, Partial<Envelope>, bigint, bigint]>([
    [
      'of a whole second',
      { time: '2026-11-23T07:01:02Z' },
      1_795_417_262_000_000_000n,
      1_795_417_380_000_000_000n,
    ],
    ['that is none', { time: 'never' }, 0n, 1_795_417_380_000_000_000n],
    ['beyond the years of OTLP', { time: '2600-01-01T00:00:00Z' }, 0n, 1_795_417_380_000_000_000n],
    ['of the epoch', { time: '1970-01-01T00:00:00.5Z' }, 500_000_000n, 1_795_417_380_000_000_000n],
  ])('leaves out no time but one that cannot be told: a time %s', async (_, over, time, observed) => {
    const [log] = await sent({}, envelope(1, over));
    expect(log).toMatchObject({ timeUnixNano: time, observedTimeUnixNano: observed });
  });

  it('observes a row without a time of arrival at its own time', async () => {
    const { received: _, ...rest } = envelope(1);
    const [log] = await sent({}, rest);
    expect(log?.observedTimeUnixNano).toBe(log?.timeUnixNano);
  });

  it('has a resource for each tenant, and attributes of your own', async () => {
    const resource = { 'deployment.environment.name': 'lab', 'service.name': 'defender' };
    const logs = await sent(
      { resource },
      envelope(1, { tenant: 'a' }),
      envelope(2, { tenant: 'b' }),
      envelope(3, { tenant: 'a' }),
    );
    expect(logs.map(({ resource: { 'azure.tenant.id': tenant } }) => tenant)).toEqual(['a', 'a', 'b']);
    for (const log of logs) expect(log.resource).toMatchObject(resource);
    expect(() =>
      otlpConfig.parse({ type: 'otlp', url: 'https://a.example', resource: { 'azure.tenant.id': 'x' } }),
    ).toThrow(/which the rows have/);
  });

  it.each([
    ['https://a.example', 'https://a.example/v1/logs'],
    ['https://a.example/', 'https://a.example/v1/logs'],
    ['https://a.example/otlp/?k=v', 'https://a.example/otlp/v1/logs?k=v'],
    ['https://a.example/otlp/v1/logs', 'https://a.example/otlp/v1/logs'],
  ])('posts to the address %s at %s', (url, posted) => {
    expect(logsUrl(url)).toBe(posted);
  });

  it('refuses headers that do not go together', () => {
    const auth = { type: 'bearer', token: 'abc' };
    const entry = { type: 'otlp', url: 'https://a.example', auth, headers: { Authorization: 'x' } };
    expect(() => otlpConfig.parse(entry)).toThrow(/`auth` sets/);
    expect(() => otlpConfig.parse({ ...entry, headers: { 'Content-Type': 'x' } })).toThrow();
  });

  it('takes a partial success for a refusal of rows that are to be found, and says why', async () => {
    const { send, receiver } = await open(
      {},
      {
        rejectLog: ({ attributes }) =>
          attributes['log.record.uid'] === envelope(2).id ? 'too old' : undefined,
      },
    );
    const thrown = await send([envelope(1), envelope(2), envelope(3)]).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(RowsRefusedError);
    expect(thrown).toMatchObject({
      rows: undefined,
      message: expect.stringMatching(/rejected 1 of 3 log records: .*too old/),
    });
    await send([envelope(1)]);
    await expect(send([envelope(2)])).rejects.toBeInstanceOf(RowsRefusedError);
    expect(receiver.remarks).toEqual([]);
  });

  it('loses nothing to a partial success: what was rejected is isolated, the rest is there under its ids', async () => {
    const rejected = [envelope(3).id, envelope(30).id];
    const { receiver, destination } = await open(
      {},
      {
        rejectLog: ({ attributes: { 'log.record.uid': id } }) =>
          rejected.includes(String(id)) ? 'old' : undefined,
      },
    );
    const { sender, isolated } = senderTo(destination);
    sender.take(itemsFor(destination, 40, -1));
    await sender.send();
    await sender.end();
    expect(isolated).toEqual(rejected);
    const ids = receiver.logs.map(({ attributes }) => String(attributes['log.record.uid']));
    expect(new Set(ids).size).toBe(38);
    const copies = [...Map.groupBy(ids, (id) => id).values()].map(({ length }) => length);
    expect(Math.max(...copies)).toBeLessThanOrEqual(20);
    expect(receiver.remarks).toEqual([]);
  });

  it('takes a warning with a full success for acceptance', async () => {
    const { send, receiver } = await open({}, { warning: () => 'use another endpoint' });
    await send([envelope(1)]);
    expect(receiver.logs).toHaveLength(1);
  });

  it.each([
    [200, '{}'],
    [200, '{"partialSuccess":{}}'],
    [200, '{"partialSuccess":null}'],
    [200, '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow"},"later":1}'],
    [204, ''],
  ])('takes %i with %j for acceptance', async (status, body) => {
    expect(await thrownBy(status, body)).toBeUndefined();
  });

  it.each([
    [200, ''],
    [200, '{"text":"Success","code":0}'],
    [200, '{"partialSuccess":7}'],
    [200, '{"partialSuccess":{"rejectedLogRecords":"many"}}'],
    [200, '[]'],
  ])('takes %i with %j for no reply of OTLP', async (status, body) => {
    const thrown = await thrownBy(status, body);
    expect(thrown).toBeInstanceOf(RetryableError);
    expect(thrown).toMatchObject({ code: 'bad_reply' });
  });

  it.each([1, '1', '2'])('takes a rejected count of %j for a refusal of rows', async (rejectedLogRecords) => {
    const thrown = await thrownBy(200, JSON.stringify({ partialSuccess: { rejectedLogRecords } }));
    expect(thrown).toBeInstanceOf(RowsRefusedError);
  });

  it('takes a 400 for a refusal of rows only with a status of gRPC in it', async () => {
    expect(await thrownBy(400, '{"code":3,"message":"bad"}')).toBeInstanceOf(RowsRefusedError);
    for (const body of ['{"code":400,"message":"bad"}', '{"message":"bad"}', '<html>']) {
      expect(await thrownBy(400, body)).toBeInstanceOf(DestinationRefusedError);
    }
  });
});

import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SUMO_THROTTLED, type SumoReceiver, startSumoReceiver } from '../../lab/receivers/sumo.ts';

const CODE = 'ZaVnC4dhaV2Aa==';
const PATH = `/receiver/v1/http/${CODE}`;
let receiver: SumoReceiver;
let isThrottled = false;

beforeAll(async () => {
  receiver = await startSumoReceiver({
    store: true,
    code: CODE,
    fault: () => (isThrottled ? SUMO_THROTTLED : undefined),
  });
});
afterAll(() => receiver.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function send({ method = 'POST', path = PATH, headers = {}, body = '{"a":1}\n' }: Sent) {
  const hasBody = method === 'POST' || method === 'PUT';
  const reply = await fetch(`${receiver.origin}${path}`, { method, headers, ...(hasBody && { body }) });
  return { status: reply.status, body: await reply.text() };
}

const gzip = { 'content-encoding': 'gzip' };
const fields = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join();

describe('Sumo Logic’s HTTP source refuses', () => {
  it.each<[string, number, Sent]>([
    ['another path', 404, { path: '/receiver/v1/otlp' }],
    ['a wrong code', 401, { path: '/receiver/v1/http/ZaVnC4dhaV2Ab==' }],
    ['no code', 401, { path: '/receiver/v1/http/' }],
    ['a part of the code', 401, { path: PATH.slice(0, -2) }],
    ['a code with more behind it', 401, { path: `${PATH}/x` }],
    ['a look', 405, { method: 'GET' }],
    ['another method', 405, { method: 'PUT' }],
    ['an unknown encoding', 400, { headers: { 'content-encoding': 'br' } }],
    ['what is not gzip', 400, { headers: gzip }],
    ['gzip that is cut short', 400, { headers: gzip, body: gzipSync('{"a":1}').subarray(0, 15) }],
    ['what is not zlib', 400, { headers: { 'content-encoding': 'deflate' } }],
    ['bytes that are not UTF-8', 400, { body: Uint8Array.from([0x7b, 0xff, 0x7d]) }],
    ['no lines', 400, { body: '' }],
    ['a blank line', 400, { body: '{"a":1}\n\n{"a":2}' }],
    ['text', 400, { body: 'a message' }],
    ['a JSON array', 400, { body: '[{"a":1},{"a":2}]' }],
    ['an object on several lines', 400, { body: '{\n"a":1}' }],
    ['a misspelt header', 400, { headers: { 'x-sumo-catgory': 'a' } }],
    ['a blank category', 400, { headers: { 'x-sumo-category': '' } }],
    ['metrics', 400, { headers: { 'content-type': 'application/vnd.sumologic.prometheus' } }],
    ['a field without a value', 400, { headers: { 'x-sumo-fields': 'a=1,b' } }],
    ['a field without a name', 400, { headers: { 'x-sumo-fields': '=1' } }],
    ['fields in JSON', 400, { headers: { 'x-sumo-fields': '{"a":1}' } }],
    ['31 fields', 400, { headers: { 'x-sumo-fields': fields(31) } }],
    ['a long name of a field', 400, { headers: { 'x-sumo-fields': `${'k'.repeat(256)}=v` } }],
    ['a long value of a field', 400, { headers: { 'x-sumo-fields': `k=${'v'.repeat(201)}` } }],
  ])('%s', async (_, status, sent) => {
    const before = { ...receiver.counts };
    expect((await send(sent)).status).toBe(status);
    expect(receiver.counts).toEqual({
      ...before,
      requests: before.requests + 1,
      refused: before.refused + 1,
    });
  });
});

describe('Sumo Logic’s HTTP source accepts', () => {
  it.each<[string, number, Sent]>([
    ['lines', 3, { body: '{"a":1}\n{"a":2}\r\n{"a":"é"}' }],
    ['gzip', 2, { headers: gzip, body: gzipSync('{"a":1}\n{"a":2}\n') }],
    ['deflate', 1, { headers: { 'content-encoding': 'deflate' }, body: deflateSync('{"a":1}') }],
    ['any content type but those of metrics', 1, { headers: { 'content-type': 'application/json' } }],
    ['query parameters, which it ignores', 1, { path: `${PATH}?a=1` }],
    ['its code in percents', 1, { path: PATH.replaceAll('=', '%3D') }],
    ['30 fields', 1, { headers: { 'x-sumo-fields': fields(30) } }],
  ])('%s', async (_, events, sent) => {
    const before = receiver.counts.events;
    expect(await send(sent)).toEqual({ status: 200, body: '' });
    expect(receiver.counts.events - before).toBe(events);
  });

  it('metadata, with each message', async () => {
    const headers = {
      'x-sumo-category': 'security/defender',
      'x-sumo-name': 'xdr',
      'x-sumo-host': 'relay-1',
      'x-sumo-fields': 'environment=dev, cluster=k8s',
    };
    await send({ headers, body: '{"a":1}\n{"a":2}' });
    const metadata = {
      category: 'security/defender',
      name: 'xdr',
      host: 'relay-1',
      fields: { environment: 'dev', cluster: 'k8s' },
    };
    expect(receiver.received.slice(-2)).toEqual([
      { message: { a: 1 }, ...metadata },
      { message: { a: 2 }, ...metadata },
    ]);
  });

  it('more than 1 MB, and says aside that it should not be', async () => {
    const line = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect((await send({ body: line(1_000_000) })).status).toBe(200);
    expect(receiver.warnings).toEqual([]);
    expect((await send({ headers: gzip, body: gzipSync(line(1_000_001)) })).status).toBe(200);
    expect(receiver.warnings).toEqual(['1000001 bytes are more than 1 MB']);
  });

  it('nothing while the account is throttled', async () => {
    isThrottled = true;
    expect(await send({})).toEqual({
      status: 429,
      body: 'You have temporarily exceeded your Sumo Logic quota. Please try again at a later time',
    });
    isThrottled = false;
  });
});

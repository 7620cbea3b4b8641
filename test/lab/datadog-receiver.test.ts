import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatadogReceiver, datadogError, startDatadogReceiver } from '../../lab/receivers/datadog.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
let receiver: DatadogReceiver;
let fault: ReturnType<typeof datadogError> | undefined;

beforeAll(async () => {
  receiver = await startDatadogReceiver({ store: true, now: () => NOW, fault: () => fault });
});
afterAll(() => receiver.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function send({ method = 'POST', path = '/api/v2/logs', headers, body }: Sent) {
  const all = { 'dd-api-key': receiver.apiKey, 'content-type': 'application/json', ...headers };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const reply = await fetch(`${receiver.origin}${path}`, {
    method,
    headers: given,
    body: body ?? '[{"message":"x"}]',
  });
  return { status: reply.status, type: reply.headers.get('content-type'), body: await reply.json() };
}

/** An array with one log, whose JSON has this many bytes in all. */
const ofBytes = (bytes: number) => `[{"message":"${'x'.repeat(bytes - 16)}"}]`;
const many = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ message: 'x' })));
const gzip = { 'content-encoding': 'gzip' };

describe('Datadog’s intake refuses', () => {
  it.each<[string, number, Sent]>([
    ['another path', 404, { path: '/v1/input' }],
    ['another method', 405, { method: 'PUT' }],
    ['no key', 401, { headers: { 'dd-api-key': undefined } }],
    ['a wrong key', 403, { headers: { 'dd-api-key': 'f'.repeat(32) } }],
    [
      'the key in the query',
      401,
      { path: '/api/v2/logs?dd-api-key=0', headers: { 'dd-api-key': undefined } },
    ],
    ['tags in the query, which are for text/plain', 400, { path: '/api/v2/logs?ddtags=env:a' }],
    ['text', 400, { headers: { 'content-type': 'text/plain' } }],
    ['no content type', 400, { headers: { 'content-type': 'application/x-ndjson' } }],
    ['an unknown encoding', 400, { headers: { 'content-encoding': 'br' } }],
    ['what is not gzip', 400, { headers: gzip }],
    ['gzip that is cut short', 400, { headers: gzip, body: gzipSync(many(9)).subarray(0, 20) }],
    ['bytes that are not UTF-8', 400, { body: Uint8Array.from([0x5b, 0x22, 0xff, 0x22, 0x5d]) }],
    ['no body', 400, { body: '' }],
    ['half a JSON value', 400, { body: '[{"message":"x"}' }],
    ['lines of JSON', 400, { body: '{"message":"x"}\n{"message":"y"}' }],
    ['an empty array', 400, { body: '[]' }],
    ['a string instead of a log', 400, { body: '["x"]' }],
    ['a log without a message', 400, { body: '[{"message":"x"},{"service":"x"}]' }],
    ['a message that is not a string', 400, { body: '[{"message":{"a":1}}]' }],
    ['tags in an array', 400, { body: '[{"message":"x","ddtags":["env:a"]}]' }],
    ['1,001 logs', 400, { body: many(1_001) }],
    ['more than 5 MB', 413, { body: ofBytes(5_000_001) }],
    ['more than 5 MB, compressed', 413, { headers: gzip, body: gzipSync(ofBytes(5_000_001)) }],
  ])('%s', async (_, status, sent) => {
    const before = { ...receiver.counts };
    expect(await send(sent)).toEqual({
      status,
      type: 'application/json',
      body: { errors: [{ status: String(status), title: expect.any(String), detail: expect.any(String) }] },
    });
    expect(receiver.counts).toEqual({
      ...before,
      requests: before.requests + 1,
      refused: before.refused + 1,
    });
  });
});

describe('Datadog’s intake accepts', () => {
  it.each<[string, number, Sent]>([
    [
      'an array',
      2,
      {
        body: '[{"message":"x","ddsource":"a","ddtags":"env:a,b","hostname":"h","service":"s"},{"message":"y","more":{"a":1}}]',
      },
    ],
    [
      'a single log',
      1,
      { body: '{"message":"x"}', headers: { 'content-type': 'application/json; charset=utf-8' } },
    ],
    ['gzip', 1, { headers: gzip, body: gzipSync('[{"message":"é"}]') }],
    ['deflate', 1, { headers: { 'content-encoding': 'deflate' }, body: deflateSync('[{"message":"x"}]') }],
    ['1,000 logs', 1_000, { headers: { 'content-encoding': 'identity' }, body: many(1_000) }],
    ['a time 17 hours ago', 1, { body: `[{"message":"x","timestamp":${NOW - 17 * 3_600_000}}]` }],
    ['tags with letters of any script', 1, { body: '[{"message":"x","ddtags":"équipe:soc-1/a.b_c:d"}]' }],
  ])('%s', async (_, events, sent) => {
    const before = receiver.counts.events;
    expect(await send(sent)).toEqual({ status: 202, type: 'application/json', body: {} });
    expect(receiver.counts.events - before).toBe(events);
    expect(receiver.received).toHaveLength(receiver.counts.events);
    expect(receiver.warnings).toEqual([]);
  });

  it.each([
    ['truncated', { message: 'x'.repeat(1_000_000) }],
    ['not_indexed', { message: 'x', timestamp: NOW - 18 * 3_600_000 - 1 }],
    ['not_indexed', { message: 'x', date: '2026-11-27T14:00:01Z' }],
    ['not_indexed', { message: 'x', eventTime: 'yesterday' }],
    ['altered', { message: 'x', ddtags: 'env:a, b' }],
    ['altered', { message: 'x', ddtags: 'env:' }],
    ['altered', { message: 'x', ddtags: Array.from({ length: 101 }, () => 'a').join() }],
    ['altered', { message: 'x', ['k'.repeat(50)]: 1 }],
    ['altered', Object.fromEntries(['message', ...Array(255).keys()].map((key) => [key, 'x']))],
  ])('with 202, and says aside that it is %s: case %#', async (effect, log) => {
    const before = receiver.warnings.length;
    expect((await send({ body: JSON.stringify([log]) })).status).toBe(202);
    expect(receiver.warnings.slice(before)).toEqual([expect.objectContaining({ effect, log })]);
  });

  it('nothing while the fault hook says so, in Datadog’s form', async () => {
    fault = datadogError(429);
    expect(await send({})).toMatchObject({
      status: 429,
      body: { errors: [{ status: '429', title: 'Too Many Requests', detail: 'Too Many Requests' }] },
    });
    fault = undefined;
  });
});

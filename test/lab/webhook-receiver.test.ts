import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../lab/receivers/server.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const KEYS = [Buffer.alloc(24, 1), Buffer.alloc(64, 2), Buffer.alloc(32, 3)] as const;
const secretOf = (key: Buffer) => `whsec_${key.toString('base64')}`;
const own = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const AUTHORIZED = { authorization: 'Bearer abc.def', 'x-api-key': 'k-123' };

let open: WebhookReceiver;
let signed: WebhookReceiver;
let asymmetric: WebhookReceiver;
let authorized: WebhookReceiver;
let fault: Fault;

beforeAll(async () => {
  const options = { store: true, now: () => NOW, fault: () => fault };
  open = await startWebhookReceiver({ ...options, maxBytes: 1_000 });
  signed = await startWebhookReceiver({ ...options, secret: [secretOf(KEYS[0]), secretOf(KEYS[1])] });
  asymmetric = await startWebhookReceiver({ ...options, publicKey: own.publicKey });
  authorized = await startWebhookReceiver({ ...options, headers: AUTHORIZED });
});
afterEach(() => {
  fault = undefined;
});
afterAll(async () => {
  for (const receiver of [open, signed, asymmetric, authorized]) await receiver.close();
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object | Uint8Array<ArrayBuffer>;
}

const STANDARD = {
  type: 'defender.events',
  timestamp: '2026-11-27T11:59:00.1234567Z',
  data: { events: [{}] },
};

async function send(receiver: WebhookReceiver, { method = 'POST', path = '/webhook', headers, body }: Sent) {
  const text = body === undefined || (typeof body === 'object' && !(body instanceof Uint8Array));
  const reply = await fetch(`${receiver.origin}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method !== 'GET' && { body: text ? JSON.stringify(body ?? STANDARD) : (body as string) }),
  });
  return [reply.status, await reply.text()] as const;
}

async function expectRefusal(receiver: WebhookReceiver, sent: Sent, status: number, words: string) {
  const before = { ...receiver.counts };
  expect(await send(receiver, sent)).toEqual([status, expect.stringContaining(words)]);
  expect(receiver.counts).toEqual({
    ...before,
    requests: before.requests + 1,
    refused: before.refused + 1,
  });
}

async function expectEvents(receiver: WebhookReceiver, sent: Sent, events: number) {
  const before = receiver.counts.events;
  expect(await send(receiver, sent)).toEqual([204, '']);
  expect(receiver.counts.events - before).toBe(events);
  expect(receiver.received).toHaveLength(receiver.counts.events);
}

const TEXT = JSON.stringify(STANDARD);
const SECONDS = String(NOW / 1_000);
const v1 = (key: Buffer, text: string) => `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
const v1a = (key: KeyObject, text: string) =>
  `v1a,${sign(undefined, Buffer.from(text), key).toString('base64')}`;
const signing = (over: { id?: string; timestamp?: string; signature?: string } = {}) => {
  const { id = 'msg_1', timestamp = SECONDS } = over;
  const { signature = v1(KEYS[0], `${id}.${timestamp}.${TEXT}`) } = over;
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
};
const without = (name: keyof ReturnType<typeof signing>) => {
  const { [name]: _, ...rest } = signing();
  return rest;
};

describe('Standard Webhooks: a signature by a shared secret is refused with 401', () => {
  const wrong = v1(KEYS[2], `msg_1.${SECONDS}.${TEXT}`);
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ['without any header', 'Missing required headers', {}],
    ['without its id', 'Missing required headers', without('webhook-id')],
    ['without its time', 'Missing required headers', without('webhook-timestamp')],
    ['without itself', 'Missing required headers', without('webhook-signature')],
    ['with an id that has a full stop', 'webhook-id', signing({ id: 'msg.1' })],
    ['with an id that has a blank', 'webhook-id', signing({ id: 'msg 1' })],
    ['by another secret', 'No matching signature', signing({ signature: wrong })],
    ['by two other secrets', 'No matching signature', signing({ signature: `${wrong} ${wrong}` })],
    ['over another id', 'No matching signature', { ...signing(), 'webhook-id': 'msg_2' }],
    [
      'over another body',
      'No matching signature',
      signing({ signature: v1(KEYS[0], `msg_1.${SECONDS}.{}`) }),
    ],
    ['from six minutes ago', 'too old', signing({ timestamp: String(NOW / 1_000 - 301) })],
    ['from six minutes ahead', 'too new', signing({ timestamp: String(NOW / 1_000 + 301) })],
    ['with a time in milliseconds', 'webhook-timestamp', signing({ timestamp: String(NOW) })],
    ['with a time of ISO 8601', 'webhook-timestamp', signing({ timestamp: '2026-11-27T12:00:00Z' })],
    ['with parts of a second', 'webhook-timestamp', signing({ timestamp: `${SECONDS}.5` })],
    ['with a sign before the time', 'webhook-timestamp', signing({ timestamp: `+${SECONDS}` })],
    ['in hexadecimal digits', 'webhook-signature', signing({ signature: `v1,${'0a'.repeat(32)}` })],
    ['without its version', 'webhook-signature', signing({ signature: wrong.slice(3) })],
    [
      'with an equals sign after its version',
      'webhook-signature',
      signing({ signature: wrong.replace(',', '=') }),
    ],
    ['with commas between', 'webhook-signature', signing({ signature: `${wrong},${wrong}` })],
    ['without its padding', 'webhook-signature', signing({ signature: wrong.slice(0, -1) })],
    [
      'as a version that is to come',
      'No matching signature',
      signing({ signature: wrong.replace('v1', 'v2') }),
    ],
  ])('%s', async (_, words, headers) => {
    await expectRefusal(signed, { headers }, 401, words);
  });

  it('of a body that was signed after its compression', async () => {
    const body = new Uint8Array(gzipSync(TEXT));
    const signature = `v1,${createHmac('sha256', KEYS[0]).update(`msg_1.${SECONDS}.`).update(body).digest('base64')}`;
    const headers = { ...signing({ signature }), 'content-encoding': 'gzip' };
    await expectRefusal(signed, { headers, body }, 401, 'No matching signature');
  });
});

describe('Standard Webhooks: a signature by a private key is refused with 401', () => {
  const text = `msg_1.${SECONDS}.${TEXT}`;
  it.each([
    ['by another key', v1a(other.privateKey, text)],
    ['over another body', v1a(own.privateKey, `${text} `)],
    ['beside a shared secret’s alone', v1(KEYS[0], text)],
    ['of 64 bytes that are none', `v1a,${Buffer.alloc(64).toString('base64')}`],
  ])('%s', async (_, signature) => {
    await expectRefusal(asymmetric, { headers: signing({ signature }) }, 401, 'No matching signature v1a');
  });

  it('with the length of a shared secret’s', async () => {
    const signature = v1(KEYS[0], text).replace('v1', 'v1a');
    await expectRefusal(asymmetric, { headers: signing({ signature }) }, 401, 'webhook-signature');
  });

  it('from ten minutes ago', async () => {
    const timestamp = String(NOW / 1_000 - 600);
    const signature = v1a(own.privateKey, `msg_1.${timestamp}.${TEXT}`);
    await expectRefusal(asymmetric, { headers: signing({ timestamp, signature }) }, 401, 'too old');
  });
});

describe('Standard Webhooks: a signature is accepted', () => {
  const text = `msg_1.${SECONDS}.${TEXT}`;
  it.each<[string, Readonly<Record<string, string>>]>([
    ['by either secret while they are rotated', signing({ signature: v1(KEYS[1], text) })],
    ['beside those of others', signing({ signature: `${v1(KEYS[2], text)} v2,YWJj ${v1(KEYS[0], text)}` })],
    ['from five minutes ago', signing({ timestamp: String(NOW / 1_000 - 300) })],
    ['from five minutes ahead', signing({ timestamp: String(NOW / 1_000 + 300) })],
  ])('%s', async (_, headers) => {
    await expectEvents(signed, { headers }, 1);
  });

  it('over the body before its compression', async () => {
    const headers = { ...signing(), 'content-encoding': 'gzip' };
    await expectEvents(signed, { headers, body: new Uint8Array(gzipSync(TEXT)) }, 1);
  });

  it('by the private key, beside another', async () => {
    const signature = `${v1a(other.privateKey, text)} ${v1a(own.privateKey, text)}`;
    await expectEvents(asymmetric, { headers: signing({ signature }) }, 1);
  });

  it('from any time where that is asked for', async () => {
    const receiver = await startWebhookReceiver({ secret: secretOf(KEYS[0]), atAnyTime: true, store: true });
    try {
      await expectEvents(receiver, { headers: signing({ timestamp: '1' }) }, 1);
      await expectRefusal(
        receiver,
        { headers: { ...signing(), 'webhook-timestamp': '1' } },
        401,
        'No matching',
      );
    } finally {
      await receiver.close();
    }
  });
});

describe('the webhook refuses credentials with 401:', () => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ['none', 'authorization is missing', {}],
    ['another token', 'authorization is wrong', { ...AUTHORIZED, authorization: 'Bearer abc' }],
    ['another scheme', 'authorization is wrong', { ...AUTHORIZED, ...basic('abc:def') }],
    ['no API key', 'x-api-key is missing', { authorization: AUTHORIZED.authorization }],
    ['another API key', 'x-api-key is wrong', { ...AUTHORIZED, 'x-api-key': 'k-1234' }],
    ['a token with a quotation mark', 'form of Bearer', { authorization: 'Bearer "abc"' }],
    ['two tokens', 'form of Bearer', { authorization: 'Bearer abc def' }],
    ['a user in plain text', 'form of Basic', { authorization: 'Basic relay:secret' }],
    ['a user without a colon', 'form of Basic', basic('relay')],
    ['a password with a line feed', 'form of Basic', basic('relay:a\nb')],
  ])('%s', async (_, words, headers) => {
    await expectRefusal(authorized, { headers }, 401, words);
  });

  it('and takes the right ones', async () => {
    await expectEvents(authorized, { headers: AUTHORIZED }, 1);
    await expectEvents(open, { headers: basic('relay:pä:ss') }, 1);
  });
});

describe('the webhook refuses', () => {
  const gzip = { 'content-encoding': 'gzip' };
  const lines = { 'content-type': 'application/x-ndjson' };
  const damaged = new Uint8Array(gzipSync(TEXT));
  damaged.fill(0, damaged.length - 8, damaged.length - 4);
  it.each<[string, number, string, Sent]>([
    ['another path', 404, 'path', { path: '/webhooks' }],
    ['GET', 405, 'POST', { method: 'GET' }],
    ['PUT', 405, 'POST', { method: 'PUT' }],
    ['more bytes than it takes', 413, 'too large', { body: { ...STANDARD, more: 'x'.repeat(1_000) } }],
    ['what is not gzip', 400, 'corrupt', { headers: gzip }],
    [
      'gzip that is cut short',
      400,
      'corrupt',
      { headers: gzip, body: new Uint8Array(gzipSync(TEXT).subarray(0, -9)) },
    ],
    ['gzip with another checksum', 400, 'corrupt', { headers: gzip, body: damaged }],
    ['another encoding', 415, 'unsupported_encoding', { headers: { 'content-encoding': 'br' } }],
    ['bytes that are not UTF-8', 400, 'not_utf8', { body: Uint8Array.from([0x7b, 0xff, 0x7d]) }],
    ['text', 415, 'neither', { headers: { 'content-type': 'text/plain' } }],
    ['another charset', 415, 'neither', { headers: { 'content-type': 'application/json; charset=latin1' } }],
    ['CloudEvents in XML', 415, 'neither', { headers: { 'content-type': 'application/cloudevents+xml' } }],
    ['no body', 422, 'not JSON', { body: '' }],
    ['half a body', 422, 'not JSON', { body: TEXT.slice(0, -1) }],
    ['a string', 422, 'not JSON', { body: '"x"' }],
    ['an array of nothing', 422, 'no events', { body: [] }],
    ['an array with a string', 422, 'not an object', { body: [{}, 'x'] }],
    ['a standard body without a type', 422, 'type', { body: { ...STANDARD, type: undefined } }],
    ['a type with a slash', 422, 'type', { body: { ...STANDARD, type: 'defender/events' } }],
    ['a type that ends with a full stop', 422, 'type', { body: { ...STANDARD, type: 'defender.' } }],
    ['no timestamp', 422, 'timestamp', { body: { ...STANDARD, timestamp: '' } }],
    [
      'a timestamp without a zone',
      422,
      'timestamp',
      { body: { ...STANDARD, timestamp: '2026-11-27T12:00:00' } },
    ],
    [
      'a timestamp with a blank',
      422,
      'timestamp',
      { body: { ...STANDARD, timestamp: '2026-11-27 12:00:00Z' } },
    ],
    [
      'a timestamp without seconds',
      422,
      'timestamp',
      { body: { ...STANDARD, timestamp: '2026-11-27T12:00Z' } },
    ],
    [
      'an offset without a colon',
      422,
      'timestamp',
      { body: { ...STANDARD, timestamp: '2026-11-27T12:00:00+0100' } },
    ],
    ['a day that is none', 422, 'timestamp', { body: { ...STANDARD, timestamp: '2026-02-29T12:00:00Z' } }],
    ['a timestamp in seconds', 422, 'timestamp', { body: { ...STANDARD, timestamp: 1 } }],
    ['no data', 422, 'data', { body: { ...STANDARD, data: undefined } }],
    ['data in an array', 422, 'data', { body: { ...STANDARD, data: [{}] } }],
    ['data with no events', 422, 'no events', { body: { ...STANDARD, data: { events: [] } } }],
    [
      'data with an event that is null',
      422,
      'not an object',
      { body: { ...STANDARD, data: { events: [null] } } },
    ],
    ['lines of which the last has no end', 422, 'no end', { headers: lines, body: '{"a":1}\n{"a":2}' }],
    ['lines with a carriage return', 422, 'carriage return', { headers: lines, body: '{"a":1}\r\n' }],
    ['an empty line', 422, 'not an object', { headers: lines, body: '{"a":1}\n\n{"a":2}\n' }],
    ['two events in a line', 422, 'not an object', { headers: lines, body: '{"a":1},{"a":2}\n' }],
    ['an event over two lines', 422, 'not an object', { headers: lines, body: '{"a":1,\n"b":2}\n' }],
    ['a line that is an array', 422, 'not an object', { headers: lines, body: '[{}]\n' }],
    ['lines without any', 422, 'no end', { headers: lines, body: '' }],
    [
      'an id with a full stop, though nothing is signed',
      401,
      'webhook-id',
      { headers: signing({ id: 'a.b' }) },
    ],
  ])('%s', async (_, status, words, sent) => {
    await expectRefusal(open, sent, status, words);
  });

  it('everything while the fault hook says so', async () => {
    fault = { status: 410, body: 'gone' };
    expect(await send(open, {})).toEqual([410, 'gone']);
  });
});

describe('the webhook accepts', () => {
  it.each<[string, number, Sent]>([
    ['a standard body', 1, {}],
    [
      'a standard body of one event, with more beside it',
      1,
      { body: { ...STANDARD, data: { a: 1 }, more: 1 } },
    ],
    ['a secret in the query', 1, { path: '/webhook?key=abc' }],
    ['an array', 2, { body: [{ a: 1 }, {}] }],
    ['a charset', 1, { headers: { 'content-type': 'Application/JSON; charset="UTF-8"' } }],
    ['lines', 2, { headers: { 'content-type': 'application/x-ndjson' }, body: '{"a":"\\r\\n"}\n{"a":2}\n' }],
    ['a leap second', 1, { body: { ...STANDARD, timestamp: '2016-12-31T23:59:60Z' } }],
    ['gzip', 1, { headers: { 'content-encoding': 'gzip' }, body: new Uint8Array(gzipSync(TEXT)) }],
  ])('%s', async (_, events, sent) => {
    await expectEvents(open, sent, events);
  });
});

const EVENT = { specversion: '1.0', id: '1', source: '/tenants/a/tables/b', type: 'defender.event' };

describe('CloudEvents in JSON are refused with 422', () => {
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  it.each<[string, string, object]>([
    ['in an array', 'not an object', [EVENT]],
    ['without a version', 'specversion is missing', { ...EVENT, specversion: undefined }],
    ['of another version', 'specversion is not 1.0', { ...EVENT, specversion: '0.3' }],
    ['with the version as a number', 'specversion is not a string', { ...EVENT, specversion: 1 }],
    ['without an id', 'id is missing', { ...EVENT, id: null }],
    ['with an empty id', 'id is empty', { ...EVENT, id: '' }],
    ['with an id that is a number', 'id is not a string', { ...EVENT, id: 1 }],
    ['without a source', 'source is missing', { ...EVENT, source: undefined }],
    ['with a blank in the source', 'source is no URI', { ...EVENT, source: '/a b' }],
    ['with half an escape in the source', 'source is no URI', { ...EVENT, source: '/a%2' }],
    ['with two fragments in the source', 'source is no URI', { ...EVENT, source: '/a#b#c' }],
    ['with a scheme that is none in the source', 'source is no URI', { ...EVENT, source: '1:a' }],
    ['without a type', 'type is missing', { ...EVENT, type: undefined }],
    ['with an empty subject', 'subject is empty', { ...EVENT, subject: '' }],
    ['with a line feed in the subject', 'subject has characters', { ...EVENT, subject: 'a\nb' }],
    ['with half a character in the subject', 'subject has characters', { ...EVENT, subject: 'a\ud800' }],
    ['with a noncharacter in the id', 'id has characters', { ...EVENT, id: '\ufffe' }],
    ['with a time without a zone', 'time is not of RFC 3339', { ...EVENT, time: '2026-11-27T12:00:00' }],
    [
      'with a time whose offset has no colon',
      'time is not of',
      { ...EVENT, time: '2026-11-27T12:00:00+0100' },
    ],
    ['with a schema that is no whole address', 'dataschema is no URI', { ...EVENT, dataschema: '/schema' }],
    ['with a content type that is none', 'datacontenttype is no', { ...EVENT, datacontenttype: 'json' }],
    ['with a capital in a name', 'partitionKey is no name', { ...EVENT, partitionKey: 'a' }],
    ['with an underscore in a name', 'my_ext is no name', { ...EVENT, my_ext: 'a' }],
    ['with an attribute that is an object', 'ext has none', { ...EVENT, ext: { a: 1 } }],
    ['with an attribute that is no whole number', 'ext has none', { ...EVENT, ext: 1.5 }],
    ['with a number of more than 32 bits', 'ext has none', { ...EVENT, ext: 2_147_483_648 }],
    ['with data in two forms', 'both there', { ...EVENT, data: {}, data_base64: 'YQ==' }],
    ['with data that is not base64', 'not base64', { ...EVENT, data_base64: 'YQ' }],
    ['with an object as text', 'not a string', { ...EVENT, datacontenttype: 'text/plain', data: {} }],
  ])('%s', async (_, words, body) => {
    await expectRefusal(open, { headers: structured, body }, 422, words);
  });

  const batched = { 'content-type': 'application/cloudevents-batch+json' };
  it.each<[string, string, object]>([
    ['that is no array', 'no array', EVENT],
    ['with one that has no source', 'source is missing', [EVENT, { ...EVENT, source: undefined }]],
    ['with one in an array of its own', 'not an object', [[EVENT]]],
  ])('in a batch %s', async (_, words, body) => {
    await expectRefusal(open, { headers: batched, body }, 422, words);
  });

  it.each<[string, number, Readonly<Record<string, string>>, object]>([
    ['with the least', 1, structured, EVENT],
    [
      'with everything',
      1,
      structured,
      {
        ...EVENT,
        source: 'https://soc.example/a%20b?c=d#e',
        subject: 'Tüble "%" \u{1f600}',
        time: '2018-04-05T03:56:24.1234567+01:00',
        dataschema: 'https://soc.example/schema',
        datacontenttype: 'application/vnd.a+json; charset=utf-8',
        comexampleextension1: 'value',
        comexampleothervalue: -5,
        flag: false,
        unset: null,
        data: null,
      },
    ],
    ['with bytes as data', 1, structured, { ...EVENT, datacontenttype: 'image/png', data_base64: 'YWI=' }],
    ['in a batch', 2, batched, [EVENT, { ...EVENT, id: '2', data: 'x' }]],
    ['in a batch of none', 0, batched, []],
  ])('and accepted %s', async (_, events, headers, body) => {
    await expectEvents(open, { headers, body }, events);
  });
});

describe('CloudEvents in headers are refused with 422', () => {
  const binary = (over: Readonly<Record<string, string>> = {}) => ({
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': '/a',
    'ce-type': 'defender.event',
    ...over,
  });
  const { 'ce-id': _id, ...nameless } = binary();
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ['without an id', 'id is missing', nameless],
    ['of another version', 'specversion is not 1.0', binary({ 'ce-specversion': '0.3' })],
    [
      'with the content type twice',
      'ce-datacontenttype',
      binary({ 'ce-datacontenttype': 'application/json' }),
    ],
    ['with a blank that is not encoded', 'ce-subject is not encoded', binary({ 'ce-subject': 'a b' })],
    ['with a quotation mark', 'ce-subject is not encoded', binary({ 'ce-subject': '"a"' })],
    ['with a percent sign that is not encoded', 'ce-subject is not encoded', binary({ 'ce-subject': '50%' })],
    ['with bytes above ASCII', 'ce-subject is not encoded', binary({ 'ce-subject': 'T\u00fcble' })],
    ['with a blank encoded too long', 'ce-subject is not encoded', binary({ 'ce-subject': '%C0%A0' })],
    ['with half a character', 'ce-subject is not encoded', binary({ 'ce-subject': '%ED%A0%80' })],
    ['with a line feed in an escape', 'subject has characters', binary({ 'ce-subject': 'a%0Ab' })],
    ['with an empty attribute', 'not encoded', binary({ 'ce-subject': '' })],
    ['with a dash in a name', 'no name of an attribute', binary({ 'ce-my-ext': 'a' })],
    ['with data as an attribute', 'no name of an attribute', binary({ 'ce-data': 'a' })],
    ['with a time without a zone', 'time is not of RFC 3339', binary({ 'ce-time': '2026-11-27T12:00:00' })],
    ['with a content type that is none', 'datacontenttype is no', binary({ 'content-type': 'json' })],
  ])('%s', async (_, words, headers) => {
    await expectRefusal(open, { headers, body: '{"a":1}' }, 422, words);
  });

  it('with data that is not JSON, which the content type says', async () => {
    await expectRefusal(open, { headers: binary(), body: 'x' }, 422, 'not JSON');
  });

  it('and accepted with what is encoded, which is decoded once', async () => {
    const headers = binary({
      'ce-subject': 'Euro%20%E2%82%AC%20%f0%9f%98%80%2541',
      'ce-time': '2018-04-05T03:56:24Z',
    });
    await expectEvents(open, { headers, body: '{"a":1}' }, 1);
    expect(open.received.at(-1)).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/a',
      type: 'defender.event',
      subject: 'Euro \u20ac \u{1f600}%41',
      time: '2018-04-05T03:56:24Z',
      datacontenttype: 'application/json',
      data: { a: 1 },
    });
    await expectEvents(open, { headers: binary({ 'content-type': 'text/plain' }), body: 'x' }, 1);
  });
});

import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  PAGERDUTY_KEY,
  type PagerdutyReceiver,
  startPagerdutyReceiver,
} from '../../lab/receivers/pagerduty.ts';
import type { Fault } from '../../lab/receivers/server.ts';

let receiver: PagerdutyReceiver;
let fault: Fault;

beforeAll(async () => {
  receiver = await startPagerdutyReceiver({ store: true, fault: () => fault });
});
afterEach(() => {
  fault = undefined;
});
afterAll(() => receiver.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object | Uint8Array<ArrayBuffer>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function send({ method = 'POST', path = '/v2/enqueue', headers, body = trigger() }: Sent) {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const reply = await fetch(`${receiver.origin}${path}`, {
    method,
    headers: { ...JSON_TYPE, ...headers },
    ...(method !== 'GET' && { body: isRaw ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, type: reply.headers.get('content-type'), text };
}

const payload = (over: object = {}) => ({ summary: 'x', source: 'host', severity: 'critical', ...over });
const trigger = (over: object = {}) => ({
  routing_key: PAGERDUTY_KEY,
  event_action: 'trigger',
  payload: payload(),
  ...over,
});
const later = (over: object = {}) => ({
  routing_key: PAGERDUTY_KEY,
  event_action: 'resolve',
  dedup_key: 'k',
  ...over,
});
/** A trigger whose JSON has this many bytes. */
function ofBytes(bytes: number): string {
  const text = (details: string) =>
    JSON.stringify(trigger({ payload: payload({ custom_details: { details } }) }));
  return text('x'.repeat(bytes - text('').length));
}

describe('PagerDuty refuses with 400 and says why:', () => {
  it.each<[string, string, Sent]>([
    ['text', 'content type', { headers: { 'content-type': 'text/plain' } }],
    ['a type that only begins as JSON', 'content type', { headers: { 'content-type': 'application/json5' } }],
    ['query parameters', 'query', { path: '/v2/enqueue?routing_key=x' }],
    [
      'gzip, which no page offers',
      'unsupported_encoding',
      { headers: { 'content-encoding': 'gzip' }, body: new Uint8Array(gzipSync(JSON.stringify(trigger()))) },
    ],
    ['bytes that are not UTF-8', 'not_utf8', { body: Uint8Array.from([0x7b, 0xff, 0x7d]) }],
    ['no key', "'routing_key' is missing or blank", { body: trigger({ routing_key: undefined }) }],
    [
      'a short key',
      "Length of 'routing_key' is incorrect (should be 32 characters)",
      { body: trigger({ routing_key: PAGERDUTY_KEY.slice(1) }) },
    ],
    [
      'a key with a dash',
      "'routing_key' cannot contain non-alphanumeric characters.",
      { body: trigger({ routing_key: `-${PAGERDUTY_KEY.slice(1)}` }) },
    ],
    ['a key that is a number', "'routing_key' is invalid", { body: trigger({ routing_key: 1 }) }],
    ['no action', "'event_action' is missing or blank", { body: trigger({ event_action: undefined }) }],
    ['an unknown action', "'event_action' is invalid", { body: trigger({ event_action: 'close' }) }],
    ['no payload', "'payload' is missing or blank", { body: trigger({ payload: undefined }) }],
    ['a payload in an array', "'payload' is invalid", { body: trigger({ payload: [payload()] }) }],
    [
      'no summary',
      "'payload.summary' is missing or blank",
      { body: trigger({ payload: payload({ summary: undefined }) }) },
    ],
    [
      'a blank summary',
      "'payload.summary' is missing or blank",
      { body: trigger({ payload: payload({ summary: ' \n' }) }) },
    ],
    [
      'a summary of 1,025 characters',
      "'payload.summary' is too long (maximum is 1024 characters)",
      { body: trigger({ payload: payload({ summary: 'x'.repeat(1_025) }) }) },
    ],
    [
      'no source',
      "'payload.source' is missing or blank",
      { body: trigger({ payload: payload({ source: '' }) }) },
    ],
    [
      'no severity',
      "'payload.severity' is missing or blank",
      { body: trigger({ payload: payload({ severity: undefined }) }) },
    ],
    [
      'a severity of another scale',
      "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
      { body: trigger({ payload: payload({ severity: 'high' }) }) },
    ],
    [
      'a time without a zone',
      "'payload.timestamp' is invalid",
      { body: trigger({ payload: payload({ timestamp: '2026-11-27T12:00:00' }) }) },
    ],
    [
      'a day that is none',
      "'payload.timestamp' is invalid",
      { body: trigger({ payload: payload({ timestamp: '2026-02-30T12:00:00Z' }) }) },
    ],
    [
      'a time in seconds',
      "'payload.timestamp' is invalid",
      { body: trigger({ payload: payload({ timestamp: 1_764_244_800 }) }) },
    ],
    [
      'a class that is a number',
      "'payload.class' is invalid",
      { body: trigger({ payload: payload({ class: 7 }) }) },
    ],
    [
      'details in an array',
      "'payload.custom_details' is invalid",
      { body: trigger({ payload: payload({ custom_details: ['x'] }) }) },
    ],
    [
      'a misspelt property of the payload',
      "'payload.sumary' is not known",
      { body: trigger({ payload: payload({ sumary: 'x' }) }) },
    ],
    ['a misspelt property', "'dedupe_key' is not known", { body: trigger({ dedupe_key: 'x' }) }],
    [
      'a dedup key of 256 characters',
      "'dedup_key' is too long (maximum is 255 characters)",
      { body: trigger({ dedup_key: 'x'.repeat(256) }) },
    ],
    ['a link that is text', "'links' is invalid", { body: trigger({ links: ['https://a.example'] }) }],
    [
      'a link without an address',
      "'links.href' is missing or blank",
      { body: trigger({ links: [{ text: 'x' }] }) },
    ],
    [
      'a link that runs a script',
      "'links.href' is invalid",
      { body: trigger({ links: [{ href: 'javascript:alert(1)' }] }) },
    ],
    ['links that are no array', "'links' is invalid", { body: trigger({ links: { href: 'https://a' } }) }],
    [
      'an image without TLS',
      "'images.src' is invalid",
      { body: trigger({ images: [{ src: 'http://a.example/x.png' }] }) },
    ],
    [
      'an image without a source',
      "'images.src' is missing or blank",
      { body: trigger({ images: [{ alt: 'x' }] }) },
    ],
    ['a client address that is none', "'client_url' is invalid", { body: trigger({ client_url: 'here' }) }],
    [
      'a resolve without its key',
      "'dedup_key' is missing or blank",
      { body: later({ dedup_key: undefined }) },
    ],
    [
      'an acknowledge with a blank key',
      "'dedup_key' is missing or blank",
      { body: later({ event_action: 'acknowledge', dedup_key: '' }) },
    ],
    ['a resolve with a payload', "'payload' is not known", { body: later({ payload: payload() }) }],
    [
      'a property twice',
      "'dedup_key' is there twice",
      { body: JSON.stringify(trigger({ dedup_key: 'a' })).replace('{', '{"dedup_key":"b",') },
    ],
  ])('%s', async (_, error, sent) => {
    const before = { ...receiver.counts };
    const { status, type, text } = await send(sent);
    expect({ status, type, body: JSON.parse(text) }).toEqual({
      status: 400,
      type: 'application/json',
      body: {
        status: 'invalid event',
        message: 'Event object is invalid',
        errors: [expect.stringContaining(error)],
      },
    });
    expect(receiver.counts).toEqual({
      ...before,
      requests: before.requests + 1,
      refused: before.refused + 1,
    });
  });

  it('each fault of an event at once', async () => {
    const { text } = await send({
      body: { routing_key: PAGERDUTY_KEY, event_action: 'trigger', payload: {}, links: 1 },
    });
    expect(JSON.parse(text).errors).toHaveLength(4);
  });

  it.each([
    ['half an event', JSON.stringify(trigger()).slice(0, -1), 'JSON parse error'],
    ['no body', '', 'JSON parse error'],
    ['two events in a row', `${JSON.stringify(trigger())}\n${JSON.stringify(trigger())}`, 'JSON parse error'],
    ['several events in an array', JSON.stringify([trigger()]), 'JSON is not an object'],
    ['null', 'null', 'JSON is not an object'],
  ])('%s', async (_, body, error) => {
    const { status, text } = await send({ body });
    expect([status, JSON.parse(text)]).toEqual([
      400,
      {
        status: 'Unrecognized object',
        message: 'Event object format is unrecognized',
        errors: [error],
      },
    ]);
  });

  it('the key of no service', async () => {
    const { status, text } = await send({ body: trigger({ routing_key: 'f'.repeat(32) }) });
    expect([status, JSON.parse(text)]).toEqual([
      400,
      { status: 'invalid key', message: 'Event object is invalid', errors: ['Invalid routing key'] },
    ]);
  });
});

describe('PagerDuty refuses with another status:', () => {
  it.each<[string, number, Sent]>([
    ['the path of another API', 404, { path: '/v2/change/enqueue' }],
    ['a path with a slash too many', 404, { path: '/v2/enqueue/' }],
    ['GET', 405, { method: 'GET' }],
    ['PUT', 405, { method: 'PUT' }],
    ['more than 512 KB', 413, { body: ofBytes(512_001) }],
  ])('%s', async (_, status, sent) => {
    const before = { ...receiver.counts };
    expect((await send(sent)).status).toBe(status);
    expect(receiver.counts).toEqual({
      ...before,
      requests: before.requests + 1,
      refused: before.refused + 1,
    });
  });

  it('events that come too fast, and takes the first of them', async () => {
    const slow = await startPagerdutyReceiver({ intervalMs: 600_000 });
    const post = () =>
      fetch(slow.url, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(trigger()) });
    try {
      expect((await post()).status).toBe(202);
      const reply = await post();
      expect([reply.status, await reply.json()]).toEqual([
        429,
        { status: 'throttle exceeded', message: expect.any(String), errors: [] },
      ]);
      expect(slow.counts).toMatchObject({ events: 1, refused: 1 });
    } finally {
      await slow.close();
    }
  });

  it('everything while the fault hook says so', async () => {
    const before = receiver.counts.events;
    fault = { status: 503, body: 'down' };
    expect(await send({})).toMatchObject({ status: 503, text: 'down' });
    expect(receiver.counts.events).toBe(before);
  });
});

describe('PagerDuty accepts', () => {
  it.each<[string, Sent]>([
    ['the least event', {}],
    ['a content type with its charset', { headers: { 'content-type': 'application/json; charset=utf-8' } }],
    ['an event of 512 KB', { body: ofBytes(512_000) }],
    [
      '1,024 characters of three bytes',
      { body: trigger({ payload: payload({ summary: '€'.repeat(1_024) }) }) },
    ],
    [
      'the event of the API’s own example',
      {
        body: trigger({
          payload: payload({
            timestamp: '2015-07-17T08:42:58.315+0000',
            component: 'mysql',
            group: 'prod-datapipe',
            class: 'disk',
            custom_details: { 'free space': '1%', 'load avg': 0.75 },
          }),
          dedup_key: 'srv01/mysql',
          client: 'Sample Monitoring Service',
          client_url: 'https://monitoring.service.example',
          links: [{ href: 'http://pagerduty.example.com', text: 'An example link.' }],
          images: [{ src: 'https://chart.example/x?a=1', href: 'https://a.example', alt: 'An image' }],
        }),
      },
    ],
    [
      'a time with an offset',
      { body: trigger({ payload: payload({ timestamp: '2026-11-27T12:00:00+01:00' }) }) },
    ],
    ['an acknowledge', { body: later({ event_action: 'acknowledge' }) }],
    ['a resolve of what is not open, which changes nothing', { body: later() }],
  ])('%s', async (_, sent) => {
    const before = receiver.counts.events;
    const { status, type, text } = await send(sent);
    expect({ status, type, body: JSON.parse(text) }).toEqual({
      status: 202,
      type: 'application/json',
      body: { status: 'success', message: 'Event processed', dedup_key: expect.stringMatching(/./) },
    });
    expect(receiver.counts.events).toBe(before + 1);
    expect(receiver.received).toHaveLength(receiver.counts.events);
  });

  it('one key as one alert until it is resolved', async () => {
    const opened = receiver.opened();
    const event = trigger({ dedup_key: 'one' });
    for (const body of [event, event, later({ event_action: 'acknowledge', dedup_key: 'one' })]) {
      expect(JSON.parse((await send({ body })).text)).toMatchObject({ dedup_key: 'one' });
    }
    expect(receiver.alerts.get('one')).toMatchObject({ isOpen: true, triggers: 2 });
    await send({ body: later({ dedup_key: 'one' }) });
    expect(receiver.alerts.get('one')).toMatchObject({ isOpen: false, triggers: 2 });
    await send({ body: event });
    expect(receiver.alerts.get('one')).toMatchObject({ isOpen: true, triggers: 1 });
    expect(receiver.opened()).toBe(opened + 2);
  });

  it('an event without a key as an alert of its own', async () => {
    const opened = receiver.opened();
    const keys = [await send({}), await send({})].map(({ text }) => JSON.parse(text).dedup_key);
    expect(new Set(keys).size).toBe(2);
    expect(receiver.opened()).toBe(opened + 2);
  });
});

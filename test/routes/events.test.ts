import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { QueueError } from '../../src/queue/errors.ts';
import {
  blobCreatedData,
  CONTAINER,
  cloudEvent,
  eventGridEvent,
  NAME,
  TOPIC,
  URL_OF_BLOB,
  validationEvent,
} from '../event-grid/samples.ts';
import { errorOf, fixture, KEY } from './fixture.ts';

describe('POST /events', () => {
  it.each([
    ['an array in Event Grid schema', 'application/json; charset=utf-8', [eventGridEvent()]],
    ['one event in Event Grid schema', 'application/json', eventGridEvent()],
    ['one structured CloudEvent', 'application/cloudevents+json; charset=utf-8', cloudEvent()],
    ['an array of CloudEvents under the single type', 'application/cloudevents+json', [cloudEvent()]],
    ['a batch of CloudEvents', 'application/cloudevents-batch+json', [cloudEvent()]],
    ['CloudEvents as plain JSON', 'APPLICATION/JSON', [cloudEvent()]],
  ])('makes a task of %s', async (_what, type, body) => {
    const { post, tasks, counts } = fixture();
    const response = await post(body, { 'content-type': type, 'aeg-event-type': 'Notification' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ queued: 1, ignored: 0 });
    expect(await tasks()).toMatchObject([
      { blob: { container: CONTAINER, name: NAME }, origin: 'notification' },
    ]);
    expect(counts()).toEqual({ 'notifications queued': 1 });
  });

  it('reads a CloudEvent in binary mode', async () => {
    const { post, tasks } = fixture();
    const response = await post(blobCreatedData(URL_OF_BLOB), {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': TOPIC,
      'ce-type': 'Microsoft.Storage.BlobCreated',
    });
    expect(response.status).toBe(200);
    expect(await tasks()).toHaveLength(1);
  });

  it('acknowledges and counts events that ask for nothing', async () => {
    const { post, tasks, counts } = fixture();
    const foreign = (url: string) => eventGridEvent({ data: blobCreatedData(url) });
    const response = await post([
      eventGridEvent({ eventType: 'Microsoft.Storage.BlobDeleted' }),
      eventGridEvent({ eventType: 'Contoso.Anything', data: null }),
      foreign(URL_OF_BLOB.replace('contoso', 'fabrikam')),
      foreign(URL_OF_BLOB.replace(CONTAINER, 'insights-logs-signinlogs')),
      foreign(URL_OF_BLOB.replace('y=2026', '..')),
      foreign(URL_OF_BLOB.replace('/y=2026', '/..%2F..%2Fstate%2F')),
      foreign(URL_OF_BLOB.replace('.json', '.txt')),
      foreign('not an address'),
    ]);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ queued: 0, ignored: 8 });
    expect(await tasks()).toEqual([]);
    expect(counts()).toEqual({
      'notifications ignored other_event_type': 2,
      'notifications ignored foreign_account': 1,
      'notifications ignored other_container': 1,
      'notifications ignored bad_name': 2,
      'notifications ignored other_name': 1,
      'notifications ignored bad_url': 1,
    });
  });

  it('takes encoded slashes for slashes', async () => {
    const { post, tasks } = fixture();
    await post([
      eventGridEvent({ data: blobCreatedData(URL_OF_BLOB.replace(NAME, encodeURIComponent(NAME))) }),
      eventGridEvent(),
    ]);
    expect(await tasks()).toMatchObject([{ blob: { name: NAME } }]);
  });

  it('takes an empty batch', async () => {
    expect((await fixture().post([])).status).toBe(200);
  });

  it('logs what Event Grid says of the delivery', async () => {
    const { post, lines } = fixture();
    await post([eventGridEvent()], { 'aeg-subscription-name': 'DEFENDER', 'aeg-delivery-count': '3' });
    expect(lines).toMatchObject([
      { level: 'info', fields: { subscription: 'DEFENDER', deliveryCount: '3', tasks: 1 } },
    ]);
  });
});

describe('POST /events, bad input', () => {
  it.each([
    ['nothing', '', 'notification_not_json'],
    ['no JSON', 'hello', 'notification_not_json'],
    ['JSON cut short', '[{"id":"1"', 'notification_not_json'],
    ['a number', '7', 'notification_malformed'],
    ['null', 'null', 'notification_malformed'],
    ['an object of another shape', '{"hello":"world"}', 'notification_malformed'],
    ['an array of another shape', '[1,[],"x",null]', 'notification_malformed'],
    ['a URL that is no text', [eventGridEvent({ data: { url: { a: 1 } } })], 'notification_malformed'],
    ['very deep JSON', '['.repeat(100_000) + ']'.repeat(100_000), 'notification_malformed'],
  ])('answers %s with 400', async (_what, body, code) => {
    const { post, counts, tasks } = fixture();
    const response = await post(body);
    expect(response.status).toBe(400);
    expect((await errorOf(response)).code).toBe(code);
    expect(Object.keys(counts())).toEqual([`notifications rejected ${code}`]);
    expect(await tasks()).toEqual([]);
  });

  it('answers invalid UTF-8 with 400', async () => {
    const { app } = fixture();
    const body = Buffer.concat([Buffer.from('[{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}]')]);
    const headers = { 'content-type': 'application/json' };
    const response = await app.request(`/events?code=${KEY}`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect((await errorOf(response)).code).toBe('notification_not_json');
  });

  it('queues the good events of a batch with a malformed one, and says which is not', async () => {
    const { post, tasks } = fixture();
    const response = await post([eventGridEvent(), { id: 7 }]);
    expect(response.status).toBe(400);
    expect((await errorOf(response)).message).toContain('Event 1');
    expect(await tasks()).toHaveLength(1);
  });

  it('refuses another schema than the content type says', async () => {
    const { post } = fixture();
    const response = await post(eventGridEvent(), { 'content-type': 'application/cloudevents+json' });
    expect(response.status).toBe(400);
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', { 'content-type': 'text/plain' }],
    ['no type', { 'content-type': '' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['compression', { 'content-encoding': 'gzip' }],
  ])('answers %s with 415', async (_what, headers) => {
    const { post, tasks } = fixture();
    const response = await post([eventGridEvent()], headers);
    expect(response.status).toBe(415);
    expect(await tasks()).toEqual([]);
  });

  it('answers gzip under a JSON type with 400', async () => {
    const { app } = fixture();
    const body = gzipSync(JSON.stringify([eventGridEvent()]));
    const headers = { 'content-type': 'application/json' };
    const response = await app.request(`/events?code=${KEY}`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
  });

  it('answers a body over the limit with 413, by its length and by what comes', async () => {
    const { post, app, counts } = fixture();
    const body = ' '.repeat(2_000_000);
    expect((await post(body)).status).toBe(413);
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: endless, duplex: 'half' };
    const response = await app.request(new Request(`http://relay/events?code=${KEY}`, init as RequestInit));
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(2_000_000);
    expect(counts()).toEqual({ 'notifications rejected too_large': 2 });
  });

  it('answers a body that breaks off with 503, as it may come whole the next time', async () => {
    const { app } = fixture();
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error('connection reset'));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: broken, duplex: 'half' };
    const response = await app.request(new Request(`http://relay/events?code=${KEY}`, init as RequestInit));
    expect(response.status).toBe(503);
  });

  it.each(['GET', 'PUT', 'DELETE'])('answers %s with 405', async (method) => {
    const response = await fixture().app.request(`/events?code=${KEY}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });
});

describe('POST /events, the queue', () => {
  it('answers 503 and when to try again while the queue takes nothing, or not everything', async () => {
    let sends = 0;
    const send = async () => {
      sends += 1;
      if (sends > 10) throw new QueueError('queue_unavailable', 'Could not write to the queue.');
    };
    const { post, counts } = fixture({ queue: { send } });
    const events = Array.from({ length: 100 }, (_, n) =>
      eventGridEvent({ data: blobCreatedData(URL_OF_BLOB.replace('PT1H', `PT1H_${n}`)) }),
    );
    const response = await post(events);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('10');
    expect((await errorOf(response)).code).toBe('queue_unavailable');
    expect(counts()).toEqual({ 'notifications rejected queue_unavailable': 100 });
  });

  it('takes 5,000 events in one request', async () => {
    const { post, tasks } = fixture();
    const events = Array.from({ length: 5000 }, (_, n) => {
      const url = URL_OF_BLOB.replace('PT1H', `PT1H_${n}`);
      return { id: `${n}`, eventType: 'Microsoft.Storage.BlobCreated', subject: '', data: { url } };
    });
    // Event Grid sends at most 1 MB. What the endpoint takes lies above that.
    expect(JSON.stringify(events).length).toBeLessThan(1_572_864);
    const response = await post(events);
    expect(await response.json()).toEqual({ queued: 5000, ignored: 0 });
    expect(new Set((await tasks()).map((task) => task.blob.name)).size).toBe(5000);
  });
});

describe('the shared key', () => {
  const body = [eventGridEvent()];

  it.each([
    ['the query', {}, `/events?code=${KEY}`],
    ['aeg-sas-key', { 'aeg-sas-key': KEY }, '/events'],
    ['x-functions-key', { 'x-functions-key': KEY }, '/events'],
    ['a bearer token', { authorization: `Bearer ${KEY}` }, '/events'],
    ['a header beside a wrong query', { 'aeg-sas-key': KEY }, '/events?code=wrong'],
  ])('is taken from %s', async (_where, headers, path) => {
    expect((await fixture().post(body, headers, path)).status).toBe(200);
  });

  it('may be any of several while they are rotated', async () => {
    const keys = ['the-old-key-of-the-relay', 'the-new-key-of-the-relay'];
    const { post } = fixture({ keys });
    for (const key of keys) expect((await post(body, {}, `/events?code=${key}`)).status).toBe(200);
  });

  it.each([
    ['missing', '/events', 'key_missing'],
    ['empty', '/events?code=', 'key_missing'],
    ['wrong', '/events?code=a-key-that-is-long-enougH', 'key_wrong'],
    ['a part of ours', `/events?code=${KEY.slice(0, -1)}`, 'key_wrong'],
    ['longer than ours', `/events?code=${KEY}x`, 'key_wrong'],
    ['very long', `/events?code=${'x'.repeat(5000)}`, 'key_wrong'],
  ])('is refused with 401 when it is %s, before the body is read', async (_what, path, reason) => {
    const { post, tasks, counts } = fixture();
    const response = await post('no JSON', {}, path);
    expect(response.status).toBe(401);
    expect(counts()).toEqual({ [`notifications rejected ${reason}`]: 1 });
    expect(await tasks()).toEqual([]);
  });

  it('lets nobody in when none is configured, and says so as our fault', async () => {
    expect((await fixture({ keys: [] }).post(body)).status).toBe(503);
  });

  it('is not needed with insecure, but checked where there is one', async () => {
    expect((await fixture({ keys: [], insecure: true }).post(body, {}, '/events')).status).toBe(200);
    expect((await fixture({ insecure: true }).post(body, {}, '/events')).status).toBe(401);
  });

  it('is in no log line and no answer', async () => {
    const failing = { send: () => Promise.reject(new Error('broken')) };
    for (const over of [{}, { queue: failing }, { keys: ['some-other-key-altogether'] }]) {
      const { post, lines } = fixture(over);
      const answers: string[] = [];
      for (const sent of [body, 'no JSON', [validationEvent()]]) {
        answers.push(await (await post(sent, { 'aeg-sas-key': KEY })).text());
      }
      expect(lines.length).toBeGreaterThan(0);
      expect(JSON.stringify([lines, answers])).not.toContain(KEY);
    }
  });
});

describe('the handshakes', () => {
  it.each([
    ['told by the header', { 'aeg-event-type': 'SubscriptionValidation' }],
    ['told by the event alone', {}],
  ])('answers a subscription validation %s', async (_how, headers) => {
    const { post, counts } = fixture();
    const response = await post([validationEvent('a1b2')], headers);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ validationResponse: 'a1b2' });
    expect(counts()).toEqual({ 'notifications ignored subscription_validation': 1 });
  });

  it('does not answer a validation without the key', async () => {
    const response = await fixture().post([validationEvent('a1b2')], {}, '/events');
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('a1b2');
  });

  it('answers a validation without a code with 400', async () => {
    const { post } = fixture();
    const headers = { 'aeg-event-type': 'SubscriptionValidation' };
    expect((await post([eventGridEvent({ eventType: 'Other' })], headers)).status).toBe(400);
    expect((await post([{ ...validationEvent(), data: {} }], headers)).status).toBe(400);
  });

  it('acknowledges and counts the end of a subscription', async () => {
    const { post, counts, lines } = fixture();
    const event = {
      ...validationEvent(),
      eventType: 'Microsoft.EventGrid.SubscriptionDeletedEvent',
      data: {},
    };
    const response = await post([event], { 'aeg-event-type': 'SubscriptionDeletion' });
    expect(response.status).toBe(200);
    expect(counts()).toEqual({ 'notifications ignored subscription_deleted': 1 });
    expect(lines).toMatchObject([{ level: 'warn' }]);
  });

  const options = (headers: Record<string, string>, path = `/events?code=${KEY}`, over = {}) =>
    fixture(over).app.request(path, { method: 'OPTIONS', headers });

  it("grants CloudEvents' handshake to an allowed origin, at the rate it asks for", async () => {
    const response = await options({
      'webhook-request-origin': 'EventGrid.azure.net',
      'webhook-request-rate': '120',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('webhook-allowed-origin')).toBe('EventGrid.azure.net');
    expect(response.headers.get('webhook-allowed-rate')).toBe('120');
    expect(response.headers.get('allow')).toContain('POST');
  });

  it.each([[undefined], ['0'], ['-1'], ['1e9'], ['a\tb']])(
    'grants any rate when %j is asked for',
    async (rate) => {
      const headers = {
        'webhook-request-origin': 'eventgrid.azure.net',
        ...(rate && { 'webhook-request-rate': rate }),
      };
      expect((await options(headers)).headers.get('webhook-allowed-rate')).toBe('*');
    },
  );

  it.each(['evil.example', 'eventgrid.azure.net.evil.example', '*'])(
    'grants nothing to %s',
    async (origin) => {
      const response = await options({ 'webhook-request-origin': origin });
      expect(response.status).toBe(403);
      expect(response.headers.get('webhook-allowed-origin')).toBeNull();
    },
  );

  it('grants any origin where the config says so', async () => {
    const response = await options({ 'webhook-request-origin': 'x.example' }, '/events', {
      allowedOrigins: ['*'],
    });
    expect(response.headers.get('webhook-allowed-origin')).toBe('x.example');
  });

  it('answers an OPTIONS that is no handshake with what is allowed', async () => {
    const response = await options({});
    expect(response.status).toBe(204);
    expect(response.headers.get('webhook-allowed-origin')).toBeNull();
  });

  it('tells a wrong key at once', async () => {
    const response = await options({ 'webhook-request-origin': 'eventgrid.azure.net' }, '/events?code=wrong');
    expect(response.status).toBe(401);
    expect(response.headers.get('webhook-allowed-origin')).toBeNull();
  });
});

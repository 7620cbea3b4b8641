import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { type CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault, FaultHook, ReceivedRequest } from '../../lab/receivers/server.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';
import { makeBatch } from '../../src/delivery/batch.ts';
import { encodedBefore } from '../../src/delivery/copies.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { HttpClientFactory } from '../../src/destinations/http.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { webhookConfig } from '../../src/destinations/webhook/config.ts';
import { privateKey, secretKey, signerOf } from '../../src/destinations/webhook/signature.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import type { Envelope } from '../../src/shared/event.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, envelope, eventRecord } from './samples.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OLD_SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
const signal = new AbortController().signal;

function configOf(url: string, over: Record<string, unknown> = {}) {
  return webhookConfig.parse({
    type: 'webhook',
    url,
    secrets: [SECRET],
    allow_networks: ['127.0.0.1'],
    ...over,
  });
}

describe('webhook', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    over: Record<string, unknown> = {},
    fault?: FaultHook,
  ): Promise<{ destination: Destination; receiver: WebhookReceiver; requests: ReceivedRequest[] }> {
    const requests: ReceivedRequest[] = [];
    const receiver = await startWebhookReceiver({
      secret: SECRET,
      store: true,
      fault: (request) => {
        requests.push(request);
        return fault?.(request);
      },
    });
    const destination = createDestination('hook', configOf(receiver.url, over), depsOf(nodeHttpClient));
    closers.push(() => destination.close(), receiver.close);
    return { destination, receiver, requests };
  }

  it('sends Standard Webhooks’ body and headers', async () => {
    const { destination, receiver, requests } = await open({ headers: { 'X-Team': 'soc' } });
    await destination.send(batchOf(destination, [envelope(1), alert(2)], 'msg_77'), signal);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      type: 'defender.events',
      timestamp: envelope(1).time,
      data: {
        events: [
          eventRecord(envelope(1)),
          expect.objectContaining({ kind: 'alert', id: alert(2).alertId, event_id: alert(2).id }),
        ],
      },
    });
    expect(requests[0]?.headers).toMatchObject({
      'webhook-id': 'msg_77',
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'content-type': 'application/json',
      'xdr-relay-kind': 'mixed',
      'x-team': 'soc',
    });
    expect(receiver.counts.events).toBe(2);
  });

  it('sends single events, and raw rows untouched: a header says what they are, and alerts are records', async () => {
    const { destination, requests } = await open({ mode: 'single', shape: 'raw' });
    expect(destination.batch.items).toBe(1);
    await destination.send(batchOf(destination, [envelope(2)]), signal);
    await destination.send(batchOf(destination, [alert(2)]), signal);
    const [event, raised] = requests.map(({ headers, body }) => ({
      kind: headers['xdr-relay-kind'],
      body: JSON.parse(body),
    }));
    expect(event).toEqual({
      kind: 'event',
      body: {
        type: 'defender.event',
        timestamp: envelope(2).time,
        data: expect.not.objectContaining({ kind: expect.anything() }),
      },
    });
    expect(event?.body.data.category).toBe('AdvancedHunting-DeviceProcessEvents');
    expect(raised).toMatchObject({
      kind: 'alert',
      body: { type: 'defender.alert', data: { kind: 'alert', event_id: alert(2).id } },
    });
  });

  it('says that a dead letter of an alert is one when it is sent again', async () => {
    const { destination, requests } = await open();
    const { id, time, table, source } = alert(2);
    const head = { id, time, table, source, rule: { title: 'Download with certutil' } };
    const stored = encodedBefore(head, '{"kind":"alert"}', Buffer.alloc(0));
    await destination.send({ ...makeBatch('lane', [stored], destination.encoding), id: 'msg_1' }, signal);
    expect(requests[0]?.headers['xdr-relay-kind']).toBe('alert');
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ type: 'defender.alerts' });
  });

  it('sends CloudEvents, batched and single', async () => {
    const { destination, requests, receiver } = await open({ format: 'cloudevents' });
    await destination.send(batchOf(destination, [envelope(2), alert(2)]), signal);
    expect(requests[0]?.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
    const [event, raised] = receiver.received as Record<string, unknown>[];
    expect(event).toEqual({
      specversion: '1.0',
      id: envelope(2).id,
      source: `/tenants/${envelope(2).tenant}/tables/DeviceProcessEvents`,
      type: 'defender.event',
      subject: 'DeviceProcessEvents',
      time: envelope(2).time,
      datacontenttype: 'application/json',
      data: eventRecord(envelope(2)),
    });
    expect(raised).toMatchObject({ id: alert(2).alertId, type: 'defender.alert' });
    expect(raised?.source).not.toBe(event?.source);

    const single = await open({ format: 'cloudevents', mode: 'single' });
    await single.destination.send(batchOf(single.destination, [envelope(3)]), signal);
    expect(single.requests[0]?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(single.receiver.counts.events).toBe(1);
  });

  it('sends the same bytes when a batch is sent again', async () => {
    const { destination, requests } = await open({}, (request) =>
      request.number === 1 ? 'accept_then_reset' : undefined,
    );
    const batch = batchOf(destination, [envelope(1), envelope(2)]);
    await expect(destination.send(batch, signal)).rejects.toThrow();
    await destination.send(batch, signal);
    expect(requests[1]?.body).toBe(requests[0]?.body);
    expect(requests[1]?.headers['webhook-id']).toBe(requests[0]?.headers['webhook-id']);
  });

  it('sends long bodies after each other and at once, though their buffers are overwritten and used again', async () => {
    const { receiver, requests } = await open();
    let overwritten = 0;
    const overwriting: HttpClientFactory = (options) => {
      const client = nodeHttpClient(options);
      return {
        ...client,
        send({ onBodySent, ...request }, signal) {
          const { body } = request;
          const sent = () => {
            if (typeof body === 'object') body.fill(0xee);
            overwritten += 1;
            onBodySent?.();
          };
          return client.send({ ...request, onBodySent: sent }, signal);
        },
      };
    };
    const destination = createDestination('hook', configOf(receiver.url), depsOf(overwriting));
    closers.push(() => destination.close());
    const textOf = (n: number) => `${n}`.repeat(300_000);
    const send = (n: number) =>
      destination.send(batchOf(destination, [{ ...envelope(n), event: { text: textOf(n) } }]), signal);
    await send(1);
    await Promise.all([send(2), send(3)]);
    await send(4);
    const bodies = requests.map(({ body }) => body);
    // The receiver refuses bodies that are not those that were signed.
    for (const n of [1, 2, 3, 4]) expect(bodies.filter((body) => body.includes(textOf(n)))).toHaveLength(1);
    expect(overwritten).toBe(4);
  });

  /** A receiver that answers 409 to every id it has seen. */
  function remembering(before: (request: ReceivedRequest) => Fault = () => undefined): FaultHook {
    const seen = new Set<string>();
    return (request) => {
      const id = request.headers['webhook-id'] ?? '';
      if (seen.has(id)) return { status: 409, body: 'duplicate' };
      const fault = before(request);
      if (fault !== 'reset') seen.add(id);
      return fault;
    };
  }

  it.each<[string, Fault]>([
    ['lost', 'accept_then_reset'],
    ['cut', 'half_reply'],
    ['a 500', { status: 500 }],
  ])('takes a batch for accepted whose first reply was %s and whose id is known', async (_, fault) => {
    const faults = [fault];
    const { destination, requests } = await open(
      {},
      remembering(() => faults.shift()),
    );
    const batch = batchOf(destination, [envelope(1), envelope(2)]);
    await expect(destination.send(batch, signal)).rejects.toBeInstanceOf(RetryableError);
    await destination.send(batch, signal);
    const ids = requests.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual(['msg_1', 'msg_1', expect.stringMatching(/^msg_1_[0-9a-f]{8}$/)]);
  });

  it('delivers a batch whose id another process used before it crashed', async () => {
    const { destination, receiver } = await open({}, (request) =>
      request.headers['webhook-id'] === 'msg_1' ? { status: 409 } : undefined,
    );
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(receiver.received).toEqual([eventRecord(envelope(1)), eventRecord(envelope(1))]);
  });

  it.each<[string, Fault[]]>([
    ['at once', []],
    ['after a connection that it reset', ['reset']],
    ['after a reply that was lost', ['accept_then_reset', 'half_reply']],
    ['after a 503', [{ status: 503 }]],
  ])('does not believe a filter that answers 409 to a row %s', async (_, first) => {
    const faults = [...first];
    const { destination } = await open({}, ({ body }) =>
      body.includes('mimikatz') ? (faults.shift() ?? { status: 409 }) : undefined,
    );
    const bad = envelope(1, { event: { ProcessCommandLine: 'mimikatz' } });
    const send = () => destination.send(batchOf(destination, [envelope(0), bad]), signal);
    for (const _each of first) await expect(send()).rejects.toBeInstanceOf(RetryableError);
    for (const _each of [1, 2, 3]) await expect(send()).rejects.toMatchObject({ code: 'refused' });
  });

  it('signs once per secret while rotating, and not at all without one', async () => {
    const rotating = await open({ secrets: [OLD_SECRET, SECRET] });
    await rotating.destination.send(batchOf(rotating.destination, [envelope(1)]), signal);
    const header = rotating.requests[0]?.headers['webhook-signature'] ?? '';
    expect(header.split(' ')).toHaveLength(2);

    const wrong = await open({ secrets: [OLD_SECRET] });
    const refused = wrong.destination.send(batchOf(wrong.destination, [envelope(1)]), signal);
    await expect(refused).rejects.toBeInstanceOf(DestinationRefusedError);

    const unsigned = await open({ secrets: [] }, () => ({ status: 204 }));
    await unsigned.destination.send(batchOf(unsigned.destination, [envelope(1)]), signal);
    expect(unsigned.requests[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  it.each([
    [422, RowsRefusedError],
    [410, DestinationRefusedError],
    [451, DestinationRefusedError],
  ])('takes %i as its kind of refusal', async (status, kind) => {
    const { destination } = await open({}, () => ({ status }));
    await expect(destination.send(batchOf(destination, [envelope(1)]), signal)).rejects.toBeInstanceOf(kind);
  });

  it('signs as the standard’s own library does, and Svix’', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.string({ unit: 'grapheme' }),
        async (key, id, timestamp, body) => {
          const secret = `whsec_${Buffer.from(key).toString('base64')}`;
          const ours = await signerOf(secret)({ id, timestamp, body: Buffer.from(body) });
          expect(ours).toBe(new Webhook(secret).sign(id, new Date(timestamp * 1000), body));
          expect(ours).toBe(new Svix(secret).sign(id, new Date(timestamp * 1000), body));
        },
      ),
    );
  });

  it('signs with a private key as the standard’s reference implementation in Go does', async () => {
    // libraries/go/webhook_asymmetric_test.go of github.com/standard-webhooks/standard-webhooks.
    const sign = signerOf('whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=');
    const signed = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      body: Buffer.from('{"test": 2432232314}'),
    };
    expect(await sign(signed)).toBe(
      'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==',
    );
  });

  it('signs what the public key of a private one verifies, beside a shared secret', async () => {
    const { privateKey: own, publicKey } = generateKeyPairSync('ed25519');
    const seed = Buffer.from(own.export({ format: 'jwk' }).d ?? '', 'base64url');
    const whole = Buffer.concat([
      seed,
      Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    ]);
    for (const bytes of [seed, whole]) {
      const { destination, requests } = await open({ secrets: [SECRET, `whsk_${bytes.toString('base64')}`] });
      await destination.send(batchOf(destination, [envelope(1)]), signal);
      const { headers, body } = requests[0] ?? expect.fail('nothing came');
      const [shared, asymmetric = ''] = (headers['webhook-signature'] ?? '').split(' ');
      expect(shared).toMatch(/^v1,/);
      const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const signature = Buffer.from(asymmetric.replace(/^v1a,/, ''), 'base64');
      expect(verify(undefined, Buffer.from(text), publicKey, signature)).toBe(true);
      expect(verify(undefined, Buffer.from(`${text} `), publicKey, signature)).toBe(false);
    }
    expect(privateKey(`whsk_${Buffer.alloc(31).toString('base64')}`)).toBeUndefined();
    expect(() => configOf('https://hook.example', { secrets: ['whsk_abc'] })).toThrow();
  });

  it('sends CloudEvents whose attributes are headers, as the SDK of CloudEvents reads them', async () => {
    const requests: ReceivedRequest[] = [];
    const { destination } = await open({ format: 'cloudevents', mode: 'binary' }, (request) => {
      requests.push(request);
      return { status: 204 };
    });
    expect(destination.batch.items).toBe(1);
    const odd = envelope(2, { table: 'Tüble "%"' });
    await destination.send(batchOf(destination, [envelope(2)]), signal);
    await destination.send(batchOf(destination, [odd]), signal);
    await destination.send(batchOf(destination, [alert(3)]), signal);
    const events = requests.map(
      ({ headers, body }) => HTTP.toEvent({ headers, body }) as CloudEvent<unknown>,
    );
    expect(events[0]).toMatchObject({
      id: envelope(2).id,
      source: `/tenants/${envelope(2).tenant}/tables/DeviceProcessEvents`,
      type: 'defender.event',
      subject: 'DeviceProcessEvents',
      data: eventRecord(envelope(2)),
    });
    // The SDK does not decode what the protocol binding has encoded.
    expect(requests[1]?.headers['ce-subject']).toBe('T%C3%BCble%20%22%25%22');
    expect(events[2]).toMatchObject({ id: alert(3).alertId, type: 'defender.alert' });
    for (const event of events) expect(event.validate()).toBe(true);
  });

  it('sends CloudEvents that their SDK takes, batched and single', async () => {
    for (const mode of ['batch', 'single']) {
      const { destination, requests } = await open({ format: 'cloudevents', mode });
      await destination.send(batchOf(destination, [envelope(2)]), signal);
      const { headers, body } = requests[0] ?? expect.fail('nothing came');
      const events = [HTTP.toEvent({ headers, body }) as CloudEvent<unknown> | CloudEvent<unknown>[]].flat();
      expect(events.map(({ id }) => id)).toEqual([envelope(2).id]);
      for (const event of events) expect(event.validate()).toBe(true);
    }
  });

  it.each([
    ['without seconds', '2026-11-23 07:01', '2026-11-23T07:01:00Z'],
    ['without a zone', '2026-11-23T07:01:02.1234567', '2026-11-23T07:01:02.1234567Z'],
    ['whose zone has no colon', '2026-11-23 07:01:02.5+0100', '2026-11-23T06:01:02.5Z'],
  ])('writes a time %s as RFC 3339 has it', async (_, time, written) => {
    for (const over of [{}, { format: 'cloudevents' }, { format: 'cloudevents', mode: 'binary' }]) {
      const { destination, receiver, requests } = await open(over);
      await destination.send(batchOf(destination, [envelope(1, { time })]), signal);
      const { timestamp } = JSON.parse(requests[0]?.body ?? '');
      const [event] = receiver.received as { time?: string }[];
      expect('format' in over ? event?.time : timestamp).toBe(written);
    }
  });

  it('takes the time of receipt for a body whose last row has none', async () => {
    const { destination, requests } = await open();
    const received = '2026-11-23T07:05:00Z';
    await destination.send(batchOf(destination, [envelope(1, { time: '', received })]), signal);
    expect(JSON.parse(requests[0]?.body ?? '').timestamp).toBe(received);
  });

  it('sends the events alone, as an array, as lines, or one by one', async () => {
    const sent = async (over: Record<string, unknown>, ...of: readonly Envelope[]) => {
      const { destination, requests } = await open(over, () => ({ status: 200 }));
      await destination.send(batchOf(destination, of), signal);
      return requests[0] ?? expect.fail('nothing came');
    };
    const two = [envelope(1), envelope(2)] as const;
    const array = await sent({ format: 'json' }, ...two);
    expect(array.headers['content-type']).toBe('application/json');
    expect(JSON.parse(array.body)).toEqual(two.map((each) => eventRecord(each)));
    const lines = await sent({ format: 'ndjson' }, ...two);
    expect(lines.headers['content-type']).toBe('application/x-ndjson');
    expect(lines.body.endsWith('\n')).toBe(true);
    expect(
      lines.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(two.map((each) => eventRecord(each)));
    const single = await sent({ format: 'json', mode: 'single' }, envelope(1));
    expect(JSON.parse(single.body)).toEqual(eventRecord(envelope(1)));
    const raw = await sent({ format: 'ndjson', shape: 'raw' }, envelope(1));
    expect(JSON.parse(raw.body).category).toBe('AdvancedHunting-DeviceProcessEvents');
  });

  it('divides rows with other headers into bodies of the same form', async () => {
    const { destination, requests } = await open({ format: 'ndjson' }, () => ({ status: 200 }));
    const filed = (at: number, team: string) => envelope(at, { metadata: { headers: { 'x-team': team } } });
    await destination.send(batchOf(destination, [filed(1, 'a'), filed(2, 'b'), filed(3, 'a')]), signal);
    const bodies = requests.map(({ headers, body }) => [
      headers['x-team'],
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ]);
    expect(bodies).toEqual([
      ['a', [envelope(1).id, envelope(3).id]],
      ['b', [envelope(2).id]],
    ]);
  });

  it('compresses where it is asked to, and signs what the receiver has after that', async () => {
    const { destination, requests, receiver } = await open({ compression: 'gzip' });
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(receiver.received).toEqual([eventRecord(envelope(1))]);
  });

  it.each([
    [
      { type: 'basic', username: 'relay', password: 'päss:word' },
      'authorization',
      'Basic cmVsYXk6cMOkc3M6d29yZA==',
    ],
    [{ type: 'bearer', token: 'abc.def' }, 'authorization', 'Bearer abc.def'],
    [{ type: 'api_key', key: 'k-123' }, 'x-api-key', 'k-123'],
    [{ type: 'api_key', header: 'X-Token', key: 'k-123' }, 'x-token', 'k-123'],
  ])('says who it is: %o', async (auth, name, value) => {
    const { destination, requests } = await open({ auth });
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(requests[0]?.headers[name]).toBe(value);
  });

  it.each(['Content-Length', 'transfer-encoding', 'Host', 'webhook-id', 'ce-id', 'a b'])(
    'has no key in the header %s',
    (header) => {
      expect(() =>
        configOf('https://hook.example', { auth: { type: 'api_key', header, key: 'k' } }),
      ).toThrow();
    },
  );

  it('refuses what does not go together', () => {
    const auth = { type: 'bearer', token: 'abc' };
    expect(() => configOf('https://hook.example', { auth, headers: { Authorization: 'x' } })).toThrow(
      /`auth` sets/,
    );
    expect(() => configOf('https://hook.example', { mode: 'binary' })).toThrow(/cloudevents/);
    expect(() => configOf('https://hook.example', { headers: { 'ce-id': 'x' } })).toThrow();
    expect(() =>
      configOf('https://hook.example', { auth: { type: 'basic', username: 'a:b', password: 'c' } }),
    ).toThrow(/colon/);
  });

  it('refuses secrets that are none', () => {
    const short = `whsec_${randomBytes(16).toString('base64')}`;
    for (const secret of [
      'whsec_',
      'whsec_%%%%',
      short,
      `whsec_${randomBytes(65).toString('base64')}`,
      'abc',
    ]) {
      expect(secretKey(secret)).toBeUndefined();
      expect(() => configOf('https://hook.example', { secrets: [secret] })).toThrow();
    }
  });

  it.each([
    'Host',
    'content-type',
    'Content-Length',
    'webhook-id',
    'Webhook-Signature',
    'Transfer-Encoding',
    'a b',
  ])('refuses a custom header %s', (name) => {
    expect(() => configOf('https://hook.example', { headers: { [name]: 'x' } })).toThrow();
  });

  it('refuses a header value that would begin another header, and a password in the address', () => {
    expect(() => configOf('https://hook.example', { headers: { 'x-a': 'b\r\nx-c: d' } })).toThrow();
    expect(() => configOf('https://user:pass@hook.example')).toThrow();
  });

  it('copes with any tenant and rule name', async () => {
    const { destination, receiver } = await open({ format: 'cloudevents' });
    const odd: Partial<Envelope> = {
      tenant: 'a/b \ud800',
      table: '../x',
      time: 'never',
      rule: { title: '\udfff/?' },
    };
    await destination.send(batchOf(destination, [envelope(1, odd)]), signal);
    expect(receiver.received[0]).toMatchObject({
      source: '/tenants/a%2Fb%20%EF%BF%BD/tables/..%2Fx/rules/%EF%BF%BD%2F%3F',
    });
    for (const mode of ['single', 'binary']) {
      const { destination, receiver } = await open({ format: 'cloudevents', mode });
      for (const table of ['', 'a\u0000b\ufffe\ud800']) {
        await destination.send(batchOf(destination, [envelope(1, { table })]), signal);
      }
      const subjects = (receiver.received as { subject: string }[]).map(({ subject }) => subject);
      expect(subjects).toEqual(['unknown', 'a\ufffdb\ufffd\ufffd']);
    }
  });
});

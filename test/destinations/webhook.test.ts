import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault, FaultHook, ReceivedRequest } from '../../lab/receivers/server.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';
import { makeBatch } from '../../src/delivery/batch.ts';
import { encodedBefore } from '../../src/delivery/copies.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { webhookConfig } from '../../src/destinations/webhook/config.ts';
import { secretKey, signature } from '../../src/destinations/webhook/signature.ts';
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

  it('signs as the standard’s own library does', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.string({ unit: 'grapheme' }),
        (key, id, timestamp, body) => {
          const secret = `whsec_${Buffer.from(key).toString('base64')}`;
          const theirs = new Webhook(secret).sign(id, new Date(timestamp * 1000), body);
          expect(signature(id, timestamp, Buffer.from(body), [secretKey(secret) ?? key])).toBe(theirs);
        },
      ),
    );
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
  });
});

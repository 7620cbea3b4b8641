import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { payloadOf } from '../../lab/delivery.ts';
import { startDatadogReceiver } from '../../lab/receivers/datadog.ts';
import { startSecopsReceiver } from '../../lab/receivers/secops.ts';
import { type ReceivedRequest, type ReceiverReply, startReceiver } from '../../lab/receivers/server.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import { httpPresetConfig } from '../../src/destinations/http-preset/config.ts';
import { presetSchema } from '../../src/destinations/http-preset/preset.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { SECOPS } from './cases.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, envelope } from './samples.ts';

const signal = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A preset with every kind of template. */
const OWN = {
  title: 'Acme',
  settings: {
    customer: { description: 'the customer.', pattern: '[a-z-]{3,40}' },
    index: { description: 'the index.', default: 'defender' },
    note: { description: 'a note.', optional: true },
    token: { description: 'a token.', secret: true },
  },
  request: {
    url: 'https://{customer}.acme.example/in/{index}?note={index}',
    auth: { type: 'bearer', token: '{token}' },
    headers: { 'X-Index': 'i={index}', 'X-Note': '{note}' },
  },
  body: {
    framing: 'object',
    object: { version: 1, in: { index: '{index}', records: '{records}', note: '{note}' } },
    record: {
      id: '{id}',
      at: '{time|epoch_ms}',
      seconds: '{time|epoch_s}',
      host: '{column.DeviceName}',
      note: '{note}',
      nested: { note: '{note}' },
      list: ['{table}', '{note}'],
      where: '{{{table}}} in {index}',
      constant: [1, true, null, {}],
      event: '{event}',
      text: '{event|text}',
      base64: '{event|base64}',
    },
  },
  limits: { events: 7, bytes: '64KiB', event_bytes: '4KiB' },
  replies: [
    { status: 200, json: { ok: true }, means: 'accepted' },
    { status: 400, json: { code: ['bad_record', 'bad_time'] }, means: 'rows_refused', rows: 'records.*.at' },
    { status: 429, means: 'busy', wait: { json: 'retry_in_ms', unit: 'milliseconds' } },
    { status: 420, means: 'busy', wait: { header: 'X-Reset', unit: 'epoch_seconds' } },
    {
      status: '5xx',
      json: { 'details.*.delay': '3s' },
      means: 'failed',
      wait: { json: 'details.*.delay', unit: 'duration' },
    },
    { status: 403, means: 'token_refused' },
    { status: 409, contains: 'busy', means: 'failed' },
  ],
};
const TOKEN = 'a-token-of-acme-0123';
const GIVEN = { settings: { customer: 'contoso' }, secrets: { token: TOKEN } };

function issuesOf(entry: Readonly<Record<string, unknown>>): readonly string[] {
  const { error } = httpPresetConfig.safeParse({ type: 'http_preset', preset: OWN, ...GIVEN, ...entry });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

async function open(
  answer: (request: ReceivedRequest) => ReceiverReply = () => ({ status: 200, body: '{"ok":true}' }),
  entry: Readonly<Record<string, unknown>> = {},
  clock = new FakeClock(Date.UTC(2026, 10, 27), { sleepPasses: true }),
) {
  const requests: ReceivedRequest[] = [];
  const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const receiver = await startReceiver({}, counts, (request) => {
    requests.push(request);
    return answer(request);
  });
  const config = httpPresetConfig.parse({
    type: 'http_preset',
    preset: OWN,
    endpoint: receiver.origin,
    allow_networks: ['127.0.0.1'],
    ...GIVEN,
    ...entry,
  });
  const destination = createDestination('own', config, depsOf(nodeHttpClient, clock));
  closers.push(() => destination.close(), receiver.close);
  return { destination, receiver, requests, config, clock };
}

async function failure(destination: Destination, count = 1): Promise<unknown> {
  const batch = batchOf(
    destination,
    Array.from({ length: count }, (_, at) => envelope(at + 1)),
  );
  return destination.send(batch, signal).then(
    () => expect.fail('accepted'),
    (error: unknown) => error,
  );
}

describe('what a preset sends', () => {
  it('has its address, headers, credentials and frame, with what has no value left out', async () => {
    const { destination, requests } = await open(undefined, {
      settings: { customer: 'contoso', index: 'a b/../c?d&e#f' },
    });
    await destination.send(batchOf(destination, [envelope(1), envelope(2)]), signal);
    const [request] = requests;
    const { path = '', headers = {}, body = '' } = request ?? {};
    const encoded = 'a%20b%2F..%2Fc%3Fd%26e%23f';
    expect(path).toBe(`/in/${encoded}?note=${encoded}`);
    expect(headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'x-index': 'i=a b/../c?d&e#f',
      'content-type': 'application/json',
    });
    expect(headers['x-note']).toBeUndefined();
    const sent = JSON.parse(body);
    expect(sent).toEqual({
      version: 1,
      in: { index: 'a b/../c?d&e#f', records: [expect.anything(), expect.anything()] },
    });
    const [record] = sent.in.records;
    expect(Object.keys(record)).toEqual(
      'id at seconds host list where constant event text base64'.split(' '),
    );
    expect(record).toMatchObject({
      id: envelope(1).id,
      at: Date.parse('2026-11-23T07:01:02.123Z'),
      seconds: 1795417262.1234567,
      host: 'ws-042.contoso.example',
      list: ['DeviceProcessEvents'],
      where: '{DeviceProcessEvents} in a b/../c?d&e#f',
      constant: [1, true, null, {}],
      event: { kind: 'event', id: envelope(1).id, event: envelope(1).event },
    });
    expect(JSON.parse(record.text)).toEqual(record.event);
    expect(JSON.parse(Buffer.from(record.base64, 'base64').toString())).toEqual(record.event);
  });

  it('is JSON whatever a row holds', async () => {
    const { destination, requests } = await open();
    const text = '"},{"x":1}\n\u2028\u0000{event}{{token}} \ud800 é€😀';
    const made = envelope(1, { event: { ...envelope(1).event, DeviceName: text }, table: text });
    await destination.send(batchOf(destination, [made]), signal);
    const [record] = JSON.parse(requests[0]?.body ?? '').in.records;
    expect(record.host).toBe(text);
    expect(record.where).toBe(`{${text}} in defender`);
    expect(JSON.parse(record.text).event.DeviceName).toBe(text);
  });

  it('encodes large events to base64 as Buffer does', async () => {
    const { destination } = await open(undefined, { preset: { ...OWN, limits: {} } });
    const made = envelope(1, { event: { Text: 'é€😀'.repeat(30_000) } });
    const [item] = batchOf(destination, [made]).items;
    const { base64, text } = JSON.parse(item ? payloadOf(item) : '');
    expect(base64).toBe(Buffer.from(text).toString('base64'));
  });

  it('keeps the limits of the product, what stands around the records included', async () => {
    const { destination, requests } = await open(undefined, { batch: { items: 100, bytes: '1MiB' } });
    const { items, bytes } = destination.batch;
    expect(items).toBe(7);
    const batch = batchOf(destination, [envelope(1)]);
    await destination.send(batch, signal);
    const around = (requests[0]?.body.length ?? 0) - (batch.items[0]?.bytes ?? 0);
    expect(bytes).toBe(64 * 1024 - around - 6);
  });

  it('is not sent for a record above its limit, and names it', async () => {
    const { destination, requests } = await open();
    const large = envelope(2, { event: { Text: 'x'.repeat(5_000) } });
    const batch = batchOf(destination, [envelope(1), large, envelope(3), large]);
    await expect(destination.send(batch, signal)).rejects.toMatchObject({
      name: 'RowsRefusedError',
      code: 'too_large',
      rows: [1, 3],
    });
    expect(requests).toEqual([]);
  });
});

describe('what a reply means', () => {
  it.each<[string, ReceiverReply, object]>([
    [
      'the first entry that matches',
      { status: 400, body: '{"code":"bad_time","records":[{"at":2},{"at":0}]}' },
      { name: 'RowsRefusedError', rows: [2, 0] },
    ],
    [
      'rows outside the batch',
      { status: 400, body: '{"code":"bad_time","records":[{"at":3}]}' },
      { name: 'RowsRefusedError', rows: undefined },
    ],
    [
      'a 2xx of no entry',
      { status: 200, body: '{"ok":false}' },
      { name: 'RetryableError', code: 'bad_reply' },
    ],
    [
      'a page with 200',
      { status: 200, body: '<html>Log in</html>' },
      { name: 'RetryableError', code: 'bad_reply' },
    ],
    [
      'a wait in JSON',
      { status: 429, body: '{"retry_in_ms":1500}' },
      { name: 'RetryableError', code: 'throttled', retryAfterMs: 1_500 },
    ],
    [
      'a wait until a time',
      { status: 420, headers: { 'x-reset': String(Date.UTC(2026, 10, 27, 0, 0, 9) / 1000) } },
      { name: 'RetryableError', retryAfterMs: 9_000 },
    ],
    [
      'a wait that is over',
      { status: 420, headers: { 'x-reset': '1' } },
      { name: 'RetryableError', retryAfterMs: 0 },
    ],
    [
      'a wait as a duration',
      { status: 502, body: '{"details":[{},{"delay":"3s"}]}' },
      { name: 'RetryableError', code: 'server_error', retryAfterMs: 3_000 },
    ],
    [
      'Retry-After before all',
      { status: 429, headers: { 'retry-after': '2' }, body: '{"retry_in_ms":1500}' },
      { retryAfterMs: 2_000 },
    ],
    ['a key that is refused', { status: 403 }, { name: 'DestinationRefusedError', code: 'not_authorized' }],
    ['text in it', { status: 409, body: 'busy' }, { name: 'RetryableError' }],
    [
      'no entry, so by its status',
      { status: 409, body: 'no' },
      { name: 'DestinationRefusedError', code: 'refused' },
    ],
  ])('%s', async (_, reply, expected) => {
    const { destination, requests } = await open(() => reply);
    expect(await failure(destination, 3)).toMatchObject(expected);
    expect(requests).toHaveLength(1);
  });

  it('names the product, and hides the secrets that the reply repeats', async () => {
    const { destination } = await open(() => ({ status: 500, body: `no ${TOKEN}` }));
    expect(await failure(destination)).toMatchObject({ message: 'Acme answered 500: no ***' });
  });
});

describe('an entry', () => {
  it('is checked against its preset', () => {
    expect(issuesOf({})).toEqual([]);
    expect(issuesOf({ settings: {} })).toEqual(['settings.customer: given: the customer.']);
    expect(issuesOf({ secrets: {} })).toEqual(['secrets.token: given: a token.']);
    expect(issuesOf({ settings: { customer: 'CONTOSO' } })).toEqual([
      'settings.customer: text of the form [a-z-]{3,40}',
    ]);
    expect(issuesOf({ settings: { customer: 'contoso', token: 'x' } })).toEqual([
      'settings.token: written under `secrets`',
    ]);
    expect(issuesOf({ settings: { customer: 'contoso', other: 'x' } })).toEqual([
      'settings.other: left out: the preset has no such key under `settings`, it has customer, index, note',
    ]);
    expect(issuesOf({ preset: 'datatog' })).toEqual([
      expect.stringMatching(/^preset: datadog, google_secops, sumo, or the path of a preset file/),
    ]);
    expect(issuesOf({ secrets: { token: 'a\r\nX-Evil: 1' } })).toEqual([
      expect.stringMatching(/^secrets\.token: text that can stand in a request header/),
    ]);
    expect(issuesOf({ settings: { customer: 'contoso', note: 'a\nb' } })).toEqual([
      'settings.note: text that can stand in a request header',
    ]);
    expect(issuesOf({ settings: { customer: 'contoso', index: '..' } })).toEqual([
      'settings.index: text that can stand in the path of an address',
    ]);
  });

  it.each(['evil.example/x', 'a@evil.example', 'a:8080', 'a?b', 'a#b', 'a\\b'])(
    'cannot leave the host of its preset: %s',
    (customer) => {
      const settings = { ...OWN.settings, customer: { description: 'the customer.' } };
      expect(issuesOf({ preset: { ...OWN, settings }, settings: { customer } })).toEqual([
        'settings.customer: a part of a host name: letters, digits, dots and hyphens',
      ]);
    },
  );
});

describe('a preset', () => {
  const withBody = (body: object) => ({ ...OWN, body: { ...OWN.body, ...body } });
  const withRequest = (request: object) => ({ ...OWN, request: { ...OWN.request, ...request } });
  const withSetting = (setting: object) => ({
    ...OWN,
    settings: { ...OWN.settings, more: { description: 'more.', ...setting } },
  });
  it.each<[string, object, RegExp]>([
    [
      'a secret in a record',
      withBody({ record: { a: '{event}', t: '{token}' } }),
      /^body\.record\.t: .*secret/,
    ],
    [
      'a name that is none',
      withBody({ record: ['{event}', '{evnet}'] }),
      /^body\.record\.1: .*\{evnet\} is none/,
    ],
    ['a filter that is none', withBody({ record: '{event|upper}' }), /^body\.record: .*it has text, base64/],
    ['a filter of text', withBody({ record: ['{event}', '{id|base64}'] }), /^body\.record\.1: .*it has none/],
    ['a brace alone', withBody({ record: ['{event}', 'a { b'] }), /^body\.record\.1: .*placeholders/],
    ['an event in a sentence', withBody({ record: 'the {event}' }), /^body\.record: .*nothing beside/],
    ['no event', withBody({ record: { id: '{id}' } }), /^body\.record: .*events would be lost/],
    ['no records', withBody({ object: {} }), /^body\.object: .*in one place/],
    ['records twice', withBody({ object: ['{records}', '{records}'] }), /^body\.object: .*in one place/],
    ['an object without its framing', withBody({ framing: 'lines' }), /^body\.object: left out/],
    [
      'endless depth',
      withBody({ record: JSON.parse(`${'['.repeat(40)}"{event}"${']'.repeat(40)}`) }),
      /levels deep/,
    ],
    [
      'a row in an address',
      withRequest({ url: 'https://acme.example/{table}' }),
      /^request\.url: .*\{table\} is none/,
    ],
    ['no address', withRequest({ url: 'ftp://acme.example' }), /^request\.url: an address/],
    [
      'a header that auth sets',
      withRequest({ headers: { Authorization: 'x' } }),
      /^request\.headers\.Authorization: left out/,
    ],
    [
      'a header of the transport',
      withRequest({ headers: { 'Content-Length': '1' } }),
      /^request\.headers\.Content-Length: /,
    ],
    [
      'a secret with a default',
      withSetting({ secret: true, default: 'x' }),
      /^settings\.more\.default: left out/,
    ],
    [
      'a default of another form',
      withSetting({ default: 'x', values: ['y'] }),
      /^settings\.more\.default: one of y/,
    ],
    [
      'an expression that is none',
      withSetting({ pattern: '(?=x)' }),
      /^settings\.more\.pattern: a regular expression/,
    ],
    [
      'a field as a setting',
      { ...OWN, settings: { ...OWN.settings, table: { description: 'x.' } } },
      /^settings\.table: under another name/,
    ],
    ['a meaning that is none', { ...OWN, replies: [{ status: 200, means: 'fine' }] }, /^replies\.0\.means/],
  ])('with %s is refused', (_, preset, message) => {
    const { error } = presetSchema.safeParse(preset);
    const issues = (error?.issues ?? []).map((one) => `${one.path.join('.')}: ${one.message}`);
    expect(issues).toEqual([expect.stringMatching(message)]);
  });

  it('that is wrong inside relay.yaml is not looked into any further', () => {
    expect(issuesOf({ preset: withBody({ object: {} }), settings: {} })).toEqual([
      expect.stringMatching(/^preset\.body\.object/),
    ]);
  });
});

describe('a service account of Google', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  async function secops(answer: (request: ReceivedRequest, asked: number) => ReceiverReply | undefined) {
    const assertions: string[] = [];
    const bearers: string[] = [];
    const handle = (request: ReceivedRequest): ReceiverReply => {
      if (request.path === '/token')
        assertions.push(new URLSearchParams(request.body).get('assertion') ?? '');
      else bearers.push(request.headers.authorization ?? '');
      const own = answer(request, assertions.length);
      if (own) return own;
      if (request.path !== '/token') return { status: 200, body: '{}' };
      return {
        status: 200,
        body: JSON.stringify({
          access_token: `ya29.token-${assertions.length}`,
          expires_in: 3599,
          token_type: 'Bearer',
        }),
      };
    };
    const tokens = await startReceiver({}, { requests: 0, faults: 0, refused: 0, events: 0 }, handle);
    closers.push(tokens.close);
    const key = {
      type: 'service_account',
      client_email: 'relay@contoso.iam.gserviceaccount.com',
      private_key: pem,
      private_key_id: 'kid-1',
      token_uri: `${tokens.origin}/token`,
    };
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const entry = {
      preset: 'google_secops',
      settings: { project: 'contoso', instance: '7d1f7b2c-3a55-4c56-9b2c-1f9a0e8d6c11', location: 'eu' },
      secrets: { service_account: JSON.stringify(key, null, 2) },
    };
    const opened = await open(handle, entry, clock);
    return { ...opened, tokens, assertions, bearers, key };
  }
  const send = (destination: Destination) => destination.send(batchOf(destination, [envelope(1)]), signal);

  it('signs a JWT for an access token, and keeps the token while it is good', async () => {
    const { destination, requests, assertions, bearers, tokens, clock } = await secops(() => undefined);
    await send(destination);
    await send(destination);
    expect(assertions).toHaveLength(1);
    expect(bearers).toEqual(['Bearer ya29.token-1', 'Bearer ya29.token-1']);
    const { payload, protectedHeader } = await jwtVerify(assertions[0] ?? '', publicKey, {
      audience: `${tokens.origin}/token`,
      issuer: 'relay@contoso.iam.gserviceaccount.com',
      currentDate: new Date(clock.now()),
    });
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'kid-1' });
    expect(payload).toMatchObject({ scope: 'https://www.googleapis.com/auth/cloud-platform' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
    clock.advance(3_600_000);
    await send(destination);
    expect(assertions).toHaveLength(2);
    expect(requests[0]?.path).toBe(
      '/v1alpha/projects/contoso/locations/eu/instances/7d1f7b2c-3a55-4c56-9b2c-1f9a0e8d6c11/logTypes/MICROSOFT_DEFENDER_ENDPOINT/logs:import',
    );
  });

  it('has another token asked for once where one is refused', async () => {
    let isGood = false;
    const { destination, assertions, clock } = await secops((request) =>
      request.path === '/token' || isGood
        ? undefined
        : { status: 401, body: '{"error":{"status":"UNAUTHENTICATED"}}' },
    );
    await expect(send(destination)).rejects.toMatchObject({ code: 'not_authorized' });
    isGood = true;
    await send(destination);
    clock.advance(60_000);
    isGood = false;
    const before = assertions.length;
    await expect(send(destination)).rejects.toBeInstanceOf(DestinationRefusedError);
    expect(assertions.length - before).toBe(1);
  });

  it('signs again by the time of the server where its own clock is wrong', async () => {
    const date = 'Fri, 27 Nov 2026 05:00:00 GMT';
    const refusal = {
      status: 400,
      headers: { date },
      body: '{"error":"invalid_grant","error_description":"Invalid JWT"}',
    };
    const { destination, assertions } = await secops((request, asked) =>
      request.path === '/token' && asked === 1 ? refusal : undefined,
    );
    await send(destination);
    expect(assertions).toHaveLength(2);
    const { payload } = await jwtVerify(assertions[1] ?? '', publicKey, { currentDate: new Date(date) });
    expect(payload.iat).toBe(Date.parse(date) / 1000);
  });

  it('says that no token was given, without the key', async () => {
    const { destination, assertions } = await secops((request) =>
      request.path === '/token'
        ? { status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: pem }) }
        : undefined,
    );
    const error = await send(destination).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'not_authorized',
      message: 'The token endpoint answered 400: invalid_grant',
    });
    expect(assertions).toHaveLength(1);
  });

  it('must be a key file', () => {
    const entry = {
      preset: 'google_secops',
      settings: { project: 'contoso', instance: '7d1f7b2c-3a55-4c56-9b2c-1f9a0e8d6c11' },
    };
    for (const service_account of ['{}', 'no JSON', '{"type":"authorized_user"}']) {
      expect(issuesOf({ ...entry, secrets: { service_account } })).toEqual([
        "secrets.service_account: the JSON of a service account's key file, as Google Cloud writes it",
      ]);
    }
  });

  it('sends rows as Defender wrote them, with times that Google takes, and alerts as records', async () => {
    const { destination, requests } = await secops(() => undefined);
    const early = envelope(2, { received: '2026-11-23T07:01:02.0000000Z' });
    await destination.send(batchOf(destination, [envelope(1), early, alert(3)]), signal);
    const body = JSON.parse(requests.find(({ path }) => path !== '/token')?.body ?? '');
    expect(Object.keys(body.inlineSource)).toEqual(['logs']);
    const [one, two, three] = body.inlineSource.logs;
    const dataOf = (log: { data: string }) => JSON.parse(Buffer.from(log.data, 'base64').toString());
    expect(dataOf(one)).toMatchObject({
      category: 'AdvancedHunting-DeviceProcessEvents',
      properties: envelope(1).event,
    });
    expect(dataOf(three)).toMatchObject({ kind: 'alert', event_id: alert(3).id });
    expect(one).toMatchObject({
      logEntryTime: '2026-11-23T07:01:02.1234567Z',
      collectionTime: '2026-11-23T07:03:00.0000000Z',
      labels: { xdr_relay_event_id: { value: envelope(1).id }, xdr_relay_kind: { value: 'event' } },
    });
    for (const { logEntryTime, collectionTime } of [one, two, three]) {
      expect(Date.parse(collectionTime)).toBeGreaterThan(Date.parse(logEntryTime));
    }
  });
});

describe('Google SecOps, as strict as its pages', () => {
  it('takes rows again after its tokens were revoked, with one more token', async () => {
    const receiver = await startSecopsReceiver({ ...SECOPS, store: true });
    closers.push(receiver.close);
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const config = httpPresetConfig.parse({
      type: 'http_preset',
      preset: 'google_secops',
      endpoint: receiver.origin,
      allow_networks: ['127.0.0.1'],
      settings: SECOPS,
      secrets: { service_account: JSON.stringify(receiver.key) },
    });
    const destination = createDestination('secops', config, depsOf(nodeHttpClient, clock));
    closers.push(() => destination.close());
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    clock.advance(60_000);
    receiver.tokens.revoke();
    await destination.send(batchOf(destination, [envelope(2)]), signal);
    expect(receiver.received.map(({ labels }) => labels.xdr_relay_event_id)).toEqual([
      envelope(1).id,
      envelope(2).id,
    ]);
    expect(receiver.tokens.given()).toBe(2);
  });
});

describe('Datadog, as strict as its pages', () => {
  it('keeps every record as it was sent: none is cut, none has an attribute that it drops', async () => {
    const receiver = await startDatadogReceiver({
      store: true,
      apiKey: 'a'.repeat(32),
      now: () => Date.parse('2026-11-23T08:00:00Z'),
    });
    closers.push(receiver.close);
    const config = httpPresetConfig.parse({
      type: 'http_preset',
      preset: 'datadog',
      endpoint: receiver.origin,
      allow_networks: ['127.0.0.1'],
      settings: { tags: 'env:prod,team:soc' },
      secrets: { api_key: 'a'.repeat(32) },
    });
    const destination = createDestination('datadog', config, depsOf(nodeHttpClient));
    closers.push(() => destination.close());
    const long = envelope(2, { event: { Text: 'é'.repeat(400_000) } });
    await destination.send(batchOf(destination, [envelope(1), long, alert(3)]), signal);
    expect(receiver.received).toHaveLength(3);
    expect(receiver.warnings).toEqual([]);
    const tooLong = envelope(4, { event: { Text: 'é'.repeat(600_000) } });
    await expect(
      destination.send(batchOf(destination, [envelope(1), tooLong]), signal),
    ).rejects.toMatchObject({
      code: 'too_large',
      rows: [1],
    });
  });
});

describe('errors', () => {
  it('are of the three kinds that delivery knows', async () => {
    const kinds = [RetryableError, RowsRefusedError, DestinationRefusedError];
    for (const status of [200, 204, 301, 400, 401, 404, 413, 422, 429, 500]) {
      const { destination } = await open(() => ({ status }));
      const error = await failure(destination);
      expect(kinds.some((kind) => error instanceof kind)).toBe(true);
    }
  });
});

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { googleError, type SecopsReceiver, startSecopsReceiver } from '../../lab/receivers/secops.ts';
import type { Fault } from '../../lab/receivers/server.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
let receiver: SecopsReceiver;
let now = NOW;
let fault: Fault;

beforeAll(async () => {
  receiver = await startSecopsReceiver({ store: true, now: () => now, fault: () => fault });
});
beforeEach(() => {
  now = NOW;
  fault = undefined;
});
afterAll(() => receiver.close());

interface Assertion {
  readonly header?: object;
  readonly claims?: object;
  readonly privateKey?: string;
}

function assertionOf({ header = {}, claims = {}, privateKey = receiver.key.private_key }: Assertion = {}) {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = now / 1_000;
  const text = [
    part({ alg: 'RS256', typ: 'JWT', kid: receiver.key.private_key_id, ...header }),
    part({
      iss: receiver.key.client_email,
      scope: SCOPE,
      aud: 'https://oauth2.googleapis.com/token',
      iat,
      exp: iat + 3_600,
      ...claims,
    }),
  ].join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), createPrivateKey(privateKey)).toString('base64url')}`;
}

interface TokenReply {
  readonly status: number;
  readonly body: { readonly access_token: string };
}

async function askToken(form: Readonly<Record<string, string>>, over: RequestInit = {}): Promise<TokenReply> {
  const body = new URLSearchParams(form);
  const reply = await fetch(receiver.key.token_uri, { method: 'POST', body, ...over });
  return { status: reply.status, body: JSON.parse(await reply.text()) };
}

async function tokenFor(assertion: Assertion = {}): Promise<string> {
  const { body } = await askToken({ grant_type: GRANT, assertion: assertionOf(assertion) });
  return body.access_token;
}

const DATA = Buffer.from('{"category":"AdvancedHunting-DeviceEvents","properties":{"a":"é"}}').toString(
  'base64',
);
const LOG = {
  data: DATA,
  logEntryTime: '2026-11-27T11:59:00Z',
  collectionTime: '2026-11-27T12:00:00.123456789Z',
};
const bodyOf = (...logs: readonly object[]) => ({ inlineSource: { logs } });
const pathOf = (over: Readonly<Record<string, string>> = {}) => {
  const { version = 'v1alpha', parent = receiver.parent, logType = 'MICROSOFT_DEFENDER_ENDPOINT' } = over;
  return `/${version}/${parent}/logTypes/${logType}/logs:import`;
};

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string | Uint8Array<ArrayBuffer>;
}

async function send(
  { method = 'POST', path = pathOf(), headers = {}, body = bodyOf(LOG) }: Sent,
  token?: string,
) {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const reply = await fetch(`${receiver.origin}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token ?? (await tokenFor())}`,
      ...headers,
    },
    ...(method === 'POST' && { body: isRaw ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

describe('Google’s token endpoint', () => {
  it('gives a token for an assertion that the service account’s key has signed', async () => {
    const form = { grant_type: GRANT, assertion: assertionOf() };
    expect(await askToken(form)).toEqual({
      status: 200,
      body: { access_token: expect.stringMatching(/^ya29\./), expires_in: 3_600, token_type: 'Bearer' },
    });
    const own = assertionOf({
      claims: { aud: receiver.key.token_uri, iat: now / 1_000 + 300, exp: now / 1_000 + 900 },
    });
    expect((await askToken({ grant_type: GRANT, assertion: own })).status).toBe(200);
  });

  const other = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
  const pem = other.export({ type: 'pkcs8', format: 'pem' }).toString();
  it.each<[string, string, string, Assertion]>([
    ['another key', 'invalid_grant', 'Invalid JWT Signature.', { privateKey: pem }],
    ['the id of another key', 'invalid_grant', 'Invalid JWT Signature.', { header: { kid: '0' } }],
    ['another algorithm', 'invalid_grant', 'Invalid JWT: malformed', { header: { alg: 'none' } }],
    ['an unknown account', 'invalid_grant', 'account not found', { claims: { iss: 'x@y.z' } }],
    ['another audience', 'invalid_grant', 'audience', { claims: { aud: 'https://example.com' } }],
    ['more than an hour', 'invalid_grant', 'short-lived', { claims: { exp: NOW / 1_000 + 3_601 } }],
    [
      'the past',
      'invalid_grant',
      'reasonable',
      { claims: { iat: NOW / 1_000 - 7_200, exp: NOW / 1_000 - 3_600 } },
    ],
    [
      'the future',
      'invalid_grant',
      'reasonable',
      { claims: { iat: NOW / 1_000 + 600, exp: NOW / 1_000 + 900 } },
    ],
    ['milliseconds', 'invalid_grant', 'reasonable', { claims: { iat: NOW, exp: NOW + 3_600_000 } }],
    ['times in strings', 'invalid_grant', 'malformed', { claims: { iat: String(NOW / 1_000) } }],
    ['no scope', 'invalid_grant', 'malformed', { claims: { scope: undefined } }],
    ['a blank scope', 'invalid_scope', 'scope', { claims: { scope: ' ' } }],
    ['an unknown scope', 'invalid_scope', 'scope', { claims: { scope: 'chronicle' } }],
  ])('refuses an assertion with %s', async (_, error, description, assertion) => {
    const reply = await askToken({ grant_type: GRANT, assertion: assertionOf(assertion) });
    expect(reply).toEqual({
      status: 400,
      body: { error, error_description: expect.stringContaining(description) },
    });
  });

  it('refuses what is no request for a token', async () => {
    const form = { grant_type: GRANT, assertion: assertionOf() };
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(form) };
    expect(await askToken(form, json)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const client = { ...form, grant_type: 'client_credentials' };
    expect(await askToken(client)).toMatchObject({ body: { error: 'unsupported_grant_type' } });
    for (const assertion of ['', 'a.b', 'a.b.c', `${form.assertion}.x`, form.assertion.slice(0, -4)]) {
      expect(await askToken({ ...form, assertion })).toMatchObject({ body: { error: 'invalid_grant' } });
    }
  });
});

describe('Google SecOps refuses', () => {
  it.each<[string, number, string, () => Sent]>([
    ['no token', 401, 'UNAUTHENTICATED', () => ({ headers: { authorization: '' } })],
    ['an unknown token', 401, 'UNAUTHENTICATED', () => ({ headers: { authorization: 'Bearer ya29.x' } })],
    ['another scheme', 401, 'UNAUTHENTICATED', () => ({ headers: { authorization: 'Splunk ya29.x' } })],
    [
      'another instance',
      403,
      'PERMISSION_DENIED',
      () => ({ path: pathOf({ parent: 'projects/xdr-project/locations/us/instances/1' }) }),
    ],
    ['a log type that it has not', 404, 'NOT_FOUND', () => ({ path: pathOf({ logType: 'DEFENDER' }) })],
    ['an unknown parameter', 400, 'INVALID_ARGUMENT', () => ({ path: `${pathOf()}?hint=a` })],
    ['text', 400, 'INVALID_ARGUMENT', () => ({ headers: { 'content-type': 'text/plain' } })],
    ['an unknown encoding', 400, 'INVALID_ARGUMENT', () => ({ headers: { 'content-encoding': 'br' } })],
    ['what is not gzip', 400, 'INVALID_ARGUMENT', () => ({ headers: { 'content-encoding': 'gzip' } })],
    ['half a JSON value', 400, 'INVALID_ARGUMENT', () => ({ body: '{"inlineSource":' })],
    ['an array', 400, 'INVALID_ARGUMENT', () => ({ body: [LOG] })],
    ['no source', 400, 'INVALID_ARGUMENT', () => ({ body: {} })],
    ['logs without a source', 400, 'INVALID_ARGUMENT', () => ({ body: { logs: [LOG] } })],
    ['no logs', 400, 'INVALID_ARGUMENT', () => ({ body: bodyOf() })],
    ['an unknown field', 400, 'INVALID_ARGUMENT', () => ({ body: bodyOf({ ...LOG, namespace: 'x' }) })],
    ['no data', 400, 'INVALID_ARGUMENT', () => ({ body: bodyOf({ ...LOG, data: undefined }) })],
    [
      'data that is not base64',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf({ ...LOG, data: '{"a":1}' }) }),
    ],
    ['cut base64', 400, 'INVALID_ARGUMENT', () => ({ body: bodyOf({ ...LOG, data: 'QUJDR' }) })],
    ['no time', 400, 'INVALID_ARGUMENT', () => ({ body: bodyOf({ ...LOG, logEntryTime: undefined }) })],
    [
      'a time without a zone',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf({ ...LOG, logEntryTime: '2026-11-27T11:00:00' }) }),
    ],
    [
      'a time in seconds',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf({ ...LOG, collectionTime: NOW / 1_000 }) }),
    ],
    [
      'a month 13',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf({ ...LOG, logEntryTime: '2026-13-27T11:00:00Z' }) }),
    ],
    [
      'collection at the time of entry',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf({ ...LOG, collectionTime: LOG.logEntryTime }) }),
    ],
    [
      'one bad log among good ones',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf(LOG, { ...LOG, data: 5 }) }),
    ],
    [
      'labels without a value',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf({ ...LOG, labels: { a: 'b' } }) }),
    ],
    [
      'the forwarder of others',
      400,
      'INVALID_ARGUMENT',
      () => ({
        body: { inlineSource: { logs: [LOG], forwarder: 'projects/a/locations/b/instances/c/forwarders/d' } },
      }),
    ],
    [
      'more than 4 MB',
      400,
      'INVALID_ARGUMENT',
      () => ({ body: bodyOf({ ...LOG, data: 'QUJD'.repeat(1_000_000) }) }),
    ],
  ])('%s', async (_, status, text, sent) => {
    const token = await tokenFor();
    const { events, refused } = receiver.counts;
    const error = { code: status, status: text, message: expect.any(String) };
    expect(await send(sent(), token)).toEqual({ status, body: { error } });
    expect(receiver.counts).toMatchObject({ events, refused: refused + 1 });
  });

  it('in Google’s words', async () => {
    const message = async (sent: Sent) => (await send(sent)).body.error.message;
    expect(await message({ body: bodyOf(LOG, { ...LOG, namespace: 'x' }) })).toBe(
      `Invalid JSON payload received. Unknown name "namespace" at 'inlineSource.logs[1]': Cannot find field.`,
    );
    expect(await message({ body: bodyOf({ ...LOG, data: 1 }) })).toBe(
      "Invalid value at 'inlineSource.logs[0].data'",
    );
    const reply = await fetch(`${receiver.origin}${pathOf()}`, { method: 'POST', body: '{}' });
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="https://accounts.google.com/"');
    expect(JSON.parse(await reply.text()).error.message).toMatch(
      /^Request is missing required authentication/,
    );
  });

  it('paths and methods that no API has', async () => {
    for (const sent of [{ path: '/v2/x' }, { path: pathOf({ version: 'v2' }) }, { method: 'GET' }]) {
      expect(await send(sent)).toEqual({ status: 404, body: expect.stringContaining('<!DOCTYPE html>') });
    }
  });

  it('a token for other scopes, one that has expired, and one that was revoked', async () => {
    const narrow = await tokenFor({ claims: { scope: 'https://www.googleapis.com/auth/logging.write' } });
    expect(await send({}, narrow)).toMatchObject({
      status: 403,
      body: { error: { status: 'PERMISSION_DENIED', message: expect.stringContaining('scopes') } },
    });
    const token = await tokenFor({ claims: { scope: `${SCOPE} https://www.googleapis.com/auth/chronicle` } });
    expect((await send({}, token)).status).toBe(200);
    now += 3_600_000;
    expect((await send({}, token)).status).toBe(401);
    const fresh = await tokenFor();
    expect((await send({}, fresh)).status).toBe(200);
    receiver.tokens.revoke();
    expect((await send({}, fresh)).status).toBe(401);
    expect(receiver.tokens.given()).toBeGreaterThan(3);
  });

  it('everything while the burst limit is exceeded', async () => {
    const token = await tokenFor();
    fault = googleError('RESOURCE_EXHAUSTED', 'Quota exceeded');
    expect(await send({}, token)).toEqual({
      status: 429,
      body: { error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } },
    });
  });
});

describe('Google SecOps accepts', () => {
  it('logs with all their fields, in each version of the API', async () => {
    const forwarder = `${receiver.parent}/forwarders/4fb0`;
    const labels = { table: { value: 'DeviceEvents', rbacEnabled: true } };
    const log = { ...LOG, environmentNamespace: 'xdr', labels };
    for (const version of ['v1alpha', 'v1beta', 'v1']) {
      const sent = {
        path: pathOf({ version }),
        body: { inlineSource: { logs: [log, LOG], forwarder }, hint: 'x' },
      };
      expect(await send(sent)).toEqual({ status: 200, body: {} });
    }
    const { data: _, ...times } = LOG;
    const data = Buffer.from(DATA, 'base64').toString();
    const logType = 'MICROSOFT_DEFENDER_ENDPOINT';
    expect(receiver.received.slice(-2)).toEqual([
      { logType, data, ...times, environmentNamespace: 'xdr', labels: { table: 'DeviceEvents' }, forwarder },
      { logType, data, ...times, labels: {}, forwarder },
    ]);
  });

  it('protobuf’s own names, base64 of either alphabet, gzip, and offsets of time', async () => {
    const log = {
      data: Buffer.from('ÿ>?~').toString('base64url'),
      log_entry_time: '2026-11-27T13:59:00+02:00',
      collection_time: '2026-11-27T12:00:00Z',
      labels: { log_entry_time: { value: 'x', rbac_enabled: false } },
      additionals: { log_entry_time: 1 },
    };
    const body = gzipSync(JSON.stringify({ inline_source: { logs: [log] } }));
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json; charset=utf-8' };
    expect(await send({ path: `${pathOf()}?alt=json`, headers, body })).toEqual({ status: 200, body: {} });
    expect(receiver.received.at(-1)).toMatchObject({ data: 'ÿ>?~', labels: { log_entry_time: 'x' } });
  });

  it('just under 4 MB', async () => {
    const before = receiver.counts.events;
    const body = JSON.stringify(bodyOf({ ...LOG, data: 'QUJD'.repeat(999_960) }));
    expect(body.length).toBeLessThan(4_000_000);
    expect((await send({ body })).status).toBe(200);
    expect(receiver.counts.events).toBe(before + 1);
  });
});

/** The receiver of the Logs Ingestion API refuses what Azure Monitor's pages forbid, and shows what Azure Monitor loses silently. */
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type SentinelReceiver,
  type SentinelReceiverOptions,
  startSentinelReceiver,
  throttled,
} from '../../lab/receivers/sentinel.ts';
import { type DataCollectionRule, ruleTroubles } from '../../lab/receivers/sentinel-rule.ts';

const ID = `dcr-${'0123456789abcdef'.repeat(2)}`;
const STREAM = 'Custom-Alerts_CL';
const NOW = Date.parse('2026-11-27T12:00:00Z');
const at = '2026-11-27T11:59:00.1234567Z';
const columns = [
  { name: 'TimeGenerated', type: 'datetime' },
  { name: 'Title_s', type: 'string' },
  { name: 'Count', type: 'int' },
  { name: 'Big', type: 'long' },
  { name: 'Score', type: 'real' },
  { name: 'IsNew', type: 'boolean' },
  { name: 'Row', type: 'dynamic' },
];
const rule: DataCollectionRule = {
  streamDeclarations: { [STREAM]: { columns } },
  destinations: { logAnalytics: [{ name: 'workspace' }] },
  dataFlows: [
    { streams: [STREAM], destinations: ['workspace'], transformKql: 'source', outputStream: STREAM },
  ],
};
const tables = {
  Alerts_CL: columns.map((each) => ({ ...each, type: each.type.replace('datetime', 'dateTime') })),
};

const open: SentinelReceiver[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function start(options: Partial<SentinelReceiverOptions> = {}) {
  const receiver = await startSentinelReceiver({
    rules: { [ID]: rule },
    tables,
    store: true,
    now: () => NOW,
    ...options,
  });
  open.push(receiver);
  const askToken = async (over: Record<string, string> = {}, url = receiver.tokenUrl) => {
    const form = {
      grant_type: 'client_credentials',
      client_id: receiver.clientId,
      client_secret: receiver.clientSecret,
      scope: `${receiver.audience}/.default`,
      ...over,
    };
    const given = Object.entries(form).filter(([, value]) => value !== '');
    const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(given) });
    return { status: reply.status, json: JSON.parse(await reply.text()) };
  };
  const token = async (over: Record<string, string> = {}): Promise<string> => {
    const { status, json } = await askToken(over);
    if (status !== 200) throw new Error(`no token: ${json.error_description}`);
    return json.access_token;
  };
  const send = async (
    body: string | Buffer,
    over: RequestInit & { readonly path?: string; readonly token?: string } = {},
  ) => {
    const { path = `/dataCollectionRules/${ID}/streams/${STREAM}?api-version=2023-01-01`, ...init } = over;
    const all = {
      authorization: `Bearer ${over.token ?? (await token())}`,
      'content-type': 'application/json',
      ...(init.headers as Record<string, string>),
    };
    const reply = await fetch(`${receiver.origin}${path}`, {
      method: 'POST',
      ...init,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
      ...(init.method !== 'GET' && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
    const text = await reply.text();
    return {
      status: reply.status,
      headers: reply.headers,
      text,
      error: text === '' ? undefined : JSON.parse(text).error,
    };
  };
  return { receiver, askToken, token, send };
}

const one = JSON.stringify([{ TimeGenerated: at, Title_s: 'x' }]);

describe('the Logs Ingestion receiver', () => {
  it('takes rows, and answers without a body', async () => {
    const { receiver, send } = await start();
    const row = {
      TimeGenerated: at,
      Title_s: 'é',
      Count: 1,
      Big: 2 ** 40,
      Score: 0.5,
      IsNew: true,
      Row: { a: [1] },
    };
    const { status, text } = await send(JSON.stringify([row, { TimeGenerated: at, Title_s: null }]));
    expect([status, text]).toEqual([204, '']);
    expect(receiver.received).toEqual([
      { stream: STREAM, sent: row, row, losses: [] },
      expect.objectContaining({ row: { TimeGenerated: at, Title_s: null }, losses: [] }),
    ]);
    expect(receiver.counts.events).toBe(2);
  });

  it('takes gzip, and one token for many calls until it expires or is revoked', async () => {
    let now = NOW;
    const { receiver, send, token } = await start({ now: () => now, tokenLifetimeS: 60 });
    const mine = await token();
    const zipped = {
      token: mine,
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/json; charset=utf-8' },
    };
    expect((await send(gzipSync(one), zipped)).status).toBe(204);
    expect((await send(one, { token: mine })).status).toBe(204);
    expect(receiver.tokens.issued()).toBe(1);
    now += 60_000;
    expect(await send(one, { token: mine })).toMatchObject({
      status: 401,
      error: { message: 'The access token has expired.' },
    });
    const next = await token();
    receiver.tokens.revoke();
    expect((await send(one, { token: next })).status).toBe(401);
  });

  it('gives tokens to a managed identity, of a machine or of an app', async () => {
    const { receiver, send } = await start();
    const resource = encodeURIComponent(`${receiver.audience}/`);
    const ask = async (path: string, headers: Record<string, string>) => {
      const reply = await fetch(`${receiver.origin}${path}&resource=${resource}`, { headers });
      return { status: reply.status, json: JSON.parse(await reply.text()) };
    };
    const machine = await ask('/metadata/identity/oauth2/token?api-version=2018-02-01', { metadata: 'true' });
    const app = await ask('/msi/token?api-version=2019-08-01', {
      'x-identity-header': receiver.identityHeader,
    });
    for (const { json } of [machine, app]) {
      expect(json).toMatchObject({ token_type: 'Bearer', expires_on: String(NOW / 1000 + 3599) });
      expect((await send(one, { token: json.access_token })).status).toBe(204);
    }
    expect((await ask('/metadata/identity/oauth2/token?api-version=2018-02-01', {})).status).toBe(400);
    expect((await ask('/msi/token?api-version=2019-08-01', {})).status).toBe(403);
    expect(
      (await ask('/msi/token?api-version=2017-09-01', { 'x-identity-header': receiver.identityHeader }))
        .status,
    ).toBe(400);
  });

  it.each([
    ['china', 'https://monitor.azure.cn'],
    ['usGovernment', 'https://monitor.azure.us'],
  ] as const)('wants tokens for the audience of the cloud %s', async (cloud, audience) => {
    const { send, token } = await start({ cloud });
    expect((await send(one, { token: await token({ scope: `${audience}//.default` }) })).status).toBe(204);
    const other = await token({ scope: 'https://monitor.azure.com/.default' });
    expect(await send(one, { token: other })).toMatchObject({
      status: 403,
      error: { code: 'OperationFailed' },
    });
  });

  it('limits the calls of a minute', async () => {
    let now = NOW;
    const { send, token } = await start({ now: () => now, callsPerMinute: 2 });
    const mine = { token: await token() };
    expect((await send(one, mine)).status).toBe(204);
    now += 20_000;
    expect((await send(one, mine)).status).toBe(204);
    const full = await send(one, mine);
    expect([full.status, full.headers.get('retry-after')]).toEqual([429, '40']);
    now += 40_001;
    expect((await send(one, mine)).status).toBe(204);
    expect(throttled(7)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
  });
});

describe('what Azure Monitor loses without an error', () => {
  it.each([
    ['a column that the stream does not have', { Other: 1 }, 'Other', 'dropped', undefined],
    ['a column in other letters', { title_s: 'x' }, 'title_s', 'dropped', undefined],
    ['a number in a string', { Count: '1' }, 'Count', 'nulled', null],
    ['a fraction in an integer', { Count: 1.5 }, 'Count', 'nulled', null],
    ['an integer of more than 32 bits', { Count: 2 ** 31 }, 'Count', 'nulled', null],
    ['an object in a string', { Title_s: { a: 1 } }, 'Title_s', 'nulled', null],
    ['a number in a boolean', { IsNew: 1 }, 'IsNew', 'nulled', null],
    ['a text in a number', { Score: 'high' }, 'Score', 'nulled', null],
    ['a long value', { Title_s: 'é'.repeat(32_769) }, 'Title_s', 'cut', expect.any(String)],
    [
      'an old time',
      { TimeGenerated: '2026-11-25T11:59:59Z' },
      'TimeGenerated',
      'other_time',
      expect.any(String),
    ],
    [
      'a time to come',
      { TimeGenerated: '2026-11-28 12:00:01' },
      'TimeGenerated',
      'other_time',
      expect.any(String),
    ],
  ])('%s', async (...[, over, column, effect, kept]) => {
    const { receiver, send } = await start();
    expect((await send(JSON.stringify([{ TimeGenerated: at, ...over }]))).status).toBe(204);
    expect(receiver.received[0]?.losses).toEqual([{ column, effect }]);
    expect(receiver.received[0]?.row[column]).toEqual(kept);
  });

  it.each([[{}], [{ TimeGenerated: null }], [{ TimeGenerated: 'today' }], [{ TimeGenerated: NOW }]])(
    'the time of %j',
    async (row) => {
      const { receiver, send } = await start();
      await send(JSON.stringify([row]));
      expect(receiver.received[0]?.losses).toContainEqual({ column: 'TimeGenerated', effect: 'no_time' });
    },
  );
});

describe('the Logs Ingestion receiver refuses a request', () => {
  const to = (id: string, stream: string, query = '?api-version=2023-01-01') => ({
    path: `/dataCollectionRules/${id}/streams/${stream}${query}`,
  });
  type Send = Awaited<ReturnType<typeof start>>['send'];
  const cases: readonly (readonly [string, string | Buffer, Parameters<Send>[1], number, string])[] = [
    ['without a token', one, { headers: { authorization: '' } }, 401, 'AuthenticationFailed'],
    ['with another token', one, { token: 'other' }, 401, 'AuthenticationFailed'],
    ['with a key', one, { headers: { authorization: 'SharedKey a:b' } }, 401, 'AuthenticationFailed'],
    ['without a version', one, to(ID, STREAM, ''), 400, 'MissingApiVersionParameter'],
    ['of another version', one, to(ID, STREAM, '?api-version=2016-04-01'), 400, 'UnsupportedApiVersion'],
    ['for another rule', one, to(`dcr-${'0'.repeat(32)}`, STREAM), 404, 'NotFound'],
    ['for another stream', one, to(ID, 'Custom-Other_CL'), 400, 'InvalidStream'],
    ['for the table instead of the stream', one, to(ID, 'Alerts_CL'), 400, 'InvalidStream'],
    [
      'of another content type',
      one,
      { headers: { 'content-type': 'text/plain' } },
      415,
      'UnsupportedMediaType',
    ],
    ['of lines', one, { headers: { 'content-type': 'application/x-ndjson' } }, 415, 'UnsupportedMediaType'],
    [
      'in another encoding',
      one,
      { headers: { 'content-encoding': 'deflate' } },
      400,
      'InvalidContentEncoding',
    ],
    [
      'that is not the gzip it says',
      one,
      { headers: { 'content-encoding': 'gzip' } },
      400,
      'InvalidContentEncoding',
    ],
    ['that is not UTF-8', Buffer.from('[{"Title_s":"é"}]', 'latin1'), {}, 400, 'InvalidPayload'],
    ['that is no JSON', '[{"Title_s":}]', {}, 400, 'InvalidPayload'],
    ['with one object', '{"Title_s":"x"}', {}, 400, 'InvalidPayload'],
    ['with a list in an object', `{"records":${one}}`, {}, 400, 'InvalidPayload'],
    ['without rows', '[]', {}, 400, 'InvalidPayload'],
    ['with a row that is no object', '[{"Title_s":"x"},"x"]', {}, 400, 'InvalidPayload'],
    ['with a column twice', '[{"Title_s":"x","Title_s":"y"}]', {}, 400, 'InvalidPayload'],
  ];
  it.each(cases)('%s', async (...[, body, over, status, code]) => {
    const { receiver, send } = await start();
    const reply = await send(body, over);
    expect(reply.status).toBe(status);
    expect(reply.error).toEqual({ code, message: expect.any(String) });
    expect(reply.headers.get('x-ms-error-code')).toBe(code);
    expect(receiver.received).toEqual([]);
    expect(receiver.counts.refused).toBe(1);
  });

  it('that is longer than 1 MB before or after its compression', async () => {
    const { send } = await start();
    const body = (length: number) => `[{"Title_s":"${'x'.repeat(length - 16)}"}]`;
    expect((await send(body(1_048_576))).status).toBe(204);
    for (const reply of [
      await send(body(1_048_577)),
      await send(gzipSync(body(1_048_577)), { headers: { 'content-encoding': 'gzip' } }),
    ]) {
      expect(reply).toMatchObject({
        status: 413,
        error: {
          code: 'ContentLengthLimitExceeded',
          message:
            'Maximum allowed content length: 1048576 bytes (1 MB). Provided content length: 1048577 bytes.',
        },
      });
    }
  });

  it('to another path, by another method, or without the role', async () => {
    const { send } = await start({ mayIngest: () => false });
    expect((await send(one, { path: '/' })).status).toBe(404);
    expect((await send(one, { method: 'PUT' })).status).toBe(405);
    expect(await send(one)).toMatchObject({ status: 403, error: { code: 'OperationFailed' } });
  });
});

describe('Entra ID refuses a request for a token', () => {
  it.each([
    ['without a scope', { scope: '' }, 400, 'invalid_request', 900144],
    ['with a scope of its own', { scope: 'https://monitor.azure.com' }, 400, 'invalid_scope', 1002012],
    ['for another resource', { scope: 'https://example.com/.default' }, 400, 'invalid_resource', 500011],
    ['of another client', { client_id: 'other' }, 400, 'unauthorized_client', 700016],
    ['without a secret', { client_secret: '' }, 401, 'invalid_client', 7000218],
    ['with another secret', { client_secret: 'other' }, 401, 'invalid_client', 7000215],
    ['for a user', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
  ])('%s', async (...[, over, status, error, code]) => {
    const { askToken, receiver } = await start();
    const { status: got, json } = await askToken(over);
    expect([got, json.error, json.error_codes]).toEqual([status, error, [code]]);
    expect(json.error_description).toContain(`AADSTS${code}: `);
    expect(receiver.tokens.issued()).toBe(0);
  });

  it('of another tenant, or not as a form', async () => {
    const { askToken, receiver } = await start();
    const other = await askToken({}, receiver.tokenUrl.replace(receiver.tenant, 'other'));
    expect([other.status, other.json.error_codes]).toEqual([400, [90002]]);
    const reply = await fetch(receiver.tokenUrl, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, JSON.parse(await reply.text()).error_codes]).toEqual([400, [900561]]);
  });
});

describe('a rule that cannot be deployed', () => {
  const withStream = (name: string, own = columns) => ({
    ...rule,
    streamDeclarations: { [name]: { columns: own } },
    dataFlows: [{ ...rule.dataFlows[0], streams: [name], destinations: ['workspace'], outputStream: STREAM }],
  });
  const without = (name: string) => columns.filter((each) => each.name !== name);
  const cases: readonly (readonly [string, DataCollectionRule, string])[] = [
    ['has a stream with another name', withStream('Alerts'), 'does not begin with Custom-'],
    [
      'has a column of a type of its own',
      withStream(STREAM, [...columns, { name: 'A', type: 'guid' }]),
      'of type guid',
    ],
    [
      'has a column with a dot',
      withStream(STREAM, [...columns, { name: 'a.b', type: 'string' }]),
      'name "a.b"',
    ],
    [
      'has a reserved column',
      withStream(STREAM, [...columns, { name: 'Title', type: 'string' }]),
      'reserved column Title',
    ],
    [
      'has a column twice',
      withStream(STREAM, [...columns, { name: 'count', type: 'int' }]),
      'column count twice',
    ],
    ['has no time', withStream(STREAM, without('TimeGenerated')), 'has no TimeGenerated'],
    [
      'has a column that the table has not',
      withStream(STREAM, [...columns, { name: 'New', type: 'int' }]),
      'no column New',
    ],
    [
      'has another type than the table',
      withStream(STREAM, [...without('Big'), { name: 'Big', type: 'int' }]),
      'Big is int',
    ],
    ['has a stream that nothing reads', { ...rule, dataFlows: [] }, 'no data flow reads'],
    ['has no destination', { ...rule, destinations: { logAnalytics: [] } }, 'no destination workspace'],
    [
      'writes to no table',
      {
        ...rule,
        dataFlows: [{ streams: [STREAM], destinations: ['workspace'], outputStream: 'Custom-Other_CL' }],
      },
      'there is no table Other_CL',
    ],
  ];
  it.each(cases)('%s', async (_, faulty, trouble) => {
    expect(ruleTroubles(faulty, tables)).toContainEqual(expect.stringContaining(trouble));
    await expect(startSentinelReceiver({ rules: { [ID]: faulty }, tables })).rejects.toThrow(trouble);
  });

  it('is told from a good one, whose table needs a time too', () => {
    expect(ruleTroubles(rule, tables)).toEqual([]);
    const transformed = { ...withStream('Custom-Raw', [{ name: 'Time', type: 'datetime' }]) };
    const [flow] = transformed.dataFlows;
    const flows = [
      {
        ...flow,
        streams: ['Custom-Raw'],
        destinations: ['workspace'],
        transformKql: 'source | extend TimeGenerated = Time',
      },
    ];
    expect(ruleTroubles({ ...transformed, dataFlows: flows }, tables)).toEqual([]);
    expect(ruleTroubles(rule, { Alerts: without('TimeGenerated') })).toEqual(
      expect.arrayContaining([
        expect.stringContaining('*_CL'),
        expect.stringContaining('no TimeGenerated of type datetime'),
      ]),
    );
  });
});

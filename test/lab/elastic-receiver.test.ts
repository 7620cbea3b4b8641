/** The receiver of Elasticsearch's bulk API refuses what Elasticsearch refuses, in its words. */
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ElasticReceiver,
  type ElasticReceiverOptions,
  startElasticReceiver,
} from '../../lab/receivers/elastic.ts';
import { REJECTED, REJECTED_ITEM } from '../../lab/receivers/elastic-errors.ts';

const STREAM = 'logs-defender.alerts-default';
const open: ElasticReceiver[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function start(options: Partial<ElasticReceiverOptions> = {}) {
  const receiver = await startElasticReceiver({ apiKey: 'id1:secret', store: true, ...options });
  open.push(receiver);
  const headers = {
    authorization: `ApiKey ${receiver.apiKey}`,
    'content-type': 'application/x-ndjson',
  };
  const send = async (
    body: string | Buffer | undefined,
    over: RequestInit & { readonly path?: string } = {},
  ) => {
    const { path = `/${STREAM}/_bulk`, ...init } = over;
    const all = { ...headers, ...(init.headers as Record<string, string>) };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    const reply = await fetch(`${receiver.origin}${path}`, {
      method: 'POST',
      ...init,
      ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      headers: given,
    });
    const text = await reply.text();
    return {
      status: reply.status,
      headers: reply.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
  };
  return { receiver, send };
}

const lines = (...values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
const at = '2026-11-27T10:00:00.123Z';
const one = lines({ create: { _id: 'a' } }, { '@timestamp': at, message: 'x' });

describe('the Elasticsearch receiver', () => {
  it('takes documents into a data stream', async () => {
    const { receiver, send } = await start();
    const { status, headers, json } = await send(
      lines(
        { create: { _id: 'a' } },
        { '@timestamp': at },
        { create: {} },
        { '@timestamp': 1_764_237_600_000 },
      ),
    );
    expect(status).toBe(200);
    expect(headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect(headers.get('content-type')).toBe('application/json');
    expect(json).toMatchObject({ errors: false, took: expect.any(Number) });
    expect(json.items[0]).toEqual({
      create: {
        _index: `.ds-${STREAM}-2026.01.01-000001`,
        _id: 'a',
        _version: 1,
        result: 'created',
        _shards: { total: 2, successful: 1, failed: 0 },
        _seq_no: 0,
        _primary_term: 1,
        status: 201,
      },
    });
    expect(json.items[1].create).toMatchObject({ _id: expect.stringMatching(/^[\w-]{20}$/), status: 201 });
    expect(receiver.received.map(({ stream, source }) => [stream, source['@timestamp']])).toEqual([
      [STREAM, at],
      [STREAM, 1_764_237_600_000],
    ]);
  });

  it('takes the name of the stream from each action, gzip, carriage returns, and what a compatible client asks for', async () => {
    const { receiver, send } = await start();
    const vendor = 'application/vnd.elasticsearch+x-ndjson;compatible-with=8';
    // Elastic's client for JavaScript sends this list.
    const accept = 'application/vnd.elasticsearch+json; compatible-with=8,text/plain';
    const body = lines(
      { create: { _index: 'logs-a-b', _id: 'x' } },
      { '@timestamp': at, host: { name: 'h' } },
    );
    const reply = await send(gzipSync(body.replaceAll('\n', '\r\n')), {
      path: '/_bulk?refresh=wait_for&filter_path=errors,items.*.status',
      headers: { 'content-type': vendor, accept, 'content-encoding': 'gzip' },
    });
    expect(reply.headers.get('content-type')).toBe('application/vnd.elasticsearch+json;compatible-with=8');
    expect(reply.json).toEqual({ errors: false, items: [{ create: { status: 201 } }] });
    expect(receiver.received[0]).toMatchObject({
      stream: 'logs-a-b',
      id: 'x',
      source: { host: { name: 'h' } },
    });
  });

  it('filters its reply', async () => {
    const { send } = await start();
    const ask = async (filter: string) =>
      (await send(one, { path: `/${STREAM}/_bulk?filter_path=${filter}` })).json;
    expect(await ask('items.**._id')).toEqual({ items: [{ create: { _id: 'a' } }] });
    expect(await ask('-took,-items.*._shards,-items.*.error')).toMatchObject({
      errors: true,
      items: [{ create: { _id: 'a', status: 409 } }],
    });
    expect(await ask('-took,-items.*.error.*')).toEqual({
      errors: true,
      items: [{ create: { _id: 'a', _index: expect.any(String), status: 409 } }],
    });
    expect(await ask('items.*.err*.ty*')).toEqual({
      items: [{ create: { error: { type: 'version_conflict_engine_exception' } } }],
    });
    expect(await ask('nothing')).toEqual({});
  });

  it('refuses an id that the write index has, and takes it again after a rollover', async () => {
    const { receiver, send } = await start();
    const other = lines({ create: { _id: 'b' } }, { '@timestamp': at });
    await send(one);
    const { status, json } = await send(one + other);
    expect(status).toBe(200);
    expect(json.errors).toBe(true);
    expect(json.items.map((item: Record<string, { status: number }>) => item.create?.status)).toEqual([
      409, 201,
    ]);
    expect(json.items[0].create.error).toMatchObject({
      type: 'version_conflict_engine_exception',
      reason: '[a]: version conflict, document already exists (current version [1])',
      shard: '0',
    });
    expect(receiver.conflicts()).toBe(1);
    receiver.rollover(STREAM);
    const again = await send(one);
    expect(again.json.items[0].create).toMatchObject({
      status: 201,
      _index: `.ds-${STREAM}-2026.01.01-000002`,
    });
  });

  it('says who it is, and is as full as a test wants', async () => {
    let isFull = true;
    const { send } = await start({
      fault: () => (isFull ? REJECTED : undefined),
      itemFault: (_, sent) => (sent === 2 ? REJECTED_ITEM : undefined),
    });
    const full = await send(one);
    expect(full.status).toBe(429);
    expect(full.json.error.type).toBe('es_rejected_execution_exception');
    isFull = false;
    const body = one + lines({ create: { _id: 'b' } }, { '@timestamp': at });
    const { json } = await send(body);
    expect(json.items[1].create).toMatchObject({
      _index: STREAM,
      status: 429,
      error: { type: 'es_rejected_execution_exception' },
    });
    const info = await send(undefined, { path: '/', method: 'GET' });
    expect(info.json.tagline).toBe('You Know, for Search');
  });
});

type Send = Awaited<ReturnType<typeof start>>['send'];
/** What stands in a row: the request's fault, its body and the rest of it, and Elasticsearch's status and error. */
type Refusal = readonly [string, Parameters<Send>[0], Parameters<Send>[1], number, unknown];

describe('the Elasticsearch receiver refuses a request', () => {
  const plain = 'Content-Type header [text/plain] is not supported';
  const cases: readonly Refusal[] = [
    [
      'without a key',
      one,
      { headers: { authorization: '' } },
      401,
      {
        type: 'security_exception',
        reason: `missing authentication credentials for REST request [/${STREAM}/_bulk]`,
      },
    ],
    [
      'with a key that is not base64 of id and key',
      one,
      { headers: { authorization: 'ApiKey id1:secret' } },
      401,
      { type: 'security_exception' },
    ],
    [
      'with another key',
      one,
      { headers: { authorization: `ApiKey ${btoa('id1:other')}` } },
      401,
      { additional_unsuccessful_credentials: 'API key: invalid credentials for API key [id1]' },
    ],
    [
      'with a bearer token',
      one,
      { headers: { authorization: `Bearer ${btoa('id1:secret')}` } },
      401,
      { type: 'security_exception' },
    ],
    [
      'by another method',
      one,
      { method: 'PATCH' },
      405,
      `Incorrect HTTP method for uri [/${STREAM}/_bulk] and method [PATCH], allowed: [POST, PUT]`,
    ],
    [
      'at another path',
      one,
      { path: '/_bulks' },
      400,
      'no handler found for uri [/_bulks] and method [POST]',
    ],
    ['of another media type', one, { headers: { 'content-type': 'text/plain' } }, 406, plain],
    [
      'of no media type',
      Buffer.from(one),
      { headers: { 'content-type': '' } },
      406,
      'Content-Type header is missing',
    ],
    [
      'with a version in one header only',
      one,
      { headers: { 'content-type': 'application/vnd.elasticsearch+x-ndjson;compatible-with=9' } },
      400,
      {
        type: 'media_type_header_exception',
        caused_by: {
          type: 'status_exception',
          reason: expect.stringContaining('A compatible version is required on both'),
        },
      },
    ],
    [
      'for a version that it does not speak',
      one,
      { headers: { accept: 'application/vnd.elasticsearch+json;compatible-with=7' } },
      400,
      {
        caused_by: {
          reason: expect.stringContaining('Accept version must be either version 9 or 8, but found 7.'),
        },
      },
    ],
    [
      'with a parameter it does not know',
      one,
      { path: '/_bulk?refreshed=true' },
      400,
      {
        type: 'illegal_argument_exception',
        reason: 'request [/_bulk] contains unrecognized parameter: [refreshed]',
      },
    ],
    [
      'with another value of refresh',
      one,
      { path: '/_bulk?refresh=soon' },
      400,
      { reason: 'Unknown value for refresh: [soon].' },
    ],
    ['without a body', '', {}, 400, { type: 'parse_exception', reason: 'request body is required' }],
    [
      'without the last newline',
      one.trimEnd(),
      {},
      400,
      {
        type: 'illegal_argument_exception',
        reason: 'The bulk request must be terminated by a newline [\\n]',
      },
    ],
    [
      'without actions',
      '\n',
      {},
      400,
      { type: 'action_request_validation_exception', reason: 'Validation Failed: 1: no requests added;' },
    ],
    ['with a list of events', `[${one}]\n`, {}, 400, { type: 'x_content_parse_exception' }],
    [
      'with documents only',
      lines({ '@timestamp': at }),
      {},
      400,
      {
        reason:
          'Malformed action/metadata line [1], expected field [create], [delete], [index] or [update] but found [@timestamp]',
      },
    ],
    [
      'with a document of several lines',
      `{"create":{}}\n{\n"@timestamp":"${at}"}\n`,
      {},
      400,
      { reason: expect.any(String) },
    ],
    [
      'with a type',
      lines({ create: { _type: '_doc' } }, {}),
      {},
      400,
      { reason: 'Action/metadata line [1] contains an unknown parameter [_type]' },
    ],
    [
      'with two actions in a line',
      lines({ create: {}, index: {} }, {}),
      {},
      400,
      { reason: 'Malformed action/metadata line [1], expected END_OBJECT but found [FIELD_NAME]' },
    ],
    [
      'for a reply of another type',
      one,
      { headers: { accept: 'text/html' } },
      400,
      { reason: 'Invalid media-type value on headers [Accept]' },
    ],
    [
      'with a list as id',
      lines({ create: { _id: ['a'] } }, {}),
      {},
      400,
      {
        reason:
          'Malformed action/metadata line [1], expected a simple value for field [_id] but found [START_ARRAY]',
      },
    ],
    [
      'with a long id',
      lines({ create: { _id: 'i'.repeat(513) } }, {}),
      {},
      400,
      { reason: expect.stringContaining('is too long, must be no longer than 512 bytes but was: 513;') },
    ],
    ['without an index', one, { path: '/_bulk' }, 400, { reason: 'Validation Failed: 1: index is missing;' }],
    ['in Brotli', one, { headers: { 'content-encoding': 'br' } }, 400, { type: 'x_content_parse_exception' }],
    [
      'that is not UTF-8',
      Buffer.from(one.replace('x', 'é'), 'latin1'),
      {},
      400,
      { type: 'x_content_parse_exception' },
    ],
    [
      'that is not the gzip it says',
      one,
      { headers: { 'content-encoding': 'gzip' } },
      400,
      { reason: 'Input is not in the GZIP format' },
    ],
  ];
  it.each(cases)('%s', async (...[, body, over, status, error]) => {
    const { receiver, send } = await start();
    const reply = await send(body, over);
    expect(reply.status).toBe(status);
    expect(reply.json.status).toBe(status);
    if (typeof error === 'string') expect(reply.json.error).toBe(error);
    else expect(reply.json.error).toMatchObject(error as object);
    if (typeof error !== 'string') expect(reply.json.error.root_cause).toHaveLength(1);
    if (status === 401) expect(reply.headers.get('www-authenticate')).toContain('ApiKey');
    expect(reply.headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect(receiver.received).toEqual([]);
  });

  it('that is too long before it is compressed', async () => {
    const { send } = await start({ maxBytes: 1000 });
    const body = lines({ create: {} }, { '@timestamp': at, message: 'x'.repeat(1000) });
    const reply = await send(gzipSync(body), { headers: { 'content-encoding': 'gzip' } });
    expect([reply.status, reply.text]).toEqual([413, '']);
  });
});

describe('the Elasticsearch receiver refuses an item', () => {
  const create = (document: unknown) => lines({ create: { _id: 'a' } }, document);
  const onlyCreate = 'only write ops with an op_type of create are allowed in data streams';
  const value = (path: string, type: string, preview: string) =>
    `[1:1] failed to parse field [${path}] of type [${type}] in document with id 'a'. Preview of field's value: '${preview}'`;
  const cases: readonly (readonly [string, string, number, Record<string, unknown>])[] = [
    [
      'that replaces',
      lines({ index: { _id: 'a' } }, { '@timestamp': at }),
      400,
      { type: 'illegal_argument_exception', reason: onlyCreate },
    ],
    ['that updates', lines({ update: { _id: 'a' } }, { doc: {} }), 400, { reason: onlyCreate }],
    ['that deletes', lines({ delete: { _id: 'a' } }), 400, { reason: onlyCreate }],
    [
      'with a routing',
      lines({ create: { routing: 'a' } }, { '@timestamp': at }),
      400,
      { type: 'illegal_argument_exception' },
    ],
    [
      'with an empty id',
      lines({ create: { _id: '' } }, { '@timestamp': at }),
      400,
      { reason: 'if _id is specified it must not be empty' },
    ],
    [
      'for no stream',
      lines({ create: { _index: 'metrics' } }, { '@timestamp': at }),
      404,
      { type: 'index_not_found_exception' },
    ],
    [
      'for a stream in capitals',
      lines({ create: { _index: 'logs-A-default' } }, { '@timestamp': at }),
      400,
      {
        type: 'invalid_index_name_exception',
        reason: 'Invalid index name [logs-A-default], must be lowercase',
      },
    ],
    [
      'for a stream of others',
      lines({ create: { _index: 'logs-other-default' } }, { '@timestamp': at }),
      403,
      { type: 'security_exception' },
    ],
    [
      'without a timestamp',
      create({ message: 'x' }),
      400,
      {
        type: 'document_parsing_exception',
        caused_by: {
          type: 'illegal_argument_exception',
          reason: 'data stream timestamp field [@timestamp] is missing',
        },
      },
    ],
    [
      'with two timestamps',
      create({ '@timestamp': [at, at] }),
      400,
      {
        caused_by: expect.objectContaining({
          reason: 'data stream timestamp field [@timestamp] encountered multiple values',
        }),
      },
    ],
    [
      'with a timestamp in words',
      create({ '@timestamp': 'Fri Nov 27 2026' }),
      400,
      { reason: value('@timestamp', 'date', 'Fri Nov 27 2026') },
    ],
    [
      'with a word as number',
      create({ '@timestamp': at, process: { pid: 'x' } }),
      400,
      {
        reason: value('process.pid', 'long', 'x'),
        caused_by: { type: 'illegal_argument_exception', reason: 'For input string: "x"' },
      },
    ],
    [
      'with a number of more than 64 bits',
      create({ '@timestamp': at, process: { pid: 2 ** 63 } }),
      400,
      {
        caused_by: expect.objectContaining({
          reason: expect.stringContaining('is out of range for a long'),
        }),
      },
    ],
    [
      'with a text for a flattened object',
      create({ '@timestamp': at, labels: 'x' }),
      400,
      { reason: value('labels', 'flattened', 'x') },
    ],
    [
      'with a name as address',
      create({ '@timestamp': at, 'source.ip': ['1.2.3.4', 'host'] }),
      400,
      { reason: value('source.ip', 'ip', 'host') },
    ],
    [
      'with a value for an object',
      create({ '@timestamp': at, process: 'x' }),
      400,
      {
        reason:
          '[1:1] object mapping for [process] tried to parse field [process] as object, but found a concrete value',
      },
    ],
    [
      'with an object for a value',
      create({ '@timestamp': at, source: { ip: { v4: 1 } } }),
      400,
      {
        type: 'document_parsing_exception',
        caused_by: { type: 'illegal_state_exception', reason: "Can't get text on a START_OBJECT at 1:1" },
      },
    ],
    [
      'that has a field as value and as object',
      create({ '@timestamp': at, a: 1, 'a.b': 1 }),
      400,
      { type: 'document_parsing_exception' },
    ],
    ['with an empty name', create({ '@timestamp': at, '': 1 }), 400, { type: 'document_parsing_exception' }],
    [
      'with metadata',
      create({ '@timestamp': at, _id: 'a' }),
      400,
      { reason: expect.stringContaining('Field [_id] is a metadata field') },
    ],
    [
      'that is deep',
      create({ '@timestamp': at, [Array(30).fill('a').join('.')]: 1 }),
      400,
      { type: 'illegal_argument_exception' },
    ],
    [
      'that has a field twice',
      `{"create":{}}\n{"@timestamp":"${at}","a":[{"b":1}],"a":2}\n`,
      400,
      { caused_by: { type: 'x_content_parse_exception', reason: "[1:1] Duplicate field 'a'" } },
    ],
    ['that is not JSON', '{"create":{}}\n{"@timestamp":\n', 400, { type: 'document_parsing_exception' }],
  ];
  it.each(cases)('%s, and takes the next', async (_, body, status, error) => {
    const { receiver, send } = await start({
      mayWrite: [STREAM, 'logs-A-*', 'metrics'],
      mappings: { 'process.pid': 'long', 'source.ip': 'ip', labels: 'flattened' },
    });
    const { status: whole, json } = await send(body + lines({ create: { _id: 'z' } }, { '@timestamp': at }));
    expect(whole).toBe(200);
    expect(json.errors).toBe(true);
    const [name = ''] = Object.keys(json.items[0]);
    expect(json.items[0][name]).toMatchObject({ status, error: expect.objectContaining(error) });
    expect(json.items[1].create.status).toBe(201);
    expect(receiver.received.map(({ id }) => id)).toEqual(['z']);
  });

  it('by its failure store, which takes it without an error, or by an error that names the store', async () => {
    const wrong = lines({ create: { _id: 'a' } }, { message: 'x' });
    const right = lines({ create: { _id: 'b' } }, { '@timestamp': at });
    const used = await start({ failureStore: 'used' });
    const { json } = await used.send(wrong + right + right);
    expect(json.items[0].create).toMatchObject({
      _index: `.fs-${STREAM}-2026.01.01-000001`,
      _id: expect.stringMatching(/^[\w-]{20}$/),
      result: 'created',
      failure_store: 'used',
      status: 201,
    });
    expect(json.items[1].create).not.toHaveProperty('failure_store');
    // A conflict is never redirected.
    expect(json.items[2].create.status).toBe(409);
    expect(used.receiver.received.map(({ id }) => id)).toEqual(['b']);
    expect(used.receiver.failures).toMatchObject([
      { stream: STREAM, id: 'a', error: { type: 'document_parsing_exception' } },
    ]);
    expect((await used.send(wrong)).json.errors).toBe(false);
    const failed = await start({ failureStore: 'failed' });
    expect((await failed.send(wrong)).json.items[0].create).toMatchObject({
      status: 400,
      failure_store: 'failed',
    });
    const off = await start();
    expect((await off.send(wrong)).json.items[0].create).toMatchObject({
      status: 400,
      failure_store: 'not_enabled',
    });
    expect((await off.send(lines({ index: {} }, {}))).json.items[0].index).not.toHaveProperty(
      'failure_store',
    );
  });

  it('but not for what is in a flattened object', async () => {
    const { send } = await start({ mappings: { labels: 'flattened' } });
    const document = (labels: unknown) => lines({ create: {} }, { '@timestamp': at, labels });
    const dotted = lines(
      { create: {} },
      { '@timestamp': at, 'labels.a': 1 },
      { create: {} },
      { '@timestamp': at, 'labels.a.b': 1 },
    );
    expect((await send(document({ a: 1 }) + document({ a: { b: 1 } }) + dotted)).json.errors).toBe(false);
  });

  it('but not for what is in a disabled object, or in its place', async () => {
    const { send } = await start({ mappings: { 'a.b': 'disabled' } });
    const document = (b: unknown) => lines({ create: {} }, { '@timestamp': at, a: { b } });
    const all = ['x', 1, { c: 1 }, { c: { d: 1 } }, [1, { c: 2 }]].map(document).join('');
    expect((await send(all)).json.errors).toBe(false);
  });

  it('whose field is an object where an earlier document had a value', async () => {
    const { send } = await start();
    const document = (AdditionalFields: unknown) =>
      lines({ create: {} }, { '@timestamp': at, AdditionalFields });
    const { json } = await send(document('{}') + document({ a: 1 }) + document('{}') + document(null));
    const statuses = json.items.map((item: { create: { status: number } }) => item.create.status);
    expect(statuses).toEqual([201, 400, 201, 201]);
  });
});

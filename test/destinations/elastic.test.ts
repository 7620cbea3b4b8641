/** What Elasticsearch is sent, and what its replies mean. */
import { afterEach, describe, expect, it } from 'vitest';
import { type ElasticReceiverOptions, startElasticReceiver } from '../../lab/receivers/elastic.ts';
import { type ReceivedRequest, type ReceiverReply, startReceiver } from '../../lab/receivers/server.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { elasticConfig } from '../../src/destinations/elastic/config.ts';
import { elastic } from '../../src/destinations/elastic/descriptor.ts';
import { elasticDocuments } from '../../src/destinations/elastic/encode.ts';
import { indexOf, indexTemplateMistake } from '../../src/destinations/elastic/index-name.ts';
import { elasticTemplate } from '../../src/destinations/elastic/template.ts';
import { envelopeDelivery } from '../../src/destinations/envelope-delivery.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { SHAPES } from '../../src/destinations/shapes.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { shippedSchema } from '../../src/rules/schema/index.ts';
import { ByteWriter } from '../../src/shared/byte-writer.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, envelope, groupRecord } from './samples.ts';

const KEY = 'a2V5LWlkOmtleQ==';
const signal = new AbortController().signal;

/** The lines of a request: actions and documents. */
function linesOf({ body }: ReceivedRequest): readonly Record<string, Record<string, unknown>>[] {
  expect(body.endsWith('\n')).toBe(true);
  return body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** One item of a reply, as the bulk API tells it. */
function item(status: number, type?: string, reason = 'because'): object {
  return { create: { status, ...(type !== undefined && { error: { type, reason } }) } };
}

const reply = (...items: readonly object[]): ReceiverReply => ({
  status: 200,
  body: JSON.stringify({ errors: items.length > 0, items }),
});
/** Where members of these names stand in a document. */
function pathsTo(value: unknown, names: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    names.includes(name) ? [[name]] : pathsTo(inner, names).map((path) => [name, ...path]),
  );
}

const CONFLICT = 'version_conflict_engine_exception';

describe('elastic', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** A server that answers with these replies in turn, and then that each document was created. */
  async function node(...replies: readonly ReceiverReply[]) {
    const requests: ReceivedRequest[] = [];
    const left = [...replies];
    const receiver = await startReceiver({}, { requests: 0, faults: 0, refused: 0, events: 0 }, (request) => {
      requests.push(request);
      const created = Array.from({ length: request.body.split('\n').length >> 1 }, () => item(201));
      return left.shift() ?? reply(...created);
    });
    closers.push(() => receiver.close());
    return { origin: receiver.origin, requests };
  }

  function opened(url: string | readonly string[], over: Record<string, unknown> = {}): Destination {
    const config = elasticConfig.parse({
      type: 'elastic',
      url,
      api_key: KEY,
      allow_networks: ['127.0.0.1'],
      ...over,
    });
    const destination = createDestination('es', config, depsOf(nodeHttpClient));
    closers.push(() => destination.close());
    return destination;
  }

  async function sent(over: Record<string, unknown>, ...envelopes: Parameters<typeof batchOf>[1]) {
    const { origin, requests } = await node();
    const destination = opened(origin, over);
    await destination.send(batchOf(destination, envelopes), signal);
    const [request] = requests;
    if (!request) throw new Error('nothing was sent');
    return { request, lines: linesOf(request) };
  }

  async function thrownBy(over: Record<string, unknown>, size: number, ...replies: readonly ReceiverReply[]) {
    const { origin } = await node(...replies);
    const destination = opened(origin, over);
    const batch = batchOf(
      destination,
      Array.from({ length: size }, (_, at) => envelope(at)),
    );
    return await destination.send(batch, signal).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('posts an action and a document for each, in the Elastic Common Schema', async () => {
    const { request, lines } = await sent({}, envelope(1), alert(2));
    expect(request).toMatchObject({ method: 'POST', path: expect.stringMatching(/^\/_bulk\?filter_path=/) });
    expect(request.headers).toMatchObject({
      authorization: `ApiKey ${KEY}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
    expect(lines[0]).toEqual({
      create: {
        _index: 'logs-microsoft_defender_xdr.device_process_events-default',
        _id: envelope(1).id,
      },
    });
    expect(lines[1]).toMatchObject({
      '@timestamp': '2026-11-23T07:01:02.1234567Z',
      event: { id: envelope(1).id, dataset: 'microsoft_defender_xdr.device_process_events' },
      data_stream: {
        type: 'logs',
        dataset: 'microsoft_defender_xdr.device_process_events',
        namespace: 'default',
      },
    });
    expect(lines[2]).toEqual({ create: { _index: 'logs-xdr_relay.alert-default', _id: alert(2).alertId } });
    expect(lines[3]).toMatchObject({ event: { kind: 'alert', id: alert(2).alertId } });
  });

  it('sends less where the reasons of a batch are more than what is read of a reply', async () => {
    const long = item(
      400,
      'document_parsing_exception',
      `Preview of field's value: '${'é'.repeat(1 << 20)}'`,
    );
    const thrown = await thrownBy({}, 3, reply(long, long, long));
    expect(thrown).toBeInstanceOf(RowsRefusedError);
    expect(thrown).toMatchObject({ code: 'rows_refused', rows: undefined });
  });

  it.each(SHAPES)('keeps by its template what has values of any type in the shape %s', async (shape) => {
    const columns = new Map([['AdditionalFields', 'string']]);
    const files = elasticTemplate({ tables: [{ name: 'DeviceEvents', columns }], shape });
    const { template } = JSON.parse(files.find(({ name }) => name.includes('index'))?.text ?? '');
    const isKept = (path: readonly string[]) => {
      const field = path.reduce(
        (at, step, depth) => (depth === 0 ? at : at?.properties)?.[step],
        template.mappings.properties,
      );
      return field?.enabled === false;
    };
    const over = { table: 'DeviceEvents', event: { AdditionalFields: { a: 1 } } };
    const { lines } = await sent({ shape }, envelope(1, over), alert(2, over));
    const paths = [lines[1], lines[3]].map((document) => pathsTo(document, ['AdditionalFields', 'matched']));
    expect(paths.map((each) => each.length > 0)).toEqual([true, true]);
    for (const path of paths.flat()) expect([path, isKept(path)]).toEqual([path, true]);
  });

  it.each(['raw', 'relay', 'ecs', 'ocsf'])('has a time in each document of the shape %s', async (shape) => {
    const times = ['2026-11-23T07:01:02.1234567Z', '2026-11-23 07:01:02', 'no time'];
    const { lines } = await sent(
      { shape },
      ...times.map((time, at) => envelope(at, { time, event: { Timestamp: time } })),
    );
    const documents = lines.filter((_, at) => at % 2 === 1);
    expect(documents.map((each) => String(each['@timestamp']).slice(0, 19))).toEqual([
      '2026-11-23T07:01:02',
      '2026-11-23T07:01:02',
      '2026-11-23T07:03:00',
    ]);
    for (const each of documents) expect(String(each['@timestamp'])).toMatch(/Z$/);
  });

  it.each(['@timestamp', '\\u0040timestamp'])(
    'has one time where a row that is sent as it is has one of its own: %s',
    async (name) => {
      const row = `{"${name}":"never","time":"2026-11-23T07:03:00Z","number":12345678901234567890}`;
      const writer = new ByteWriter();
      const write = elasticDocuments(elasticConfig.parse(elastic.least), 'raw').write;
      const delivery = envelopeDelivery(envelope(1), undefined);
      write({ ...delivery, writeRaw: (to) => to.text(row) }, writer);
      const [, document = ''] = new TextDecoder().decode(writer.peek()).split('\n');
      expect(document.match(/timestamp"/g)).toHaveLength(2);
      expect(document).toMatch(/^\{"@timestamp":"20[^"]*Z",/);
      expect(document).toContain('"row_timestamp":"never"');
      expect(document).toContain('12345678901234567890');
    },
  );

  it('loses no member of a row that has both', async () => {
    const row = { '@timestamp': 'never', row_timestamp: 'ours', row_timestamp_2: 'too' };
    const writer = new ByteWriter();
    const delivery = envelopeDelivery(envelope(1), undefined);
    elasticDocuments(elasticConfig.parse(elastic.least), 'raw').write(
      { ...delivery, writeRaw: (to) => to.json(row) },
      writer,
    );
    const [, document = ''] = new TextDecoder().decode(writer.peek()).split('\n');
    expect(JSON.parse(document)).toMatchObject({
      row_timestamp: 'ours',
      row_timestamp_2: 'too',
      row_timestamp_3: 'never',
    });
  });

  it('has an id of its own for each record of a group of alerts', async () => {
    const { lines } = await sent({}, alert(2), groupRecord(2));
    expect(lines[0]?.create?._id).toBe(alert(2).alertId);
    expect(lines[2]?.create?._id).toBe(`${alert(2).alertId}-7`);
  });

  it('files rows by columns and routes, and adds a pipeline', async () => {
    const index = {
      template: 'logs-a.{DeviceName}-default',
      allowed: ['logs-a.x-default'],
      default: 'logs-a.other-default',
    };
    const { lines, request } = await sent({ index, pipeline: 'defender' }, envelope(1), {
      ...envelope(2),
      metadata: { index: 'logs-a.x-default' },
    } as ReturnType<typeof envelope>);
    expect(lines[0]?.create?._index).toBe('logs-a.other-default');
    expect(lines[2]?.create?._index).toBe('logs-a.x-default');
    expect(request.path).toContain('pipeline=defender');
  });

  it('signs in with a user name and a password, or with nothing', async () => {
    const basic = { api_key: undefined, auth: { type: 'basic', username: 'u', password: 'p' } };
    expect((await sent(basic, envelope(1))).request.headers.authorization).toBe('Basic dTpw');
    expect((await sent({ api_key: undefined }, envelope(1))).request.headers.authorization).toBeUndefined();
    expect(() => opened('http://127.0.0.1', { auth: basic.auth })).toThrow(/proves who sends already/);
  });

  it('takes 409 of a document that is there for acceptance, and no other 409', async () => {
    expect(await thrownBy({}, 2, reply(item(201), item(409, CONFLICT)))).toBeUndefined();
    const other = await thrownBy({}, 2, reply(item(201), item(409, 'some_other_exception')));
    expect(other).toBeInstanceOf(DestinationRefusedError);
  });

  it('names the documents that are refused, and asks for the others again where one was not taken for now', async () => {
    const bad = item(400, 'document_parsing_exception', 'failed to parse field [x]');
    const refused = await thrownBy({}, 3, reply(item(201), bad, item(409, CONFLICT)));
    expect(refused).toBeInstanceOf(RowsRefusedError);
    expect(refused).toMatchObject({
      rows: [1],
      message: expect.stringContaining('document_parsing_exception'),
    });
    for (const [passing, code] of [
      [item(429, 'es_rejected_execution_exception'), 'throttled'],
      [item(503, 'unavailable_shards_exception'), 'server_error'],
    ] as const) {
      const thrown = await thrownBy({}, 3, reply(bad, passing, item(201)));
      expect(thrown).toBeInstanceOf(RetryableError);
      expect(thrown).toMatchObject({ code });
    }
  });

  it.each([
    [403, 'security_exception', 'not_authorized'],
    [404, 'index_not_found_exception', 'not_found'],
  ])('takes %i of a document for a refusal of the relay, not of the row', async (status, type, code) => {
    const thrown = await thrownBy({}, 2, reply(item(400, 'x'), item(status, type)));
    expect(thrown).toBeInstanceOf(DestinationRefusedError);
    expect(thrown).toMatchObject({ code });
  });

  it.each([
    ['fewer items than documents', reply(item(201))],
    ['a login page', { status: 200, body: '<html>Log in</html>' }],
    ['another reply', { status: 200, body: '{"took":1,"errors":false}' }],
  ])('does not believe %s', async (_, answer) => {
    const thrown = await thrownBy({}, 2, answer);
    expect(thrown).toBeInstanceOf(RetryableError);
    expect(thrown).toMatchObject({ code: 'bad_reply' });
  });

  it('reads a reply with a reason for each of many documents', async () => {
    const items = Array.from({ length: 1_000 }, () =>
      item(400, 'document_parsing_exception', 'x'.repeat(1_000)),
    );
    expect(await thrownBy({}, 1_000, reply(...items))).toMatchObject({ code: 'rows_refused' });
  });

  it('goes to another node where one refuses connections, and sends what a shard was too busy for to no other', async () => {
    const [one, other] = [await node(), await node(reply(item(429, 'es_rejected_execution_exception')))];
    const gone = 'http://127.0.0.1:9';
    const destination = opened([gone, one.origin]);
    for (const at of [1, 2]) await destination.send(batchOf(destination, [envelope(at)]), signal);
    expect(one.requests.length).toBeGreaterThanOrEqual(2);
    const busy = opened([other.origin, gone]);
    await expect(busy.send(batchOf(busy, [envelope(1)]), signal)).rejects.toMatchObject({
      code: 'throttled',
    });
    expect(other.requests).toHaveLength(1);
  });

  it('has a path of a proxy before its own', async () => {
    const { origin, requests } = await node();
    const destination = opened(`${origin}/es/`);
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(requests[0]?.path).toMatch(/^\/es\/_bulk\?/);
  });
});

describe('elastic against the receiver of the lab', () => {
  const apiKey = 'key-id:key';
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(options: Partial<ElasticReceiverOptions> = {}, over: Record<string, unknown> = {}) {
    const receiver = await startElasticReceiver({ apiKey, store: true, ...options });
    const config = elasticConfig.parse({
      type: 'elastic',
      url: receiver.origin,
      api_key: receiver.apiKey,
      allow_networks: ['127.0.0.1'],
      ...over,
    });
    const destination = createDestination('es', config, depsOf(nodeHttpClient));
    closers.push(() => destination.close(), receiver.close);
    const send = (...numbers: readonly number[]) =>
      destination.send(
        batchOf(
          destination,
          numbers.map((at) => envelope(at)),
        ),
        signal,
      );
    const ids = () => receiver.received.map(({ id }) => id);
    return { receiver, send, ids };
  }

  it('stores nothing twice after a lost reply, but after a rollover', async () => {
    let isLost = true;
    const { receiver, send, ids } = await open({
      fault: () => {
        const fault = isLost ? ('accept_then_reset' as const) : undefined;
        isLost = false;
        return fault;
      },
    });
    await expect(send(1, 2)).rejects.toBeInstanceOf(RetryableError);
    await send(1, 2);
    await send(2, 3);
    expect(ids()).toEqual([1, 2, 3].map((at) => envelope(at).id));
    expect(receiver.conflicts()).toBe(3);
    receiver.rollover('logs-microsoft_defender_xdr.device_process_events-default');
    await send(3);
    expect(ids().slice(3)).toEqual([envelope(3).id]);
  });

  it('has a document that the mapping refuses named, and the others stored', async () => {
    const { send, ids } = await open({
      itemFault: (source) => (source.includes(`"${envelope(2).id}"`) ? MAPPING : undefined),
    });
    await expect(send(1, 2, 3)).rejects.toMatchObject({ name: 'RowsRefusedError', rows: [1] });
    expect(ids()).toEqual([1, 3].map((at) => envelope(at).id));
  });

  it('takes a document in the failure store for a refused one, unless it is to be accepted', async () => {
    const options = { failureStore: 'used', mappings: { 'event.module': 'long' } } as const;
    const refusing = await open(options);
    await expect(refusing.send(1, 2)).rejects.toMatchObject({
      name: 'RowsRefusedError',
      rows: [0, 1],
      message: 'Elasticsearch put 2 of 2 documents into the failure store',
    });
    const accepting = await open(options, { failure_store: 'accept' });
    await accepting.send(1, 2);
    expect(accepting.receiver.failures).toHaveLength(2);
  });

  it('blames the relay where its key may not write to the data stream', async () => {
    const { send, ids } = await open({ mayWrite: ['logs-other-*'] });
    await expect(send(1)).rejects.toMatchObject({ name: 'DestinationRefusedError', code: 'not_authorized' });
    expect(ids()).toEqual([]);
  });
});

/** What Elasticsearch says of a document that its mapping does not take. */
const MAPPING = {
  status: 400,
  error: { type: 'document_parsing_exception', reason: '[1:2] failed to parse field [x] of type [long]' },
};

describe('names of data streams', () => {
  it('are valid for every table of the schema, whatever it is called', () => {
    for (const table of [...shippedSchema.tableNames, 'Ünser:Blob/..', '-', '', 'x'.repeat(500)]) {
      const name = indexOf('logs-microsoft_defender_xdr.{table}-default', table);
      expect(name).toMatch(/^logs-microsoft_defender_xdr\.[a-z0-9_]+-default$/);
      expect(name.length).toBeLessThanOrEqual(255);
    }
  });

  it.each([
    'Logs-x',
    '-x',
    '_x',
    '.ds-x',
    '..',
    'a b',
    'a,b',
    'a:b',
    'a#b',
    '{Table}',
    `${'x'.repeat(200)}{table}`,
    '',
  ])('is not %j', (name) => {
    expect(indexTemplateMistake(name)).toBeDefined();
    expect(elasticConfig.safeParse({ ...elastic.least, index: name }).success).toBe(false);
  });

  it('warns of one that no built-in template makes a data stream of', () => {
    const warnings = (index: string) => elastic.warnings?.(elasticConfig.parse({ ...elastic.least, index }));
    expect(warnings('logs-a.{table}-prod')).toEqual([]);
    expect(warnings('defender')).toMatchObject([{ key: 'index' }]);
  });
});

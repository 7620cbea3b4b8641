import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  HEC_CODES,
  type HecCondition,
  type HecReceiver,
  type HecReceiverOptions,
  hecReply,
  startHecReceiver,
} from '../../lab/receivers/splunk-hec.ts';

const GOOD = { authorization: 'Splunk abc' };
let condition: HecCondition = {};
let receiver: HecReceiver;
beforeAll(async () => {
  receiver = await startHecReceiver({
    token: 'abc',
    indexes: ['main', 'alerts'],
    maxBytes: 500,
    store: true,
    condition: () => condition,
  });
});
afterAll(() => receiver.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function send(sent: Sent, to = receiver): Promise<readonly [number, string]> {
  const { method = 'POST', path = '/services/collector/event', headers = GOOD, body = '{"event":1}' } = sent;
  const reply = await fetch(`${to.origin}${path}`, { method, headers, ...(method === 'POST' && { body }) });
  return [reply.status, await reply.text()];
}

async function coded(sent: Sent, to = receiver): Promise<Readonly<Record<string, unknown>>> {
  const [status, text] = await send(sent, to);
  return { status, ...JSON.parse(text) };
}

async function inCondition(state: HecCondition, sent: Sent) {
  condition = state;
  try {
    return await coded(sent);
  } finally {
    condition = {};
  }
}

describe('a collector', () => {
  it('has Splunk’s codes 0 to 27, in their order, and 28', () => {
    const codes = HEC_CODES.map((code) => JSON.parse(hecReply(code).body ?? '').code);
    expect(codes).toEqual([...Array(29).keys()]);
    expect(HEC_CODES.map((code) => hecReply(code).status)).toEqual([
      200, 403, 401, 401, 403, 400, 400, 400, 500, 503, 400, 400, 400, 400, 400, 400, 400, 200, 503, 503, 503,
      400, 400, 503, 200, 200, 429, 429, 400,
    ]);
    expect(hecReply('busy', { 'invalid-event-number': 2 }).body).toBe(
      '{"text":"Server is busy","code":9,"invalid-event-number":2}',
    );
  });

  it.each<[string, number, Sent]>([
    ['one event', 1, { path: '/services/collector' }],
    ['events one after the other', 2, { body: '{"event":1}{"event":{"a":1},"index":"alerts","time":1.5}' }],
    ['events on lines', 2, { path: '/services/collector/event/1.0', body: '{"event":1}\n{"event":"x"}\n' }],
    ['fields of scalars and lists', 1, { body: '{"event":1,"fields":{"a":"b","c":["d"]},"time":"1.25"}' }],
    ['gzip', 1, { headers: { ...GOOD, 'content-encoding': 'gzip' }, body: gzipSync('{"event":1}') }],
    ['Basic', 1, { headers: { authorization: `Basic ${btoa('x:abc')}` } }],
  ])('takes %s', async (_, events, sent) => {
    const before = receiver.received.length;
    expect(await coded(sent)).toEqual({ status: 200, text: 'Success', code: 0 });
    expect(receiver.received.length - before).toBe(events);
  });

  it.each<[string, number, number, Sent]>([
    ['no token', 401, 2, { headers: {} }],
    ['another scheme', 401, 3, { headers: { authorization: 'Bearer abc' } }],
    ['a token without a scheme', 401, 3, { headers: { authorization: 'abc' } }],
    ['Basic without a colon', 401, 3, { headers: { authorization: `Basic ${btoa('abc')}` } }],
    ['a wrong token', 403, 4, { headers: { authorization: 'Splunk abd' } }],
    ['a token in the query', 400, 16, { path: '/services/collector?token=abc', headers: {} }],
    ['no data', 400, 5, { body: '' }],
    ['blanks', 400, 5, { body: ' \n' }],
    ['what is not JSON', 400, 6, { body: 'event' }],
    ['an array', 400, 6, { body: '[{"event":1}]' }],
    ['a member that HEC does not know', 400, 6, { body: '{"event":1,"sourceType":"x"}' }],
    ['a host that is not a string', 400, 6, { body: '{"event":1,"host":5}' }],
    ['what is not gzip', 400, 6, { headers: { ...GOOD, 'content-encoding': 'gzip' } }],
    ['bytes that are not UTF-8', 400, 6, { body: Uint8Array.from([0x7b, 0xff, 0x7d]) }],
    ['an index of others', 400, 7, { body: '{"event":1,"index":"other"}' }],
    ['no event', 400, 12, { body: '{"time":1}' }],
    ['fields alone', 400, 12, { body: '{"fields":{"a":1}}' }],
    ['a blank event', 400, 13, { body: '{"event":""}' }],
    ['an event that is null', 400, 13, { body: '{"event":null}' }],
    ['nested fields', 400, 15, { body: '{"event":1,"fields":{"a":{}}}' }],
    ['fields nested in a list', 400, 15, { body: '{"event":1,"fields":{"a":[{}]}}' }],
    ['fields in a list', 400, 15, { body: '{"event":1,"fields":["a"]}' }],
    ['a time that is a date', 400, 15, { body: '{"event":1,"time":"2026-11-27T12:00:00Z"}' }],
    [
      'questions, as the token has no acks',
      400,
      14,
      { path: '/services/collector/ack', body: '{"acks":[0]}' },
    ],
  ])('refuses %s', async (_, status, code, sent) => {
    const before = receiver.counts.events;
    expect(await coded(sent)).toMatchObject({ status, code });
    expect(receiver.counts.events).toBe(before);
  });

  it('refuses what is no HEC request', async () => {
    const notFound = { status: 404, text: 'The requested URL was not found on this server.', code: 404 };
    expect(await coded({ path: '/services/other' })).toEqual(notFound);
    expect(await coded({ method: 'GET' })).toEqual({ ...notFound, status: 405 });
    expect(await coded({ path: '/services/collector/health' })).toEqual({ ...notFound, status: 405 });
    expect(await send({ method: 'OPTIONS', headers: {} })).toEqual([200, '']);
    expect((await send({ headers: { ...GOOD, 'content-encoding': 'deflate' } }))[0]).toBe(415);
    const long = `{"event":"${'x'.repeat(600)}"}`;
    expect(await send({ body: long })).toEqual([413, expect.stringContaining('<!doctype html>')]);
    const bomb = { headers: { ...GOOD, 'content-encoding': 'gzip' }, body: gzipSync(long) };
    expect((await send(bomb))[0]).toBe(413);
  });

  it.each([
    ['{"event":1}{"event":2}{"event":', 6, 2],
    ['{"event":1}{"event":2}{"time":1}{"event":3}', 12, 2],
    ['{"event":1}{"event":2}{"event":""}{"event":3}', 13, 2],
    ['{"event":1}{"event":2}{"event":3,"fields":1}', 15, 2],
    ['{"event":1}{"event":2}{"event":3,"index":"x"}{"event":4}', 7, 3],
  ])('indexes what comes before a refused event: %s', async (body, code, invalid) => {
    const before = receiver.received.length;
    expect(await coded({ body })).toMatchObject({ status: 400, code, 'invalid-event-number': invalid });
    expect(receiver.received.slice(before)).toEqual([{ event: 1 }, { event: 2 }]);
  });

  it.each<[HecCondition, number, number, string]>([
    [{ token: 'disabled' }, 403, 1, 'Token disabled'],
    [{ server: 'failing' }, 500, 8, 'Internal server error'],
    [{ server: 'busy' }, 503, 9, 'Server is busy'],
    [{ server: 'stopping' }, 503, 23, 'Server is shutting down'],
    [{ queue: 'near' }, 200, 24, 'HEC queue is approaching its capacity limit'],
    [{ queue: 'full' }, 429, 26, 'HEC queue is at capacity and cannot process any more requests'],
  ])('in the condition %j answers events with %i and code %i', async (state, status, code, text) => {
    const before = receiver.counts.events;
    expect(await inCondition(state, {})).toMatchObject({ status, code, text });
    expect(receiver.counts.events - before).toBe(status === 200 ? 1 : 0);
  });

  it('may stop within a request when it is busy', async () => {
    const before = receiver.received.length;
    const body = '{"event":1}{"event":2}{"event":3}';
    const said = await inCondition({ server: 'busy', takes: 2 }, { body });
    expect(said).toMatchObject({ status: 503, code: 9, 'invalid-event-number': 2 });
    expect(receiver.received.slice(before)).toEqual([{ event: 1 }, { event: 2 }]);
  });

  it.each<[HecCondition, Readonly<Record<string, string>>, number, number]>([
    [{}, {}, 200, 17],
    [{}, GOOD, 200, 17],
    [{ queue: 'near' }, {}, 200, 17],
    [{ queue: 'full' }, {}, 503, 18],
    [{ acks: 'down' }, {}, 503, 19],
    [{ queue: 'full', acks: 'down' }, {}, 503, 20],
    [{}, { authorization: 'Splunk abd' }, 400, 21],
    [{ token: 'disabled' }, GOOD, 400, 22],
    [{ server: 'stopping' }, {}, 503, 23],
  ])('in the condition %j tells its health', async (state, headers, status, code) => {
    for (const path of ['/services/collector/health', '/services/collector/health/1.0']) {
      expect(await inCondition(state, { method: 'GET', path, headers })).toMatchObject({ status, code });
    }
  });
});

describe('a collector of another product', () => {
  const opened: HecReceiver[] = [];
  afterAll(async () => {
    for (const each of opened) await each.close();
  });
  const open = async (options: Omit<HecReceiverOptions, 'token'>) => {
    const made = await startHecReceiver({ token: 'abc', store: true, ...options });
    opened.push(made);
    return made;
  };
  const bearer = { authorization: 'Bearer abc' };

  it('Splunk Cloud takes 5 MiB, and calls more a wrong format', async () => {
    const cloud = await open({ profile: 'splunk_cloud' });
    const ofBytes = (bytes: number) => `{"event":"${'x'.repeat(bytes - 12)}"}`;
    expect(await coded({ body: ofBytes(5_242_880) }, cloud)).toMatchObject({ status: 200, code: 0 });
    expect(await coded({ body: ofBytes(5_242_881) }, cloud)).toEqual({
      status: 400,
      text: 'Invalid data format',
      code: 6,
      'invalid-event-number': 0,
    });
  });

  it('CrowdStrike takes Bearer at two paths, and any members', async () => {
    const falcon = await open({ profile: 'crowdstrike', indexes: ['repository'] });
    for (const path of ['/services/collector', '/api/v1/ingest/hec']) {
      const body = '{"host":"connection_test"}\n{"event":{"a":1},"index":"repository","timezone":"Z"}';
      expect(await coded({ path, headers: bearer, body }, falcon)).toEqual({
        status: 200,
        text: 'Success',
        code: 0,
      });
    }
    expect(falcon.received).toHaveLength(4);
  });

  it.each<[string, number, Sent]>([
    ['no token', 401, { headers: {} }],
    ['Splunk’s scheme', 401, { headers: GOOD }],
    ['a token in the query', 400, { path: '/services/collector?token=abc', headers: {} }],
    ['a wrong token', 403, { headers: { authorization: 'Bearer abd' } }],
    ['no data', 400, { body: '' }],
    ['an array', 400, { body: '[{"event":1}]' }],
    ['half an event', 400, { body: '{"event":1}{"event":' }],
    ['another repository', 400, { body: '{"event":1,"index":"other"}' }],
    ['nested fields', 400, { body: '{"event":1,"fields":{"a":{}}}' }],
    ['questions', 404, { path: '/services/collector/ack', body: '{"acks":[0]}' }],
    ['a look at its health', 404, { method: 'GET', path: '/services/collector/health' }],
    ['another method', 405, { method: 'PUT' }],
  ])('CrowdStrike refuses %s', async (_, status, sent) => {
    const falcon = opened.find(({ counts }) => counts.events === 4) as HecReceiver;
    const [got, text] = await send({ path: '/services/collector', headers: bearer, ...sent }, falcon);
    expect(got).toBe(status);
    expect(text).not.toMatch(/^\{"text":".*","code":\d\d?[,}]/);
    expect(falcon.counts.events).toBe(4);
  });

  it('Cribl takes a token in three places, and acknowledges whatever is asked, if at all', async () => {
    const cribl = await open({ profile: 'cribl', acknowledgeAfter: 0, indexes: ['default'] });
    const body = '{"event":1,"fieldA":"valueA"}{"host":"h","fields":{"_value":1}}';
    for (const headers of [GOOD, { authorization: 'abc' }]) {
      expect(await coded({ headers, body }, cribl)).toEqual({ status: 200, text: 'Success', code: 0 });
    }
    const inQuery = { path: '/services/collector?token=abc', headers: {}, body };
    expect(await coded(inQuery, cribl)).toEqual({ status: 200, text: 'Success', code: 0 });
    expect(cribl.received).toHaveLength(6);
    const ask = { path: '/services/collector/ack', body: '{"acks":[7,8]}' };
    expect(await coded(ask, cribl)).toEqual({ status: 200, acks: { 7: true, 8: true } });
    const without = await open({ profile: 'cribl' });
    expect(await coded(ask, without)).toMatchObject({ status: 400, code: 14 });
    expect(await coded({ headers: { authorization: 'abd' } }, cribl)).toMatchObject({ status: 403, code: 4 });
    expect(await coded({ headers: {} }, cribl)).toMatchObject({ status: 401, code: 2 });
    expect(await coded({ headers: bearer }, cribl)).toMatchObject({ status: 401, code: 3 });
    expect(await coded({ body: '{"event":1}{"host":"h"}' }, cribl)).toMatchObject({ status: 400, code: 12 });
    expect(await coded({ body: '{"event":1,"index":"x"}' }, cribl)).toMatchObject({ status: 400, code: 7 });
    expect(cribl.received).toHaveLength(6);
  });
});

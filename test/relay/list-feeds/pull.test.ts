import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { listFeedConfig } from '../../../src/config/list-feeds.ts';
import { nodeHttpClient } from '../../../src/hosts/node/http.ts';
import { folderListStore } from '../../../src/hosts/node/list-folder.ts';
import { readFeed } from '../../../src/relay/list-feeds/parse.ts';
import { pullFeed } from '../../../src/relay/list-feeds/pull.ts';
import { compileLists } from '../../../src/rules/lists/compile.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { writeFiles } from './write-files.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let origin = '';
let answer: Answer = () => {};
const requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = [];
const server = createServer((request, response) => {
  requests.push({ url: request.url ?? '', headers: request.headers });
  answer(request, response);
});

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const FORM = { format: 'text' } as const;
const NEVER = new AbortController().signal;

async function setting(files: Readonly<Record<string, string>> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'xdr-relay-pull-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFiles(directory, {
    'lists/lists.yaml': 'lists: { c2: { type: network }, bad: { type: hash } }',
    ...files,
  });
  requests.length = 0;
  const store = folderListStore([directory]);
  const pull = (feed: object, name = 'c2', signal = NEVER) => {
    const config = listFeedConfig.parse({
      url: `${origin}/feed`,
      format: 'text',
      allow_networks: ['127.0.0.0/8'],
      ...feed,
    });
    return pullFeed(name, config, { store, http: nodeHttpClient, clock: systemClock }, signal);
  };
  const list = async (name = 'c2') => compileLists(await store.lists(), () => {}).get(name);
  return { directory, store, pull, list };
}

const sends =
  (text: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, headers).end(text);
  };

it('gives a collection up whose pages do not end in time, and leaves the list as it is', async () => {
  const { directory, store } = await setting({ 'lists/c2.csv': 'value\n192.0.2.1\n' });
  const clock = new FakeClock(Date.now());
  let page = 0;
  answer = (_, response) => {
    page += 1;
    clock.advance(50_000);
    response.writeHead(200).end(JSON.stringify({ more: true, next: `p${page}`, objects: [] }));
  };
  const feed = listFeedConfig.parse({
    url: `${origin}/collections/1/`,
    format: 'taxii',
    allow_networks: ['127.0.0.0/8'],
  });
  await expect(pullFeed('c2', feed, { store, http: nodeHttpClient, clock }, NEVER)).rejects.toMatchObject({
    code: 'feed_failed',
    message: expect.stringContaining('within 10 minutes'),
  });
  expect(page).toBe(12);
  expect(await readFile(join(directory, 'lists/c2.csv'), 'utf8')).toBe('value\n192.0.2.1\n');
});

describe('a feed', () => {
  it('is written with the values of the type, each once, and read as a list', async () => {
    const { pull, list, directory } = await setting();
    answer = sends(
      '# feed\r\n203.0.113.0/24 ; spring\r\n\r\nnonsense\r\n203.0.113.0/24\r\n2001:db8::/32\r\n',
    );
    expect(await pull({})).toEqual({ kind: 'written', entries: 2, dropped: 2, path: 'lists/c2.csv' });
    const found = await list();
    expect(found?.size).toBe(2);
    expect(found?.find('203.0.113.9')).toBe(0);
    expect((await readdir(join(directory, 'lists'))).toSorted()).toEqual(['.feeds', 'c2.csv', 'lists.yaml']);
  });

  it('is asked for only if it has changed, and then the list is as new as the answer', async () => {
    const { pull, directory } = await setting();
    answer = sends('192.0.2.1\n', { etag: '"a"', 'last-modified': 'Fri, 27 Nov 2026 00:00:00 GMT' });
    await pull({});
    const file = join(directory, 'lists/c2.csv');
    const before = await stat(file);
    answer = (request, response) => {
      const isKnown = request.headers['if-none-match'] === '"a"';
      response.writeHead(isKnown ? 304 : 500).end();
    };
    expect(await pull({})).toEqual({ kind: 'unchanged', entries: 1 });
    expect(requests[1]?.headers['if-modified-since']).toBe('Fri, 27 Nov 2026 00:00:00 GMT');
    expect((await stat(file)).mtimeMs).toBeGreaterThan(before.mtimeMs);
    // Another address is another feed, and so is one whose list is gone.
    answer = sends('192.0.2.2\n');
    await pull({ url: `${origin}/other` });
    expect(requests[2]?.headers['if-none-match']).toBeUndefined();
    await rm(file);
    await pull({ url: `${origin}/other` });
    expect(requests[3]?.headers['if-none-match']).toBeUndefined();
  });

  it('has columns, of CSV and of JSON', async () => {
    const { pull, list } = await setting();
    answer = sends(
      '# comment\n"2026","203.0.113.9","#1, ""x"""\n"2026","bad","y"\n"2026","203.0.113.10",""\n',
    );
    await pull({ format: 'csv', column: 'ip', columns: ['seen', 'ip', 'note'] });
    const csv = await list();
    expect(csv?.columns).toEqual(['seen', 'note']);
    expect(csv?.valueAt(csv.find('203.0.113.9'), 'note')).toBe('#1, "x"');
    answer = sends(
      JSON.stringify({
        data: { items: [{ ip: '192.0.2.1', risk: 9, tags: ['a'], none: null }, { ip: '192.0.2.2' }] },
      }),
    );
    await pull({ format: 'json', items: 'data.items', column: 'ip' });
    const json = await list();
    expect(json?.valueAt(0, 'risk')).toBe('9');
    expect(json?.valueAt(0, 'tags')).toBe('["a"]');
    expect(json?.valueAt(1, 'risk')).toBeUndefined();
  });

  it('is a STIX bundle, without what is revoked or over', async () => {
    const { pull, list } = await setting();
    const indicator = (n: number, rest: object = {}) => ({
      type: 'indicator',
      id: `indicator--${n}`,
      name: `n${n}`,
      pattern_type: 'stix',
      pattern: `[ipv4-addr:value = '192.0.2.${n}']`,
      ...rest,
    });
    answer = sends(
      JSON.stringify({
        type: 'bundle',
        objects: [
          indicator(1),
          indicator(2, { revoked: true }),
          indicator(3, { valid_until: '2020-01-01T00:00:00Z' }),
        ],
      }),
    );
    expect(await pull({ format: 'stix' })).toMatchObject({ entries: 1 });
    const found = await list();
    expect(found?.valueAt(found.find('192.0.2.1'), 'indicator')).toBe('indicator--1');
  });

  it('goes on with a collection of TAXII where it ended, page by page', async () => {
    const { pull, list } = await setting();
    const indicator = (n: number, rest: object = {}) => ({
      type: 'indicator',
      id: `indicator--${n}`,
      name: '',
      pattern_type: 'stix',
      pattern: `[ipv4-addr:value = '192.0.2.${n}']`,
      ...rest,
    });
    const pages: Readonly<Record<string, object>> = {
      'null null': { more: true, next: 'p2', objects: [indicator(1), indicator(2)] },
      'null p2': { more: false, objects: [indicator(3)] },
      '2026-11-27T00:00:02Z null': { more: false, objects: [indicator(2, { revoked: true }), indicator(4)] },
      '2026-11-27T00:00:04Z null': {},
    };
    answer = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', origin);
      const page = pages[`${searchParams.get('added_after')} ${searchParams.get('next')}`];
      const isRight =
        pathname === '/api/collections/c/objects/' &&
        request.headers.accept === 'application/taxii+json;version=2.1';
      const last = searchParams.get('added_after') === null ? '2026-11-27T00:00:02Z' : '2026-11-27T00:00:04Z';
      response
        .writeHead(isRight && page ? 200 : 400, { 'x-taxii-date-added-last': last })
        .end(JSON.stringify(page ?? {}));
    };
    const feed = {
      format: 'taxii',
      url: `${origin}/api/collections/c/`,
      headers: { authorization: 'Basic secret-value' },
    };
    expect(await pull(feed)).toMatchObject({ kind: 'written', entries: 3 });
    expect(requests[0]?.headers.authorization).toBe('Basic secret-value');
    expect(await pull(feed)).toMatchObject({ kind: 'written', entries: 3 });
    const found = await list();
    expect(
      ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((ip) => (found?.find(ip) ?? -1) >= 0),
    ).toEqual([true, false, true, true]);
    expect(await pull(feed)).toEqual({ kind: 'unchanged', entries: 3 });
  });

  it('is followed to where it redirects, without its keys', async () => {
    const { pull } = await setting();
    answer = (request, response) => {
      if (request.url === '/feed')
        response.writeHead(302, { location: `${origin.replace('127.0.0.1', 'localhost')}/there` }).end();
      else response.end('192.0.2.1\n');
    };
    expect(
      await pull({ headers: { 'x-key': 'a-secret-key' }, allow_networks: ['127.0.0.0/8', '::1'] }),
    ).toMatchObject({ entries: 1 });
    expect(requests.map(({ url, headers }) => [url, headers['x-key']])).toEqual([
      ['/feed', 'a-secret-key'],
      ['/there', undefined],
    ]);
  });
});

const page = '<html><body>Please sign in</body></html>';

describe('a feed that is refused leaves its list as it is', () => {
  it.each<[what: string, feed: object, answers: Answer, error: { code: string; message?: RegExp }]>([
    [
      'an address that is not allowed',
      { allow_networks: [] },
      sends('192.0.2.1'),
      { code: 'address_refused' },
    ],
    [
      'a redirect to such an address',
      {},
      (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
      { code: 'address_refused' },
    ],
    [
      'redirects without end',
      {},
      (_, response) => response.writeHead(302, { location: '/feed' }).end(),
      { code: 'feed_failed', message: /more than 3 times/ },
    ],
    [
      'a redirect to another scheme',
      {},
      (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      { code: 'feed_failed' },
    ],
    [
      'an error',
      {},
      (_, response) => response.writeHead(503, { 'retry-after': '60' }).end(),
      { code: 'feed_failed', message: /status 503, and asks to wait \(Retry-After: 60\)/ },
    ],
    [
      '304 to a request without condition',
      {},
      (_, response) => response.writeHead(304).end(),
      { code: 'feed_failed' },
    ],
    [
      'too much',
      { max_size: '1KiB' },
      sends('192.0.2.1\n'.repeat(200)),
      { code: 'feed_too_large', message: /max_size/ },
    ],
    ['no answer in time', { timeout: '1s' }, () => {}, { code: 'timeout' }],
    [
      'half an answer',
      { timeout: '1s' },
      (_, response) => response.writeHead(200, { 'content-length': '100' }).write('192.0.2.1\n'),
      { code: 'timeout' },
    ],
    [
      'a text that asks to sign in',
      {},
      sends('Please sign in\n'),
      { code: 'feed_unusable', message: /1 of 1 values are not of the type network/ },
    ],
    ['nothing', {}, sends('# nothing today\n'), { code: 'feed_unusable', message: /no value/ }],
    ['JSON that is none', { format: 'json' }, sends(page), { code: 'feed_unreadable', message: /not JSON/ }],
    [
      'JSON without the list',
      { format: 'json', items: 'a.b' },
      sends('{"a":{}}'),
      { code: 'feed_unreadable', message: /no list at "a.b"/ },
    ],
    [
      'CSV without the column',
      { format: 'csv', column: 'ip' },
      sends('a,b\n1,2\n'),
      { code: 'feed_unreadable', message: /no column "ip", but a, b/ },
    ],
    ['a bundle that is none', { format: 'stix' }, sends('{"title":"error"}'), { code: 'feed_unreadable' }],
    [
      'pages without end',
      { format: 'taxii' },
      sends('{"more":true,"next":"x","objects":[]}'),
      { code: 'feed_unreadable', message: /pages do not end/ },
    ],
    [
      'a page in place of lines of text',
      {},
      sends(`\n<!DOCTYPE html>\n${page}`),
      { code: 'feed_unreadable', message: /web page/ },
    ],
    [
      'an archive',
      { format: 'csv' },
      sends('PK\u0003\u0004\0\0value\n'),
      { code: 'feed_unreadable', message: /archive/ },
    ],
  ])('%s', async (_, feed, answers, { code, message = /./ }) => {
    const { pull, list, directory } = await setting({ 'lists/c2.csv': 'value\n198.51.100.1\n' });
    answer = answers;
    await expect(pull(feed)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect((await list())?.find('198.51.100.1')).toBe(0);
    expect((await readdir(join(directory, 'lists'))).toSorted()).toEqual(['c2.csv', 'lists.yaml']);
  });

  it('takes linear time for a line of comments', () => {
    const before = process.cpuUsage();
    const { rows } = readFeed(`192.0.2.1${' #'.repeat(200_000)}\u2028`, FORM, 'network', 0);
    expect(rows).toEqual([['192.0.2.1']]);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });

  it('when it is stopped', async () => {
    const { pull, list } = await setting({ 'lists/c2.csv': 'value\n198.51.100.1\n' });
    const stop = new AbortController();
    answer = () => stop.abort(new Error('stopped'));
    await expect(pull({}, 'c2', stop.signal)).rejects.toThrow('stopped');
    expect((await list())?.size).toBe(1);
  });

  it('a list that another file holds', async () => {
    const { pull } = await setting({ 'lists/c2.txt': '198.51.100.1\n' });
    answer = sends('192.0.2.1\n');
    await expect(pull({})).rejects.toMatchObject({
      code: 'feed_unusable',
      message: expect.stringContaining('lists/c2.txt'),
    });
  });

  it('cells that break out of CSV stay cells', async () => {
    const { pull, list } = await setting();
    const hash = 'a'.repeat(40);
    answer = sends(JSON.stringify([{ sha1: hash, note: 'x"\n=cmd|1!A,\r\n#y' }]));
    await pull({ format: 'json' }, 'bad');
    const found = await list('bad');
    expect(found?.size).toBe(1);
    expect(found?.valueAt(0, 'note')).toBe('x"\n=cmd|1!A,\r\n#y');
  });
});

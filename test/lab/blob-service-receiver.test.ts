import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { crc64 } from '../../lab/receivers/blob-checks.ts';
import { type BlobServiceReceiver, startBlobService } from '../../lab/receivers/blob-service.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const ACCOUNT = { name: 'contosoarchive', key: Buffer.alloc(64, 5).toString('base64') };
const LEASE = '0a1b2c3d-4e5f-4061-8293-a4b5c6d7e8f9';
let service: BlobServiceReceiver;
/** Wants signatures by the account's key. */
let signing: BlobServiceReceiver;
let isImmutable = false;

beforeAll(async () => {
  const options = {
    containers: ['xdr-archive'],
    now: () => NOW,
    isImmutable: () => isImmutable,
    leaseOn: (_: string, name: string) => (name.startsWith('leased') ? LEASE : undefined),
  };
  service = await startBlobService(options);
  signing = await startBlobService({ ...options, account: ACCOUNT });
});
afterEach(() => {
  isImmutable = false;
});
afterAll(async () => {
  await service.close();
  await signing.close();
});

type Headers = Readonly<Record<string, string | undefined>>;

interface Sent {
  readonly to?: BlobServiceReceiver;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Headers;
  readonly body?: string;
}

const HEAD = {
  'x-ms-version': '2023-11-03',
  'x-ms-date': new Date(NOW).toUTCString(),
  authorization: 'Bearer a-token',
};
const idOf = (text: string) => Buffer.from(text).toString('base64');
const ONE = idOf('0001');
const blockPath = (id: string, name = 'a/b.json.gz') =>
  `/xdr-archive/${name}?comp=block&blockid=${encodeURIComponent(id)}`;
const listPath = (name = 'a/b.json.gz') => `/xdr-archive/${name}?comp=blocklist`;
const xml = (...entries: readonly string[]) =>
  `<?xml version="1.0" encoding="utf-8"?><BlockList>${entries.join('')}</BlockList>`;

async function send({ to = service, method = 'PUT', path = blockPath(ONE), headers, body = 'abc' }: Sent) {
  const all = Object.entries({ ...HEAD, ...headers }).filter((each): each is [string, string] => {
    return each[1] !== undefined;
  });
  const reply = await fetch(`${to.origin}${path}`, {
    method,
    headers: all,
    ...(!['GET', 'HEAD'].includes(method) && { body: new Uint8Array(Buffer.from(body)) }),
  });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

async function expectRefusal(sent: Sent, status: number, code: string) {
  const { counts } = sent.to ?? service;
  const before = { ...counts };
  const reply = await send(sent);
  expect([reply.status, reply.headers.get('x-ms-error-code')]).toEqual([status, code]);
  expect(reply.text).toMatch(
    new RegExp(`^<\\?xml .*\\?><Error><Code>${code}</Code><Message>.+</Message></Error>$`),
  );
  expect(reply.headers.get('content-type')).toBe('application/xml');
  expect(counts).toEqual({ ...before, requests: before.requests + 1, refused: before.refused + 1 });
  if (status === 401) expect(reply.headers.get('www-authenticate')).toMatch(/resource_id=https:/);
}

/** A blob with some blocks, the ids of which are these. Returns its ETag. */
async function written(name: string, ...ids: readonly string[]): Promise<string> {
  for (const id of ids) expect((await send({ path: blockPath(id, name) })).status).toBe(201);
  const body = xml(...ids.map((id) => `<Uncommitted>${id}</Uncommitted>`));
  const reply = await send({ path: listPath(name), body });
  expect([reply.status, reply.text]).toEqual([201, '']);
  return reply.headers.get('etag') ?? expect.fail('no ETag');
}

/** As "Authorize with Shared Key" writes it for a request of this test. */
function sharedKey(path: string, text: string, over: { date?: string; key?: string; name?: string } = {}) {
  const { date = HEAD['x-ms-date'], key = ACCOUNT.key, name = ACCOUNT.name } = over;
  const own = `x-ms-date:${date}\nx-ms-version:2023-11-03\n`;
  const { pathname, searchParams } = new URL(path, 'http://x');
  const query = [...searchParams.keys()].sort().map((each) => `\n${each}:${searchParams.get(each)}`);
  const signed = `PUT\n\n\n${text.length || ''}\n\n\n\n\n\n\n\n\n${own}/${name}${pathname}${query.join('')}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64');
  return { 'x-ms-date': date, authorization: `SharedKey ${name}:${signature}` };
}

const SAS = 'sv=2023-11-03&sr=c&sp=rcw&se=2026-11-28T00:00:00Z&sig=YQ%3D%3D';
const bySas = (sas: string) => ({
  path: `${blockPath(ONE)}&${sas}`,
  headers: { authorization: undefined, 'x-ms-version': undefined, 'x-ms-date': undefined },
});

describe('the blob service refuses who asks:', () => {
  const old = new Date(NOW - 16 * 60_000).toUTCString();
  it.each<[string, number, string, Sent]>([
    ['no version', 400, 'MissingRequiredHeader', { headers: { 'x-ms-version': undefined } }],
    ['a version that is no day', 400, 'InvalidHeaderValue', { headers: { 'x-ms-version': '2023' } }],
    ['a version before the first', 400, 'InvalidHeaderValue', { headers: { 'x-ms-version': '2008-01-01' } }],
    ['a date of ISO 8601', 400, 'InvalidHeaderValue', { headers: { 'x-ms-date': '2026-11-27T12:00:00Z' } }],
    ['no date', 403, 'AuthenticationFailed', { headers: { 'x-ms-date': undefined } }],
    ['nobody', 401, 'NoAuthenticationInformation', { headers: { authorization: undefined } }],
    ['an empty token', 401, 'InvalidAuthenticationInfo', { headers: { authorization: 'Bearer ' } }],
    ['another scheme', 401, 'InvalidAuthenticationInfo', { headers: { authorization: 'Basic YTpi' } }],
    [
      'a signature that is too short',
      401,
      'InvalidAuthenticationInfo',
      { headers: { authorization: 'SharedKey contosoarchive:YQ==' } },
    ],
    [
      'a signature of 16 minutes ago',
      403,
      'AuthenticationFailed',
      { headers: sharedKey(blockPath(ONE), 'abc', { date: old }) },
    ],
    ['a SAS that has ended', 403, 'AuthenticationFailed', bySas(SAS.replace('2026-11-28', '2026-11-26'))],
    ['a SAS that has not begun', 403, 'AuthenticationFailed', bySas(`${SAS}&st=2026-11-28T00:00:00Z`)],
    ['a SAS without an end', 403, 'AuthenticationFailed', bySas(SAS.replace(/&se=[^&]*/, ''))],
    ['a SAS without a version', 403, 'AuthenticationFailed', bySas(SAS.replace(/^sv=[^&]*&/, ''))],
    ['a SAS of a queue', 403, 'AuthenticationFailed', bySas(SAS.replace('sr=c', 'sr=q'))],
    ['a SAS for reading', 403, 'AuthorizationPermissionMismatch', bySas(SAS.replace('sp=rcw', 'sp=rl'))],
  ])('%s', async (_, status, code, sent) => {
    await expectRefusal(sent, status, code);
  });

  it.each<[string, Headers]>([
    ['another key', sharedKey(blockPath(ONE), 'abc', { key: idOf('other') })],
    ['another account', sharedKey(blockPath(ONE), 'abc', { name: 'other' })],
    ['a signature over another block', sharedKey(blockPath(idOf('0002')), 'abc')],
    ['a signature over another length', sharedKey(blockPath(ONE), 'abcd')],
    ['a header that is not signed', { ...sharedKey(blockPath(ONE), 'abc'), 'x-ms-lease-id': LEASE }],
  ])('%s, where the key is known', async (_, headers) => {
    await expectRefusal({ to: signing, headers }, 403, 'AuthenticationFailed');
  });

  it('and takes a signature by the key, a SAS, and a token', async () => {
    expect((await send({ to: signing, headers: sharedKey(blockPath(ONE), 'abc') })).status).toBe(201);
    expect((await send(bySas(SAS))).status).toBe(201);
    expect((await send({})).status).toBe(201);
  });
});

describe('the blob service refuses an address:', () => {
  it.each<[string, number, string, Sent]>([
    ['a container in capitals', 400, 'InvalidResourceName', { path: '/XdrArchive/a' }],
    ['a container of two letters', 400, 'InvalidResourceName', { path: '/xd/a' }],
    ['a container with two dashes', 400, 'InvalidResourceName', { path: '/xdr--archive/a' }],
    ['a container that is not there', 404, 'ContainerNotFound', { path: '/other/a?comp=blocklist' }],
    ['no blob', 400, 'InvalidUri', { path: '/xdr-archive/' }],
    ['half an escape', 400, 'InvalidUri', { path: '/xdr-archive/a%ff' }],
    ['a name of 1,025 characters', 400, 'InvalidResourceName', { path: listPath('a'.repeat(1_025)) }],
    ['a name of 255 parts', 400, 'InvalidResourceName', { path: listPath(`${'a/'.repeat(254)}a`) }],
    ['another component', 400, 'InvalidQueryParameterValue', { path: '/xdr-archive/a?comp=page' }],
    [
      'a parameter of another service',
      400,
      'UnsupportedQueryParameter',
      { path: `${blockPath(ONE)}&api-version=1` },
    ],
    ['a time-out in words', 400, 'InvalidQueryParameterValue', { path: `${blockPath(ONE)}&timeout=soon` }],
    ['DELETE', 405, 'UnsupportedHttpVerb', { method: 'DELETE' }],
    ['POST', 405, 'UnsupportedHttpVerb', { method: 'POST' }],
  ])('%s', async (_, status, code, sent) => {
    await expectRefusal(sent, status, code);
  });
});

describe('the blob service refuses a block', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('base64');
  const crc = (text: string) => crc64(Buffer.from(text));
  it.each<[string, number, string, Sent]>([
    ['without an id', 400, 'MissingRequiredQueryParameter', { path: '/xdr-archive/a?comp=block' }],
    ['whose id is not base64', 400, 'InvalidBlockId', { path: blockPath('block-1') }],
    ['whose id has no padding', 400, 'InvalidBlockId', { path: blockPath('YQ') }],
    ['whose id was not encoded', 400, 'InvalidBlockId', { path: '/xdr-archive/a?comp=block&blockid=ab+/' }],
    [
      'whose id has 65 bytes',
      400,
      'OutOfRangeQueryParameterValue',
      { path: blockPath(idOf('x'.repeat(65))) },
    ],
    ['of no bytes', 400, 'InvalidHeaderValue', { body: '' }],
    ['with the hash of another', 400, 'Md5Mismatch', { headers: { 'content-md5': md5('abd') } }],
    ['with a hash of 20 bytes', 400, 'InvalidMd5', { headers: { 'content-md5': idOf('x'.repeat(20)) } }],
    ['with the CRC of another', 400, 'Crc64Mismatch', { headers: { 'x-ms-content-crc64': crc('abd') } }],
    ['with a CRC of 4 bytes', 400, 'InvalidHeaderValue', { headers: { 'x-ms-content-crc64': idOf('abcd') } }],
    [
      'with both',
      400,
      'InvalidInput',
      { headers: { 'content-md5': md5('abc'), 'x-ms-content-crc64': crc('abc') } },
    ],
    ['with a condition', 400, 'ConditionHeadersNotSupported', { headers: { 'if-match': '*' } }],
    ['of a leased blob', 412, 'LeaseIdMissing', { path: blockPath(ONE, 'leased') }],
    [
      'by another lease',
      412,
      'LeaseIdMismatchWithBlobOperation',
      { path: blockPath(ONE, 'leased'), headers: { 'x-ms-lease-id': LEASE.replace('0', '1') } },
    ],
    [
      'by a lease that is not there',
      412,
      'LeaseNotPresentWithBlobOperation',
      { headers: { 'x-ms-lease-id': LEASE } },
    ],
    ['by a lease that is none', 400, 'InvalidHeaderValue', { headers: { 'x-ms-lease-id': 'mine' } }],
  ])('%s', async (_, status, code, sent) => {
    await expectRefusal(sent, status, code);
  });

  it('whose id is longer than that of another, staged or committed', async () => {
    await send({ path: blockPath(ONE, 'lengths') });
    await expectRefusal({ path: blockPath(idOf('0000002'), 'lengths') }, 400, 'InvalidBlobOrBlock');
    await written('lengths', ONE);
    await expectRefusal({ path: blockPath(idOf('0000002'), 'lengths') }, 400, 'InvalidBlobOrBlock');
  });

  it('without its length', async () => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const chunked = request(
      `${service.origin}${blockPath(ONE)}`,
      { method: 'PUT', headers: HEAD },
      (reply) => {
        resolve(reply.resume().statusCode);
      },
    );
    chunked.write('a');
    chunked.end('bc');
    expect(await promise).toBe(411);
  });

  it('and takes one with its hash, its CRC, an id of 64 bytes, or its lease', async () => {
    // The check value of CRC-64/NVME.
    expect(Buffer.from(crc64(Buffer.from('123456789')), 'base64').readBigUInt64LE()).toBe(
      0xae8b14860a799888n,
    );
    const right: readonly Sent[] = [
      { headers: { 'content-md5': md5('abc') } },
      { headers: { 'x-ms-content-crc64': crc('abc') } },
      { path: blockPath(idOf('x'.repeat(64)), 'long-id') },
      { path: blockPath(ONE, 'leased'), headers: { 'x-ms-lease-id': LEASE } },
      { path: `${blockPath(ONE)}&timeout=30` },
    ];
    for (const sent of right) expect((await send(sent)).status).toBe(201);
  });
});

describe('the blob service refuses a list of blocks', () => {
  const path = listPath('lists');
  const staged = idOf('staged');
  const put = (body: string, headers: Headers = {}): Sent => ({ path, body, headers });
  beforeAll(async () => {
    await written('lists', idOf('000001'));
    await send({ path: blockPath(staged, 'lists') });
  });

  it.each<[string, number, string, Sent]>([
    ['that is empty text', 400, 'InvalidXmlDocument', put('')],
    ['in JSON', 400, 'InvalidXmlDocument', put('{"Latest":["YQ=="]}')],
    ['with no end', 400, 'InvalidXmlDocument', put(xml().replace('</BlockList>', ''))],
    ['with another root', 400, 'InvalidXmlDocument', put('<Blocks></Blocks>')],
    ['in small letters', 400, 'InvalidXmlDocument', put('<blocklist></blocklist>')],
    ['with another element', 400, 'InvalidXmlDocument', put(xml(`<Block>${staged}</Block>`))],
    ['with text between', 400, 'InvalidXmlDocument', put(xml('x', `<Latest>${staged}</Latest>`))],
    [
      'with an element that another one ends',
      400,
      'InvalidXmlDocument',
      put(xml(`<Latest>${staged}</Committed>`)),
    ],
    ['with an empty id', 400, 'InvalidXmlNodeValue', put(xml('<Latest></Latest>'))],
    ['with an id that is not base64', 400, 'InvalidXmlNodeValue', put(xml('<Latest>a-b</Latest>'))],
    [
      'with a block that nobody sent',
      400,
      'InvalidBlockList',
      put(xml(`<Latest>${idOf('000009')}</Latest>`)),
    ],
    [
      'with a staged block as committed',
      400,
      'InvalidBlockList',
      put(xml(`<Committed>${staged}</Committed>`)),
    ],
    [
      'with a committed block as staged',
      400,
      'InvalidBlockList',
      put(xml(`<Uncommitted>${idOf('000001')}</Uncommitted>`)),
    ],
    ['of 50,001 blocks', 400, 'BlockListTooLong', put(xml(`<Latest>${staged}</Latest>`.repeat(50_001)))],
    [
      'for a blob that has no blocks',
      400,
      'InvalidBlockList',
      { path: listPath('none'), body: xml(`<Latest>${staged}</Latest>`) },
    ],
    ['under another ETag', 412, 'ConditionNotMet', put(xml(), { 'if-match': '"0x1"' })],
    ['for a new blob where there is one', 409, 'BlobAlreadyExists', put(xml(), { 'if-none-match': '*' })],
    [
      'for the blob that is there where there is none',
      412,
      'ConditionNotMet',
      { path: listPath('none'), body: xml(), headers: { 'if-match': '*' } },
    ],
    ['under an ETag without quotation marks', 400, 'InvalidHeaderValue', put(xml(), { 'if-match': '0x1' })],
    [
      'under two conditions',
      400,
      'MultipleConditionHeadersNotSupported',
      put(xml(), { 'if-match': '*', 'if-none-match': '*' }),
    ],
    ['of a leased blob', 412, 'LeaseIdMissing', { path: listPath('leased'), body: xml() }],
    ['for an unknown tier', 400, 'InvalidHeaderValue', put(xml(), { 'x-ms-access-tier': 'Frozen' })],
    [
      'for a tier that the version does not know',
      400,
      'InvalidHeaderValue',
      put(xml(), { 'x-ms-access-tier': 'Cold', 'x-ms-version': '2020-10-02' }),
    ],
    ['with metadata without a name', 400, 'EmptyMetadataKey', put(xml(), { 'x-ms-meta-': 'a' })],
    ['with metadata whose name has a dash', 400, 'InvalidMetadata', put(xml(), { 'x-ms-meta-a-b': 'c' })],
    ['with metadata that begin with a digit', 400, 'InvalidMetadata', put(xml(), { 'x-ms-meta-1a': 'c' })],
    ['with metadata that are not ASCII', 400, 'InvalidMetadata', put(xml(), { 'x-ms-meta-a': 'T\u00fcble' })],
    [
      'with more than 8 KB of metadata',
      400,
      'MetadataTooLarge',
      put(xml(), { 'x-ms-meta-a': 'x'.repeat(8_192) }),
    ],
  ])('%s', async (_, status, code, sent) => {
    await expectRefusal(sent, status, code);
  });

  it('for a blob that a policy keeps', async () => {
    isImmutable = true;
    await expectRefusal(put(xml()), 409, 'BlobImmutableDueToPolicy');
  });

  it('and takes those of each kind, in their order, and drops what is not in the list', async () => {
    const [one, two] = [idOf('1'), idOf('2')];
    const etag = await written('kinds', one, two);
    await send({ path: blockPath(one, 'kinds'), body: 'new' });
    const body = `<?xml version="1.0" encoding="utf-8"?>\n<BlockList>\n  <Latest>${one}</Latest>\n  <Committed>${one}</Committed>\n</BlockList>\n`;
    const reply = await send({ path: listPath('kinds'), body, headers: { 'if-match': etag } });
    expect([reply.status, reply.headers.get('etag') === etag]).toEqual([201, false]);
    expect(service.service.bytes('xdr-archive', 'kinds').toString()).toBe('newabc');
    await expectRefusal(
      { path: listPath('kinds'), body: xml(`<Committed>${two}</Committed>`) },
      400,
      'InvalidBlockList',
    );
  });
});

describe('the blob service refuses a whole blob', () => {
  const path = '/xdr-archive/whole';
  it.each<[string, number, string, Headers]>([
    ['without its type', 400, 'MissingRequiredHeader', {}],
    ['of another type', 400, 'InvalidHeaderValue', { 'x-ms-blob-type': 'blockblob' }],
    [
      'with the hash of another',
      400,
      'Md5Mismatch',
      { 'x-ms-blob-type': 'BlockBlob', 'content-md5': idOf('x'.repeat(16)) },
    ],
    [
      'under an ETag where there is none',
      412,
      'ConditionNotMet',
      { 'x-ms-blob-type': 'BlockBlob', 'if-match': '"a"' },
    ],
  ])('%s', async (_, status, code, headers) => {
    await expectRefusal({ path, headers }, status, code);
  });

  it('that is there already, and takes the first', async () => {
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'if-none-match': '*' };
    expect((await send({ path, headers })).status).toBe(201);
    await expectRefusal({ path, headers }, 409, 'BlobAlreadyExists');
  });
});

describe('the blob service refuses a reader', () => {
  const get = (headers: Headers = {}, path = '/xdr-archive/read'): Sent => ({ method: 'GET', path, headers });
  beforeAll(() => written('read', ONE));

  it.each<[string, number, string, Sent]>([
    ['of no blob', 404, 'BlobNotFound', get({}, '/xdr-archive/nothing')],
    ['of no list', 404, 'BlobNotFound', get({}, listPath('nothing'))],
    ['of another list', 400, 'InvalidQueryParameterValue', get({}, `${listPath('read')}&blocklisttype=some`)],
    ['of another ETag', 412, 'ConditionNotMet', get({ 'if-match': '"0x1"' })],
    ['of lines', 400, 'InvalidHeaderValue', get({ 'x-ms-range': 'lines=0-1' })],
    ['of a range that ends before it begins', 400, 'InvalidHeaderValue', get({ 'x-ms-range': 'bytes=2-1' })],
    ['of bytes behind the end', 416, 'InvalidRange', get({ 'x-ms-range': 'bytes=3-5' })],
  ])('%s', async (_, status, code, sent) => {
    await expectRefusal(sent, status, code);
  });

  it('and gives ranges, the whole, and lists of both kinds', async () => {
    expect(await send(get({ 'x-ms-range': 'bytes=1-9' }))).toMatchObject({ status: 206, text: 'bc' });
    expect(await send(get())).toMatchObject({ status: 200, text: 'abc' });
    await send({ path: blockPath(idOf('0002'), 'read') });
    const { text } = await send(get({}, `${listPath('read')}&blocklisttype=all`));
    const block = (id: string) => `<Block><Name>${id}</Name><Size>3</Size></Block>`;
    expect(text).toContain(`<CommittedBlocks>${block(ONE)}</CommittedBlocks>`);
    expect(text).toContain(`<UncommittedBlocks>${block(idOf('0002'))}</UncommittedBlocks>`);
  });
});

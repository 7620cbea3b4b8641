import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobFromSubject, blobFromUrl, checkBlob } from '../../src/event-grid/blob-url.ts';
import { eventGridOrigins, sourceAccount } from '../../src/event-grid/source.ts';
import { needsVisit } from '../../src/relay/discovery/sweep.ts';
import { runs } from '../support/runs.ts';
import { ACCOUNT, CONTAINER, NAME, PREFIX, source, sources, TOPIC, URL_OF_BLOB } from './samples.ts';

const HOST = `https://${ACCOUNT}.blob.core.windows.net`;
const blob = (name = NAME) => ({ kind: 'blob', ref: { account: ACCOUNT, container: CONTAINER, name } });
const ignored = (reason: string) => ({ kind: 'ignored', reason });

describe('blobFromUrl', () => {
  it.each([
    ['as Event Grid writes it', URL_OF_BLOB],
    ['percent-encoded', `${HOST}/${CONTAINER}/${encodeURIComponent(NAME)}`],
    ['over http', URL_OF_BLOB.replace('https', 'http')],
    ['with the default port', URL_OF_BLOB.replace('.net/', '.net:443/')],
    ['with capitals in the host', URL_OF_BLOB.replace('blob.core', 'Blob.Core')],
    ['at the secondary endpoint', URL_OF_BLOB.replace(ACCOUNT, `${ACCOUNT}-secondary`)],
    ['at the Data Lake endpoint', URL_OF_BLOB.replace('.blob.', '.dfs.')],
  ])('takes an address %s', (_how, url) => {
    expect(blobFromUrl(url, sources)).toEqual(blob());
  });

  it.each([
    ['another account', URL_OF_BLOB.replace(ACCOUNT, 'evil')],
    ['an account whose name begins with ours', URL_OF_BLOB.replace(ACCOUNT, `${ACCOUNT}2`)],
    ['another domain', URL_OF_BLOB.replace('.net/', '.net.evil.example/')],
    ['another service', URL_OF_BLOB.replace('.blob.', '.file.')],
    ['another cloud', URL_OF_BLOB.replace('core.windows.net', 'core.chinacloudapi.cn')],
    ['another port', URL_OF_BLOB.replace('.net/', '.net:8443/')],
    ['the metadata service', `http://169.254.169.254/${CONTAINER}/${NAME}`],
  ])('ignores %s', (_what, url) => {
    expect(blobFromUrl(url, sources)).toEqual(ignored('foreign_account'));
  });

  it.each([
    ['the state container', `${HOST}/xdr-relay-state/a.json`],
    ['$logs', `${HOST}/$logs/a.json`],
    ['an encoded container', `${HOST}/${CONTAINER.replace('-', '%2D')}/a.json`],
    ['an encoded slash after the container', `${HOST}/${CONTAINER}%2Fa.json`],
    ['a container of dots', `${HOST}/../a.json`],
    ['a container with the prefix and more than letters', `${HOST}/${PREFIX}x..y/a.json`],
    ['the prefix alone', `${HOST}/${PREFIX}/a.json`],
    ['a container in capitals', `${HOST}/${CONTAINER.toUpperCase()}/a.json`],
    ['no container', `${HOST}/a.json`],
  ])('ignores %s', (_what, url) => {
    expect(blobFromUrl(url, sources)).toEqual(ignored('other_container'));
  });

  it.each([
    ['..', 'a/../../secrets/b.json'],
    ['.', 'a/./b.json'],
    ['.. at the start', '../secrets/b.json'],
    ['encoded dots', '%2e%2E/secrets/b.json'],
    ['encoded slashes around dots', '..%2Fsecrets%2Fb.json'],
    ['mixed dots', 'a/.%2e/b.json'],
    ['an encoded backslash', '..%5Csecrets%5Cb.json'],
    ['an encoded zero', 'a%00.json'],
    ['an encoded line break', 'a%0D%0Ab.json'],
    ['a control character of Latin-1', 'a%C2%85.json'],
    ['more than 1,024 characters', `${'a'.repeat(1020)}.json`],
  ])('ignores a name with %s', (_what, name) => {
    expect(blobFromUrl(`${HOST}/${CONTAINER}/${name}`, sources)).toEqual(ignored('bad_name'));
  });

  it.each([
    ['a backslash', `${HOST}\\${CONTAINER}\\a.json`],
    ['a user', URL_OF_BLOB.replace('https://', 'https://me@')],
    [
      'our host as the user of another',
      `https://${ACCOUNT}.blob.core.windows.net@evil.example/${CONTAINER}/a.json`,
    ],
    ['a query', `${URL_OF_BLOB}?sig=secret`],
    ['a fragment', `${URL_OF_BLOB}#x`],
    ['a space', `${HOST}/${CONTAINER}/a b.json`],
    ['a tab, which URL parsers drop', `${HOST}/${CONTAINER}/.\t./b.json`],
    ['a line break', `${URL_OF_BLOB}\n`],
    ['a broken escape', `${HOST}/${CONTAINER}/a%zz.json`],
    ['an escape cut short', `${HOST}/${CONTAINER}/a.json%2`],
    ['bytes that are not UTF-8', `${HOST}/${CONTAINER}/%ff%fe.json`],
    ['an overlong encoding of a dot', `${HOST}/${CONTAINER}/%c0%ae%c0%ae/a.json`],
    ['another scheme', URL_OF_BLOB.replace('https', 'file')],
    ['no scheme', URL_OF_BLOB.replace('https:', '')],
    ['no host', `https:///${CONTAINER}/a.json`],
    ['no path', HOST],
    ['nothing', ''],
    ['a megabyte', `${HOST}/${CONTAINER}/${'a'.repeat(1_000_000)}.json`],
  ])('ignores an address with %s', (_what, url) => {
    expect(blobFromUrl(url, sources)).toEqual(ignored('bad_url'));
  });

  it('decodes once, not twice', () => {
    expect(blobFromUrl(`${HOST}/${CONTAINER}/%252e%252e%252fb.json`, sources)).toEqual(
      blob('%2e%2e%2fb.json'),
    );
    expect(blobFromUrl(`${HOST}/${CONTAINER}/a%2541.json`, sources)).toEqual(blob('a%41.json'));
  });

  it('takes what only looks odd', () => {
    for (const name of ['a..b/c.json', '...json', 'a//b.json', 'ü/☃.json', 'a+b=c&d.json.gz', 'a b?#.json']) {
      expect(blobFromUrl(`${HOST}/${CONTAINER}/${encodeURIComponent(name)}`, sources)).toEqual(blob(name));
    }
  });

  it.each(['a.txt', 'a.JSONL', 'a.json/', 'a.json.gz.bak', 'json', ''])('ignores the name %j', (name) => {
    expect(blobFromUrl(`${HOST}/${CONTAINER}/${name}`, sources)).toEqual(ignored('other_name'));
  });

  it('reads path-style addresses of Azurite', () => {
    const azurite = sourceAccount({
      account: 'devstoreaccount1',
      blobEndpoint: 'http://127.0.0.1:10000/devstoreaccount1',
      containerPrefix: PREFIX,
    });
    const ref = { account: 'devstoreaccount1', container: CONTAINER, name: NAME };
    const at = (path: string) => blobFromUrl(`http://127.0.0.1:10000/${path}`, [azurite]);
    expect(at(`devstoreaccount1/${CONTAINER}/${NAME}`)).toEqual({ kind: 'blob', ref });
    expect(at(`devstoreaccount1-secondary/${CONTAINER}/${NAME}`)).toEqual({ kind: 'blob', ref });
    expect(at(`devstoreaccount2/${CONTAINER}/${NAME}`)).toEqual(ignored('foreign_account'));
    expect(at(`${CONTAINER}/${NAME}`)).toEqual(ignored('foreign_account'));
    expect(at(`devstoreaccount1/../devstoreaccount2/${CONTAINER}/a.json`)).toEqual(
      ignored('other_container'),
    );
    expect(blobFromUrl(`http://127.0.0.1:10001/devstoreaccount1/${CONTAINER}/${NAME}`, [azurite])).toEqual(
      ignored('foreign_account'),
    );
  });

  it.each([
    ['a sovereign cloud', 'https://acct.blob.core.usgovcloudapi.net', 'acct.dfs.core.usgovcloudapi.net'],
    ['a DNS zone', 'https://acct.z01.blob.storage.azure.net', 'acct-secondary.z01.blob.storage.azure.net'],
    ['a private link', 'https://acct.privatelink.blob.core.windows.net', 'acct.blob.core.windows.net'],
    ['a custom domain', 'https://blobs.contoso.com', 'acct.blob.core.windows.net'],
  ])('knows the hosts of an account behind %s', (_what, blobEndpoint, host) => {
    const account = sourceAccount({ account: 'acct', blobEndpoint, containerPrefix: PREFIX });
    const ref = { account: 'acct', container: CONTAINER, name: NAME };
    for (const each of [host, new URL(blobEndpoint).host]) {
      expect(blobFromUrl(`https://${each}/${CONTAINER}/${NAME}`, [account])).toEqual({ kind: 'blob', ref });
    }
    expect(blobFromUrl(URL_OF_BLOB, [account])).toEqual(ignored('foreign_account'));
  });

  it('refuses an endpoint that is no HTTP address', () => {
    const make = (blobEndpoint: string) => () =>
      sourceAccount({ account: 'a', blobEndpoint, containerPrefix: '' });
    expect(make('file:///etc')).toThrow(/http or https/);
    expect(make('nonsense')).toThrow(/http or https/);
  });
});

const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter(
    (text) =>
      !/[\p{Cc}\\\ufffe\uffff]/u.test(text) && text.split('/').every((part) => part !== '.' && part !== '..'),
  );
const names = fc
  .array(segment, { minLength: 1, maxLength: 8 })
  .map((parts) => `${parts.join('/')}.json`)
  .filter((name) => name.length <= 1024);
/** Pieces that attacks on URL parsers are made of. */
const pieces = fc.array(
  fc.constantFrom(
    '..',
    '.',
    '/',
    '\\',
    '%2e',
    '%2F',
    '%5c',
    '%00',
    '%',
    '%25',
    '?',
    '#',
    '@',
    ':',
    '//',
    ' ',
    '\t',
    '\n',
    'a',
    '.json',
    ACCOUNT,
    CONTAINER,
    'xdr-relay-state',
    'https://',
    `${ACCOUNT}.blob.core.windows.net`,
    'evil.example',
    '☃',
  ),
  { maxLength: 20 },
);

describe('the laws of blob addresses', () => {
  it('gives back every name it could be given', () => {
    fc.assert(
      fc.property(names, (name) => {
        const url = `${HOST}/${CONTAINER}/${name.split('/').map(encodeURIComponent).join('/')}`;
        expect(blobFromUrl(url, sources)).toEqual(blob(name));
        expect(blobFromUrl(`${HOST}/${CONTAINER}/${encodeURIComponent(name)}`, sources)).toEqual(blob(name));
        const subject = `/blobServices/default/containers/${CONTAINER}/blobs/${name}`;
        expect(blobFromSubject(subject, TOPIC, sources)).toEqual(blob(name));
      }),
    );
  });

  it('reaches nothing but a plain name in a container with the prefix, whatever the address', () => {
    const crafted = fc.oneof(
      pieces.map((parts) => parts.join('')),
      pieces.map((parts) => `${HOST}/${parts.join('')}`),
      pieces.map((parts) => `${HOST}/${CONTAINER}/${parts.join('')}.json`),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.string(),
    );
    fc.assert(
      fc.property(crafted, (url) => {
        const outcome = blobFromUrl(url, sources);
        if (outcome.kind !== 'blob') return;
        const { account, container, name } = outcome.ref;
        expect(account).toBe(ACCOUNT);
        expect(container).toMatch(/^insights-logs-advancedhunting-[a-z0-9-]*[a-z0-9]$/);
        expect(name.length).toBeLessThanOrEqual(1024);
        // What an SDK does with the reference: the address it builds is the address it meant.
        const built = new URL(`${HOST}/${container}/${name.split('/').map(encodeURIComponent).join('/')}`);
        expect(built.hostname).toBe(`${ACCOUNT}.blob.core.windows.net`);
        expect(decodeURIComponent(built.pathname)).toBe(`/${container}/${name}`);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('blobFromSubject', () => {
  const subject = `/blobServices/default/containers/${CONTAINER}/blobs/${NAME}`;

  it('takes the blob when the topic is our account, in any case', () => {
    expect(blobFromSubject(subject, TOPIC, sources)).toEqual(blob());
    expect(blobFromSubject(subject, TOPIC.toUpperCase(), sources)).toEqual(blob());
  });

  it('ignores it when the topic is another account, or missing', () => {
    expect(blobFromSubject(subject, `${TOPIC}2`, sources)).toEqual(ignored('foreign_account'));
    expect(blobFromSubject(subject, undefined, sources)).toEqual(ignored('foreign_account'));
  });

  it('ignores subjects that name no blob, and names that are not plain', () => {
    expect(blobFromSubject('/blobServices/default/containers/x', TOPIC, sources)).toEqual(ignored('no_blob'));
    expect(blobFromSubject(subject.replace('PT1H', '../PT1H'), TOPIC, sources)).toEqual(ignored('bad_name'));
    expect(blobFromSubject(subject.replace('PT1H', '\ud800'), TOPIC, sources)).toEqual(ignored('bad_name'));
    expect(blobFromSubject(subject.replace(CONTAINER, 'state'), TOPIC, sources)).toEqual(
      ignored('other_container'),
    );
  });

  it('takes percent signs as they are: a subject is not encoded', () => {
    expect(blobFromSubject(subject.replace('PT1H', '%41'), TOPIC, sources)).toEqual(
      blob(NAME.replace('PT1H', '%41')),
    );
  });
});

describe('checkBlob', () => {
  it('does not take a reference to another account', () => {
    expect(checkBlob({ account: 'evil', container: CONTAINER, name: NAME }, source)).toEqual(
      ignored('foreign_account'),
    );
  });
});

describe('case 14, upper-case name: one rule for notifications and the sweep', () => {
  it.each(['PT1H.JSON', 'PT1H.json', 'pt1h.Json.GZ', 'PT1H.json.gz'])('both take %s', (file) => {
    const name = `tenantId=t/y=2026/m=11/d=23/h=07/m=00/${file}`;
    const ref = { account: source.account, container: CONTAINER, name };
    expect(blobFromUrl(`${HOST}/${CONTAINER}/${name}`, sources)).toEqual({ kind: 'blob', ref });
    expect(checkBlob(ref, source)).toEqual({ kind: 'blob', ref });
    const entry = { ref, length: 1, createdOn: 0, lastModified: 0, etag: '', type: 'append' } as const;
    expect(needsVisit(entry, undefined, 3_600_000)).toBe(true);
  });

  it.each(['notes.txt', 'PT1H.json.bak', 'json'])('neither takes %s', (name) => {
    const ref = { account: source.account, container: CONTAINER, name };
    expect(checkBlob(ref, source)).toEqual(ignored('other_name'));
    const entry = { ref, length: 1, createdOn: 0, lastModified: 0, etag: '', type: 'append' } as const;
    expect(needsVisit(entry, undefined, 3_600_000)).toBe(false);
  });
});

describe('case 14, gov cloud handshake: whose Event Grid may subscribe by default', () => {
  it.each([
    [undefined, ['eventgrid.azure.net']],
    ['https://acct.blob.core.windows.net', ['eventgrid.azure.net']],
    ['https://acct.blob.core.usgovcloudapi.net', ['eventgrid.azure.us']],
    ['https://acct.privatelink.blob.core.usgovcloudapi.net', ['eventgrid.azure.us']],
    ['https://acct.blob.core.chinacloudapi.cn', ['eventgrid.azure.cn']],
    ['https://acct.z01.blob.storage.azure.net', ['eventgrid.azure.net']],
    ['http://127.0.0.1:10000/acct', ['eventgrid.azure.net']],
    ['https://blobs.contoso.example', ['eventgrid.azure.net', 'eventgrid.azure.us', 'eventgrid.azure.cn']],
  ])('%s: %j', (blobEndpoint, origins) => {
    const account = sourceAccount({ account: 'acct', blobEndpoint, containerPrefix: PREFIX });
    expect(eventGridOrigins([account], 'public')).toEqual(origins);
  });

  it.each(['https://blobs.contoso.example', 'http://127.0.0.1:10000/acct', undefined])(
    'of the cloud in relay.yaml where the address %j does not show it',
    (blobEndpoint) => {
      const account = sourceAccount({
        account: 'acct',
        blobEndpoint,
        containerPrefix: PREFIX,
        cloud: 'china',
      });
      expect(eventGridOrigins([account], 'china')).toEqual(['eventgrid.azure.cn']);
    },
  );

  it('the account’s own address wins', () => {
    const blobEndpoint = 'https://acct.blob.core.usgovcloudapi.net';
    const account = sourceAccount({ account: 'acct', blobEndpoint, containerPrefix: PREFIX, cloud: 'china' });
    expect(eventGridOrigins([account], 'china')).toEqual(['eventgrid.azure.us']);
  });
});

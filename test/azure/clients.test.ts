import { describe, expect, it } from 'vitest';
import { createBlobAccount, createQueueService } from '../../src/azure/clients.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { queueAccountOf, sourcesOf, stateOf } from '../../src/config/sources.ts';

const credential = { getToken: async () => null };
const KEYED =
  'DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0LXNlY3JldA==;EndpointSuffix=core.windows.net';

function config(storage: object, queue: object = {}, cloud = 'public') {
  return relayConfigSchema.parse({ cloud, storage, queue, destinations: {} });
}

describe('createBlobAccount', () => {
  it.each([
    [{ account: 'contoso' }, 'https://contoso.blob.core.windows.net/', 'contoso'],
    [
      { blob_endpoint: 'https://contoso.blob.core.usgovcloudapi.net' },
      'https://contoso.blob.core.usgovcloudapi.net/',
      'contoso',
    ],
    [
      { account: 'contoso', blob_endpoint: 'https://storage.example.org' },
      'https://storage.example.org/',
      'contoso',
    ],
    [{ connection_string: KEYED }, 'https://contoso.blob.core.windows.net/', 'contoso'],
    [
      {
        connection_string:
          'BlobEndpoint=https://contoso.blob.core.windows.net;SharedAccessSignature=sv=2024&sig=abc',
      },
      'https://contoso.blob.core.windows.net/?sv=2024&sig=abc',
      'contoso',
    ],
  ])('%j', (storage, url, account) => {
    const made = createBlobAccount(stateOf(config(storage)), credential);
    expect([made.service.url, made.account]).toEqual([url, account]);
  });

  it.each([
    [{}, 'storage_not_configured'],
    [{ blob_endpoint: 'https://storage.example.org' }, 'storage_not_configured'],
    [{ connection_string: 'not one' }, 'bad_connection_string'],
    [{ connection_string: 'AccountName=contoso;AccountKey=c2VjcmV0LXNlY3JldA==' }, 'bad_connection_string'],
  ])('refuses %j', (storage, code) => {
    const make = () => createBlobAccount(stateOf(config(storage)), credential);
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).not.toThrow('c2VjcmV0');
  });

  it('needs an identity where there is no connection string', () => {
    expect(() => createBlobAccount(stateOf(config({ account: 'contoso' })))).toThrow('identity');
  });
});

describe.each([
  ['public', 'core.windows.net'],
  ['usgov', 'core.usgovcloudapi.net'],
  ['china', 'core.chinacloudapi.cn'],
])('cloud: %s', (cloud, suffix) => {
  const settings = config({ account: 'contoso' }, {}, cloud);

  it('decides the suffix of accounts and queues', () => {
    const { service } = createBlobAccount(stateOf(settings), credential);
    expect(service.url).toBe(`https://contoso.blob.${suffix}/`);
    const queue = createQueueService(queueAccountOf(settings), settings.queue, credential);
    expect(new URL(queue.url).host).toBe(`contoso.queue.${suffix}`);
    const [source] = sourcesOf(settings);
    if (source) expect(createBlobAccount(source, credential).service.url).toBe(service.url);
    expect(source).toBeDefined();
  });

  it('does not change an address that is written out', () => {
    const blob_endpoint = 'https://contoso.z12.blob.storage.azure.net';
    const storage = { account: 'contoso', blob_endpoint };
    const { service } = createBlobAccount(stateOf(config(storage, {}, cloud)), credential);
    expect(service.url).toBe(`${blob_endpoint}/`);
  });
});

describe('createQueueService', () => {
  it.each([
    [{ account: 'contoso' }, {}, 'https://contoso.queue.core.windows.net/'],
    [
      { blob_endpoint: 'https://contoso.blob.core.chinacloudapi.cn' },
      {},
      'https://contoso.queue.core.chinacloudapi.cn/',
    ],
    [
      { account: 'contoso' },
      { queue_endpoint: 'https://other.queue.core.windows.net' },
      'https://other.queue.core.windows.net/',
    ],
    [{ connection_string: KEYED }, {}, 'https://contoso.queue.core.windows.net/'],
    [
      { connection_string: KEYED },
      { connection_string: KEYED.replace('contoso', 'other') },
      'https://other.queue.core.windows.net/',
    ],
  ])('%j %j', (storage, queue, url) => {
    const settings = config(storage, queue);
    expect(new URL(createQueueService(queueAccountOf(settings), settings.queue, credential).url).href).toBe(
      url,
    );
  });

  it('cannot guess the queue of an endpoint of one’s own', () => {
    const settings = config({ account: 'contoso', blob_endpoint: 'https://storage.example.org' });
    expect(() => createQueueService(queueAccountOf(settings), settings.queue, credential)).toThrow(
      'queue_endpoint',
    );
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { ownSignIn, sourcesOf } from '../../src/config/sources.ts';
import { expectTheVoice } from '../diagnostics/expect-voice.ts';

const GOV_CONNECTION = 'AccountName=contoso;AccountKey=c2VjcmV0;EndpointSuffix=core.usgovcloudapi.net';
const SAS = 'BlobEndpoint=https://contoso.blob.core.chinacloudapi.cn;SharedAccessSignature=sv=1&sig=x';

function found(lines: string, env: Readonly<Record<string, string>> = {}) {
  const text = `${lines}\ndestinations: { out: { type: file, path: "-" } }\ndefault_destinations: [out]\n`;
  const { config, diagnostics } = parseConfig(text, 'relay.yaml', env);
  expectTheVoice(diagnostics);
  return { config, said: diagnostics.map(({ severity, message, hint }) => [severity, message, hint]) };
}

const storage = (keys: string) => `storage: { ${keys} }`;

describe('cloud', () => {
  it.each([
    ['public', 'https://login.microsoftonline.com'],
    ['usgov', 'https://login.microsoftonline.us'],
    ['china', 'https://login.partner.microsoftonline.cn'],
  ])('%s: every identity signs in there', (cloud, authority) => {
    const { config, said } = found(`cloud: ${cloud}\n${storage('account: contoso')}`);
    expect(said).toEqual([]);
    expect(config && [ownSignIn(config), sourcesOf(config)[0]?.signIn]).toEqual([
      { authority },
      { authority },
    ]);
  });

  it('is the public one if the file does not say', () => {
    expect(found(storage('account: contoso')).config?.cloud).toBe('public');
  });

  it.each([
    [
      'an address of another cloud',
      `cloud: usgov\n${storage('blob_endpoint: "https://contoso.blob.core.windows.net"')}`,
      [
        'error',
        'storage.blob_endpoint is in the public cloud, but cloud is usgov',
        'write "cloud: public", or the address in Azure Government',
      ],
    ],
    [
      'also where public is written out',
      `cloud: public\n${storage('account: contoso')}\nqueue: { queue_endpoint: "https://contoso.queue.core.chinacloudapi.cn" }`,
      [
        'error',
        'queue.queue_endpoint is in Azure China, but cloud is public',
        'write "cloud: china", or the address in the public cloud',
      ],
    ],
    [
      'one of several sources',
      'cloud: usgov\nsources:\n  - { name: a, account: a12 }\n  - { name: b, blob_endpoint: "https://b12.blob.core.windows.net" }\nstate: { account: c12 }',
      [
        'error',
        'sources[1].blob_endpoint is in the public cloud, but cloud is usgov',
        'write "cloud: public", or the address in Azure Government',
      ],
    ],
    [
      'a sovereign address and no cloud: it may work by AZURE_AUTHORITY_HOST',
      storage('blob_endpoint: "https://contoso.blob.core.usgovcloudapi.net"'),
      [
        'warning',
        'storage.blob_endpoint is in Azure Government, and the file does not say so',
        'write "cloud: usgov", so that the relay signs in there',
      ],
    ],
    [
      'the Event Grid of another cloud',
      `cloud: china\n${storage('account: contoso')}\nserver: { allowed_origins: [eventgrid.azure.us] }`,
      [
        'warning',
        'server.allowed_origins does not have eventgrid.azure.cn, the Event Grid of Azure China',
        'leave the list out, or add it',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(found(text).said).toEqual([expected]);
  });

  it.each([
    ['GOV', 'storage.connection_string is in Azure Government, but cloud is public'],
    ['SAS', 'storage.connection_string is in Azure China, but cloud is public'],
  ])('a connection string of another cloud works, and is said without its content: %s', (name, message) => {
    const env = { GOV: GOV_CONNECTION, SAS };
    const { config, said } = found(`cloud: public\n${storage(`connection_string: "\${${name}}"`)}`, env);
    expect(config).toBeDefined();
    expect(said).toEqual([['warning', message, expect.stringContaining('works from any cloud')]]);
    expect(JSON.stringify(said)).not.toMatch(/c2VjcmV0|sig=/);
  });

  it.each([
    ['a custom domain', 'cloud: china', 'account: contoso, blob_endpoint: "https://blobs.contoso.com"'],
    ['a connection string and no cloud', '', 'connection_string: "${GOV}"'],
    ['Azurite', 'cloud: usgov', 'connection_string: UseDevelopmentStorage=true'],
    ['its own address', 'cloud: usgov', 'blob_endpoint: "https://contoso.blob.core.usgovcloudapi.net"'],
  ])('says nothing about %s', (_, cloud, keys) => {
    const { config, said } = found(`${cloud}\n${storage(keys)}`, { GOV: GOV_CONNECTION });
    expect(config).toBeDefined();
    expect(said).toEqual([]);
  });

  it('is one of three', () => {
    const { said } = found(`cloud: goverment\n${storage('account: contoso')}`);
    expect(said).toEqual([['error', 'cloud must be one of "public", "usgov", "china"', undefined]]);
  });
});

import { connect } from 'node:tls';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LabVault, startLabVault } from '../../lab/key-vault.ts';
import { VAULT_CERTIFICATE } from '../../lab/vault-certificate.ts';
import { createKeyVault } from '../../src/azure/key-vault.ts';
import { isKeyVaultUrl, keyVaultCloud } from '../../src/azure/key-vault-url.ts';
import { systemClock } from '../../src/shared/clock.ts';

const VERSION = '4387e9f3d6e14c459867679a90fd0f79';
const NEWER = '00000000000000000000000000000002';

let vault: LabVault;
let agent: Agent;
let scopes: string[];
let authorities: string[];
/** Hosts that were connected to. */
let hosts: string[];
let pauses: number[];

async function start(host: string) {
  vault = await startLabVault({ host, token: 'entra-token', tls: VAULT_CERTIFICATE });
  vault.secrets.set('token', [
    { version: VERSION, value: 'old' },
    { version: NEWER, value: 'new\n' },
  ]);
}

/** A connection to any host goes to the server of this test, which proves with its certificate that it is that host. */
function toThisMachine(): Agent {
  return new Agent({
    connect: ({ hostname, servername }, done) => {
      hosts.push(hostname);
      const socket = connect({
        host: '127.0.0.1',
        port: vault.port,
        servername: servername ?? hostname,
        ca: VAULT_CERTIFICATE.cert,
      });
      socket.once('secureConnect', () => done(null, socket));
      socket.once('error', (error) => done(error, null));
    },
  });
}

function client({ url = 'https://contoso.vault.azure.net', token = 'entra-token' } = {}) {
  return createKeyVault({
    url,
    credential: (authority) => {
      authorities.push(authority);
      return {
        getToken: async (scope) => {
          scopes.push(String(scope));
          return { token, expiresOnTimestamp: Date.now() + 60_000 };
        },
      };
    },
    fetch: ((input: URL, init: object) => undiciFetch(input, { ...init, dispatcher: agent })) as typeof fetch,
    clock: {
      ...systemClock,
      sleep: async (ms) => {
        pauses.push(ms);
      },
    },
  });
}

beforeEach(async () => {
  [scopes, authorities, hosts, pauses] = [[], [], [], []];
  agent = toThisMachine();
  await start('contoso.vault.azure.net');
});
afterEach(async () => {
  await agent.destroy();
  await vault.close();
});

describe('a vault', () => {
  it('gives the newest version of a secret, and the version that is asked for', async () => {
    expect(await client().get('token')).toBe('new\n');
    expect(await client().get(`token/${VERSION}`)).toBe('old');
    expect(vault.requests).toEqual([
      'GET /secrets/token?api-version=7.4',
      `GET /secrets/token/${VERSION}?api-version=7.4`,
    ]);
    expect(new Set(scopes)).toEqual(new Set(['https://vault.azure.net/.default']));
    expect(new Set(authorities)).toEqual(new Set(['https://login.microsoftonline.com']));
  });

  it('of another cloud is asked with a token of that cloud', async () => {
    await vault.close();
    await start('contoso.vault.usgovcloudapi.net');
    expect(await client({ url: 'https://contoso.vault.usgovcloudapi.net' }).get('token')).toBe('new\n');
    expect({ scopes, authorities }).toEqual({
      scopes: ['https://vault.usgovcloudapi.net/.default'],
      authorities: ['https://login.microsoftonline.us'],
    });
  });

  it.each([
    ['missing', 'HTTP 404 (SecretNotFound); is its name right, and does the vault have it?'],
    ['disabled', 'HTTP 403 (Forbidden, SecretDisabled); enable the secret'],
  ])('does not give a secret that is %s, and says what to do', async (name, message) => {
    vault.secrets.set('disabled', [{ version: VERSION, value: 'x', enabled: false }]);
    await expect(client().get(name)).rejects.toMatchObject({
      code: 'key_vault_refused',
      message: expect.stringContaining(message),
    });
    expect(vault.requests).toHaveLength(1);
  });

  it('that refuses the identity is not asked again, and its message, which names the identity, is not shown', async () => {
    const error: unknown = await client({ token: 'of somebody else' })
      .get('token')
      .catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'key_vault_refused',
      message: expect.stringContaining(
        '(Forbidden, ForbiddenByRbac); give the identity of the relay the role',
      ),
    });
    expect(String(error)).not.toContain('appid');
    expect(vault.requests).toHaveLength(1);
  });

  it('that is busy is asked again after the pause it asks for, three times in all', async () => {
    vault.answer = { status: 429, retryAfter: 2 };
    await expect(client().get('token')).rejects.toMatchObject({ code: 'key_vault_unavailable' });
    expect({ requests: vault.requests.length, pauses }).toEqual({ requests: 3, pauses: [2000, 2000] });
    vault.answer = { status: 503, retryAfter: 3600 };
    await expect(client().get('token')).rejects.toMatchObject({ code: 'key_vault_unavailable' });
    expect(vault.requests).toHaveLength(4);
  });

  it('leads nowhere else: a redirect is refused, and the token stays with the vault', async () => {
    vault.answer = { status: 302, location: 'https://elsewhere.example/secrets/token' };
    await expect(client().get('token')).rejects.toMatchObject({ code: 'key_vault_refused' });
    expect(new Set(hosts)).toEqual(new Set(['contoso.vault.azure.net']));
  });

  it('that answers with something else, or without an end, gives no secret', async () => {
    for (const body of ['<html>', '{"value": 7}', 'null', `{"value": "${'x'.repeat(300_000)}"}`]) {
      vault.answer = { status: 200, body };
      await expect(client().get('token')).rejects.toMatchObject({ code: 'key_vault_unavailable' });
    }
  });

  it('whose certificate is of another host is not sent a token', async () => {
    await expect(client({ url: 'https://fabrikam.vault.azure.net' }).get('token')).rejects.toMatchObject({
      code: 'key_vault_unavailable',
      message: 'Key Vault cannot be reached: ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(vault.requests).toEqual([]);
  });
});

describe('the address of a vault', () => {
  it.each([
    ['https://contoso.vault.azure.net', 'the public cloud'],
    ['https://contoso.vault.azure.net/', 'the public cloud'],
    ['https://Contoso-2.vault.usgovcloudapi.net', 'Azure Government'],
    ['https://contoso.vault.azure.cn', 'Azure China'],
  ])('%s', (url, title) => expect(keyVaultCloud(url)?.title).toBe(title));

  it.each([
    'http://contoso.vault.azure.net',
    'https://contoso.vault.azure.net:8443',
    'https://contoso.vault.azure.net/secrets',
    'https://contoso.vault.azure.net/?x=1',
    'https://user@contoso.vault.azure.net',
    'https://contoso.vault.azure.net.example',
    'https://contoso.example#.vault.azure.net',
    'https://a.contoso.vault.azure.net',
    'https://vault.azure.net',
    'https://-contoso.vault.azure.net',
    'https://con--toso.vault.azure.net',
    'https://169.254.169.254',
    'contoso',
  ])('is not %s', (url) => expect(isKeyVaultUrl(url)).toBe(false));
});

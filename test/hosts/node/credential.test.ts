/** Where a Node process signs in: a proxy on this machine sees the hosts that @azure/identity connects to, and refuses them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { CLOUD_NAMES, CLOUDS } from '../../../src/azure/cloud.ts';
import { nodeCredentials } from '../../../src/hosts/node/credential.ts';

const SCOPE = 'https://storage.azure.com/.default';
const TENANT = '1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c';
const CLIENT = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

let proxy: Server;
let asked: string[] = [];

beforeAll(async () => {
  proxy = createServer().on('connect', ({ url = '' }, socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
});
afterAll(() => new Promise((done) => proxy.close(done)));

beforeEach(() => {
  asked = [];
  const address = proxy.address() as AddressInfo;
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${address.port}`);
  vi.stubEnv('NO_PROXY', '');
  vi.stubEnv('AZURE_AUTHORITY_HOST', undefined);
});
afterEach(() => vi.unstubAllEnvs());

const hostOf = (authority: string) => `${new URL(authority).host}:443`;

it.each(CLOUD_NAMES)('an application with a secret signs in at Entra ID of %s', async (cloud) => {
  const { authority } = CLOUDS[cloud];
  const credential = nodeCredentials({ authority, tenantId: TENANT, clientId: CLIENT, clientSecret: 'x' });
  await expect(credential.getToken(SCOPE)).rejects.toThrow();
  expect(new Set(asked)).toEqual(new Set([hostOf(authority)]));
});

it('the environment’s application too, and AZURE_AUTHORITY_HOST takes precedence', async () => {
  vi.stubEnv('AZURE_TENANT_ID', TENANT);
  vi.stubEnv('AZURE_CLIENT_ID', CLIENT);
  vi.stubEnv('AZURE_CLIENT_SECRET', 'x\n');
  // @azure/identity: only the credentials of the environment, and no managed identity, which answers on no network here.
  vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'EnvironmentCredential');
  const { authority } = CLOUDS.usgov;
  await expect(nodeCredentials({ authority }).getToken(SCOPE)).rejects.toThrow();
  expect(new Set(asked)).toEqual(new Set([hostOf(authority)]));
  asked = [];
  vi.stubEnv('AZURE_AUTHORITY_HOST', CLOUDS.china.authority);
  await expect(nodeCredentials({ authority }).getToken(SCOPE)).rejects.toThrow();
  expect(new Set(asked)).toEqual(new Set([hostOf(CLOUDS.china.authority)]));
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** A real relay with a managed identity and a vault that stand on this machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startAzurite } from '../../lab/azurite.ts';
import { startLabVault } from '../../lab/key-vault.ts';
import { startServe, writeConfig } from '../../lab/serve.ts';
import { VAULT_CERTIFICATE } from '../../lab/vault-certificate.ts';

const HOST = 'contoso.vault.azure.net';
const KEYS = ['the-first-key-of-the-vault', 'the-second-key-of-the-vault'] as const;
const YAML = `storage: { connection_string: "\${STORAGE}" }
key_vault: https://${HOST}
server: { keys: ["\${keyvault:endpoint-key}"] }
destinations: {}
`;

it('a secret of Key Vault comes with a managed identity, changes while the relay runs, and stays while the vault is away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-vault-'));
  const azurite = await startAzurite();
  const vault = await startLabVault({ host: HOST, token: 'entra-token', tls: VAULT_CERTIFICATE });
  const asked: string[] = [];
  // App Service's interface for managed identities (Microsoft Learn, "How to use managed identities for App Service").
  const identity = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://identity');
    asked.push(`${searchParams.get('resource')} ${request.headers['x-identity-header']}`);
    const expires = Math.floor(Date.now() / 1000) + 3600;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ access_token: 'entra-token', expires_on: String(expires), token_type: 'Bearer' }),
    );
  });
  await new Promise<void>((resolve) => identity.listen(0, '127.0.0.1', resolve));
  vault.secrets.set('endpoint-key', [{ version: '0'.repeat(32), value: KEYS[0] }]);
  const lines: string[] = [];
  const relay = await startServe({
    configFile: await writeConfig(folder, YAML),
    onLine: (line) => lines.push(line),
    env: {
      STORAGE: azurite.connectionString,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${(identity.address() as AddressInfo).port}/token`,
      IDENTITY_HEADER: 'a-header-of-the-machine',
      LAB_VAULT_HOST: HOST,
      LAB_VAULT_PORT: String(vault.port),
      NODE_OPTIONS: `--import=${new URL('../support/vault-preload.ts', import.meta.url).href}`,
    },
  });
  onTestFinished(async () => {
    await relay.stop('SIGKILL');
    identity.close();
    await Promise.all([vault.close(), azurite.stop()]);
    await rm(folder, { recursive: true, force: true });
  });
  const send = async (key: string) =>
    (await fetch(`${relay.url}/events?code=${key}`, { method: 'POST', body: '[]' })).status;
  const until = async (text: string) => {
    while (!lines.some((line) => line.includes(text))) await delay(20);
  };
  expect([await send(KEYS[0]), await send(KEYS[1])]).toEqual([415, 401]);
  expect(asked).toEqual(['https://vault.azure.net a-header-of-the-machine']);

  vault.secrets.get('endpoint-key')?.push({ version: '1'.repeat(32), value: KEYS[1] });
  relay.child.signal('SIGHUP');
  await until('what changed is in force');
  expect([await send(KEYS[0]), await send(KEYS[1])]).toEqual([401, 415]);

  vault.answer = { status: 503 };
  relay.child.signal('SIGHUP');
  await until('A secret in Key Vault cannot be had; the value from before is kept');
  expect([await send(KEYS[0]), await send(KEYS[1])]).toEqual([401, 415]);
  expect(await relay.stop()).toBe(0);
  for (const secret of [...KEYS, 'entra-token']) expect(lines.join('\n')).not.toContain(secret);
});

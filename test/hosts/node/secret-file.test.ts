// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { effectiveConfig } from '../../../src/config/effective.ts';
import { type LoadedConfig, loadConfigFile, readConfigFile } from '../../../src/hosts/node/config-file.ts';
import { VaultSecrets } from '../../../src/hosts/secret-values.ts';

const SECRET = 'a-secret-of-some-length';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-secrets-'));
  file = join(folder, 'relay.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

const yaml = (token: string) => `storage: { account: contoso }
destinations:
  splunk:
    type: splunk_hec
    url: https://splunk.example
    token: "${token}"
default_destinations: [splunk]
`;

async function tokenOf(reference: string, env = {}): Promise<unknown> {
  await writeFile(file, yaml(reference));
  const { config } = await loadConfigFile(file, { env });
  return Reflect.get(config.destinations.splunk ?? {}, 'token');
}

async function mistakeIn(reference: string): Promise<string> {
  await writeFile(file, yaml(reference));
  const { diagnostics } = await readConfigFile(file, { env: {} });
  return diagnostics
    .map(({ code, message, span }) => `${span.line}:${span.column} ${code}: ${message}`)
    .join('\n');
}

describe('a secret in a file', () => {
  it('is the whole file, without line ends at its end', async () => {
    await writeFile(join(folder, 'token'), `${SECRET}\r\n\n`);
    expect(await tokenOf(`\${file:${folder}/token}`)).toBe(SECRET);
    expect(await tokenOf(`\${file:${folder}/token}-\${SUFFIX}`, { SUFFIX: 'x' })).toBe(`${SECRET}-x`);
    await writeFile(join(folder, 'token'), '${file:/etc/hostname}$$');
    expect(await tokenOf(`\${file:${folder}/token}`)).toBe('${file:/etc/hostname}$$');
  });

  it("is looked for in systemd's folder of credentials, else beside relay.yaml", async () => {
    await mkdir(join(folder, 'credentials'));
    await writeFile(join(folder, 'token'), 'beside-relay-yaml');
    await writeFile(join(folder, 'credentials', 'token'), 'of-systemd-of-systemd');
    expect(await tokenOf('${file:token}')).toBe('beside-relay-yaml');
    const CREDENTIALS_DIRECTORY = join(folder, 'credentials');
    expect(await tokenOf('${file:token}', { CREDENTIALS_DIRECTORY })).toBe('of-systemd-of-systemd');
  });

  it('may be behind links, as Kubernetes mounts it', async () => {
    await mkdir(join(folder, '..2026_11_26'));
    await writeFile(join(folder, '..2026_11_26', 'token'), SECRET);
    await symlink('..2026_11_26', join(folder, '..data'));
    await symlink('..data/token', join(folder, 'token'));
    expect(await tokenOf('${file:token}')).toBe(SECRET);
  });

  it.each([
    ['missing', 'there is no such file'],
    ['empty', 'the file empty is empty'],
    ['blank', 'the file blank is empty'],
    ['large', 'is longer than 65536 bytes'],
    ['binary', 'it is not UTF-8 text'],
    ['folder', 'is not a file'],
    ['pipe', 'is not a file'],
  ])('that is %s is a mistake with its place', async (name, message) => {
    await writeFile(join(folder, 'empty'), '');
    await writeFile(join(folder, 'blank'), '\n');
    await writeFile(join(folder, 'large'), SECRET.repeat(10_000));
    await writeFile(join(folder, 'binary'), Buffer.from([0x61, 0xff, 0xfe]));
    await mkdir(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const found = await mistakeIn(`\${file:${name}}`);
    expect(found).toContain('6:13 missing-secret: the file');
    expect(found).toContain(message);
    expect(found).not.toContain(SECRET);
  });

  it('is shown as the file has it, whatever its key, and is taken out of logs', async () => {
    await writeFile(join(folder, 'token'), SECRET);
    await writeFile(join(folder, 'url'), 'https://splunk.internal.example');
    await writeFile(file, yaml('${file:token}').replace('https://splunk.example', '"${file:url}"'));
    const shown = effectiveConfig(await readConfigFile(file, { env: {} }));
    expect(shown).toContain('token: ${file:token}');
    expect(shown).toContain('url: ${file:url}');
    expect(shown).not.toContain(SECRET);
    const { secrets, secretFiles } = await loadConfigFile(file, { env: {} });
    expect(secrets).toEqual(['https://splunk.internal.example', SECRET]);
    expect(new Set(secretFiles)).toEqual(new Set([join(folder, 'token'), join(folder, 'url')]));
  });
});

describe('a secret in Key Vault', () => {
  const URL_LINE = 'key_vault: https://contoso.vault.azure.net\n';
  let answers: Record<string, { readonly status: number; readonly value?: string }>;
  let asked: string[];

  function vaultSecrets(): VaultSecrets {
    asked = [];
    return new VaultSecrets({
      credential: () => ({ getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 60_000 }) }),
      fetch: async (url) => {
        asked.push(String(url));
        const { status, value } = answers[new URL(String(url)).pathname] ?? { status: 404 };
        return Response.json({ value }, { status });
      },
      clock: { after: () => () => {}, sleep: async () => {} },
    });
  }

  const tokenIn = ({ config }: LoadedConfig) => Reflect.get(config.destinations.splunk ?? {}, 'token');

  it('is asked for once; and again when it may have changed, unless it is a version', async () => {
    const version = '4387e9f3d6e14c459867679a90fd0f79';
    await writeFile(file, URL_LINE + yaml(`\${keyvault:hec}\${keyvault:hec/${version}}`));
    answers = {
      '/secrets/hec': { status: 200, value: 'first-' },
      [`/secrets/hec/${version}`]: { status: 200, value: 'fixed' },
    };
    const vault = vaultSecrets();
    expect(tokenIn(await loadConfigFile(file, { env: {}, vault }))).toBe('first-fixed');
    expect(tokenIn(await loadConfigFile(file, { env: {}, vault }))).toBe('first-fixed');
    expect(asked).toHaveLength(2);
    answers = { '/secrets/hec': { status: 200, value: 'second-' } };
    expect(tokenIn(await loadConfigFile(file, { env: {}, vault, freshness: 'fresh' }))).toBe('second-fixed');
    expect(asked).toHaveLength(3);
  });

  it('is kept while the vault is away', async () => {
    await writeFile(file, URL_LINE + yaml('${keyvault:hec}'));
    answers = { '/secrets/hec': { status: 200, value: 'kept-value' } };
    const vault = vaultSecrets();
    await loadConfigFile(file, { env: {}, vault });
    for (const status of [503, 403, 404]) {
      answers = { '/secrets/hec': { status } };
      expect(tokenIn(await loadConfigFile(file, { env: {}, vault, freshness: 'fresh' }))).toBe('kept-value');
    }
  });

  it('that cannot be had is a mistake in its place', async () => {
    answers = {};
    for (const [head, message] of [
      ['', 'key_vault does not say which vault'],
      ['key_vault: https://contoso.example\n', 'key_vault is not the address of a vault'],
      [URL_LINE, 'Key Vault answered HTTP 404'],
    ]) {
      await writeFile(file, head + yaml('${keyvault:hec}'));
      const { diagnostics } = await readConfigFile(file, { env: {}, vault: vaultSecrets() });
      expect(diagnostics.map((each) => each.message)).toContainEqual(
        expect.stringContaining(String(message)),
      );
    }
    expect(await mistakeIn('${keyvault:under_score}')).toContain('bad-reference');
    expect(await mistakeIn('${keyvault:a/b}')).toContain('bad-reference');
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfigFile, loadEnvFileBeside } from '../../../src/hosts/node/config-file.ts';

const GOOD = `storage: { account: contoso }
destinations:
  splunk: { type: splunk_hec, url: "https://splunk.example", token: "\${CONFIG_FILE_TEST_TOKEN}" }
default_destinations: [splunk]
`;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-config-'));
  file = join(folder, 'relay.yaml');
});
afterEach(async () => {
  delete process.env.CONFIG_FILE_TEST_TOKEN;
  await rm(folder, { recursive: true });
});

async function failure(env: Record<string, string> = {}): Promise<ConfigError> {
  const error: unknown = await loadConfigFile(file, { env }).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw error;
  return error;
}

describe('a config file', () => {
  it('is loaded, with its folder', async () => {
    await writeFile(file, `\ufeff${GOOD}`);
    const { config, directory, warnings } = await loadConfigFile(file, {
      env: { CONFIG_FILE_TEST_TOKEN: 'abcdefgh' },
    });
    expect(config.destinations.splunk).toMatchObject({ token: 'abcdefgh' });
    expect({ directory, warnings }).toEqual({ directory: folder, warnings: [] });
  });

  it('that is missing, not text or wrong is an error that says so', async () => {
    expect(await failure()).toMatchObject({
      code: 'config_unreadable',
      message: expect.stringContaining('no file'),
    });
    await writeFile(file, Buffer.from([0x61, 0xff, 0xfe]));
    expect(await failure()).toMatchObject({ message: expect.stringContaining('is not UTF-8 text') });
    await writeFile(file, `${GOOD}x: 1\n`);
    const error = await failure();
    expect(error.code).toBe('config_invalid');
    expect(error.message).toBe(
      `${file}:3:70: the environment variable CONFIG_FILE_TEST_TOKEN is not set (and 1 more)`,
    );
    expect(error.diagnostics).toHaveLength(2);
    expect(error.sources.get(file)).toContain('x: 1');
  });

  it('gives way to XDR_RELAY_LOG_LEVEL', async () => {
    await writeFile(file, GOOD);
    const env = { CONFIG_FILE_TEST_TOKEN: 'abcdefgh', XDR_RELAY_LOG_LEVEL: 'debug' };
    expect((await loadConfigFile(file, { env })).config.log.level).toBe('debug');
    expect((await failure({ ...env, XDR_RELAY_LOG_LEVEL: 'loud' })).message).toContain('XDR_RELAY_LOG_LEVEL');
  });

  it('has its .env beside it; what is set already wins', async () => {
    expect(await loadEnvFileBeside(file)).toBeUndefined();
    await writeFile(join(folder, '.env'), 'CONFIG_FILE_TEST_TOKEN=from-file\n');
    process.env.CONFIG_FILE_TEST_TOKEN = 'set before';
    expect(await loadEnvFileBeside(file)).toBe(join(folder, '.env'));
    expect(process.env.CONFIG_FILE_TEST_TOKEN).toBe('set before');
    delete process.env.CONFIG_FILE_TEST_TOKEN;
    await loadEnvFileBeside(file);
    expect(process.env.CONFIG_FILE_TEST_TOKEN).toBe('from-file');
  });
});

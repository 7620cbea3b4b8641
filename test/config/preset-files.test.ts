// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** Preset files of one's own: found beside relay.yaml, checked with their lines, used, and shown by their paths. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReceivedRequest, startReceiver } from '../../lab/receivers/server.ts';
import { testDestinations } from '../../src/cli/actions/destinations-test.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { effectiveConfig } from '../../src/config/effective.ts';
import { secretValues } from '../../src/config/secrets.ts';
import { ConfigError, loadConfigFile, readConfigFile } from '../../src/hosts/node/config-file.ts';
import { captured } from '../cli/captured.ts';
import { chaptersOf } from '../docs/documented-files.ts';

const TOKEN = 'a-token-of-acme-0123';
const env = { ACME_TOKEN: TOKEN };
/** The preset of docs/destinations/presets.md. */
const DOCUMENTED =
  chaptersOf('docs/destinations/presets.md')
    .flatMap(({ files }) => files)
    .find(({ text }) => text.includes('title: Acme'))?.text ?? '';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-preset-'));
  await mkdir(join(folder, 'presets'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(preset: string, more = ''): Promise<string> {
  await writeFile(join(folder, 'presets/acme.yml'), preset);
  const file = join(folder, 'relay.yaml');
  await writeFile(
    file,
    `storage: { account: contoso }
default_destinations: [acme]
destinations:
  acme:
    type: http_preset
    preset: ./presets/acme.yml
    settings: { customer: contoso }
    secrets: { token: "\${ACME_TOKEN}" }
${more}`,
  );
  return file;
}

describe('a preset file', () => {
  it('is the one that the documentation shows', async () => {
    const { config, presetFiles, warnings } = await loadConfigFile(await write(DOCUMENTED), { env });
    expect(warnings).toEqual([]);
    expect(config.destinations.acme).toMatchObject({
      preset: { title: 'Acme SIEM', limits: { bytes: 2_097_152 } },
    });
    expect(presetFiles).toEqual([join(folder, 'presets/acme.yml')]);
    expect(secretValues(config)).toContain(TOKEN);
  });

  it('is shown by its path, and its secrets as they are written', async () => {
    const shown = effectiveConfig(await readConfigFile(await write(DOCUMENTED), { env }));
    expect(shown).toContain('preset: ./presets/acme.yml\n');
    expect(shown).toContain('token: ${ACME_TOKEN}');
    expect(shown).not.toContain(TOKEN);
  });

  it('is told of with its lines where it is wrong', async () => {
    const wrong = DOCUMENTED.replace('means: accepted', 'means: acepted').replace('"{id}"', '"{idd}"');
    const error: unknown = await loadConfigFile(await write(wrong), { env }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    const { diagnostics = [], sources } = error instanceof ConfigError ? error : {};
    const path = join(folder, 'presets/acme.yml');
    const line = wrong.split('\n').findIndex((text) => text.includes('acepted')) + 1;
    expect(diagnostics.map(({ file, code }) => [file, code])).toContainEqual([
      join(folder, 'relay.yaml'),
      'bad-preset',
    ]);
    const own = diagnostics.filter(({ file }) => file === path);
    expect(own).toEqual([
      expect.objectContaining({ code: 'not-allowed', span: expect.objectContaining({ line }) }),
    ]);
    expect(sources?.get(path)).toBe(wrong);
  });

  it('is told of where a name in it leads nowhere', async () => {
    const wrong = DOCUMENTED.replace('"{id}"', '"{idd}"');
    const { diagnostics } = await readConfigFile(await write(wrong), { env });
    const line = wrong.split('\n').findIndex((text) => text.includes('{idd}')) + 1;
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        file: join(folder, 'presets/acme.yml'),
        span: expect.objectContaining({ line }),
        message: expect.stringMatching(/^body\.record\.id must be .*\{idd\} is none of them/),
      }),
    );
  });

  it('is told of where it is not there', async () => {
    const file = await write(DOCUMENTED);
    await rm(join(folder, 'presets/acme.yml'));
    const { diagnostics } = await readConfigFile(file, { env });
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: 'missing-preset',
        message: expect.stringMatching(
          /^the preset \.\/presets\/acme\.yml cannot be read: .*there is no such file/,
        ),
      }),
    ]);
  });

  it('has settings that are checked where relay.yaml gives them', async () => {
    const file = await write(DOCUMENTED.replace('pattern: "[a-z0-9-]{3,40}"', 'pattern: "[0-9]+"'));
    const { diagnostics } = await readConfigFile(file, { env });
    expect(diagnostics).toEqual([
      expect.objectContaining({
        span: expect.objectContaining({ line: 7 }),
        message: 'destinations.acme.settings.customer must be text of the form [0-9]+',
      }),
    ]);
  });

  it('sends: destinations test', async () => {
    const requests: ReceivedRequest[] = [];
    const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
    const receiver = await startReceiver({}, counts, (request) => {
      requests.push(request);
      return { status: 200, body: '{"ok":true}' };
    });
    const more = `    endpoint: ${receiver.origin}\n    allow_networks: ["127.0.0.1"]\n`;
    const file = await write(DOCUMENTED, more);
    await writeFile(join(folder, '.env'), `ACME_TOKEN=${TOKEN}\n`);
    const out = captured();
    const options = { config: file, names: ['acme'], format: 'text' as const };
    const code = await testDestinations(options, out, new AbortController().signal);
    await receiver.close();
    expect(out.text()).toMatch(/^acme: took the test event/);
    expect(code).toBe(EXIT.ok);
    expect(requests[0]).toMatchObject({
      path: '/v1/ingest/defender',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-encoding': 'gzip', 'x-acme-source': 'xdr-relay' },
    });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      version: 1,
      records: [{ at: expect.any(Number) }],
    });
  });
});

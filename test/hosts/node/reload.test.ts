// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { type ServeProcess, startServe, writeConfig } from '../../../lab/serve.ts';
import { createAzureStateDocuments } from '../../../src/checkpoints/documents-azure.ts';
import { refusedConfigs } from '../../../src/relay/status/config-records.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';

const OLD_KEY = 'the-old-key-of-the-endpoint';
const NEW_KEY = 'the-new-key-of-the-endpoint';
const SECRET = 'a-secret-that-no-log-has';

let azurite: Azurite;
let folder: string;
let relay: ServeProcess | undefined;
const lines: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-reload-'));
  azurite = await azuriteAccount();
});
afterAll(async () => {
  await relay?.stop('SIGKILL');
  await azurite.stop();
  await rm(folder, { recursive: true, force: true });
});

const yaml = (destinations: string, more = '') => `storage: { connection_string: "\${STORAGE}" }
server: { keys: ["\${file:key}"] }
destinations:
${destinations}${more}`;
const HOOK = `  hook: { type: webhook, url: "https://hook.example", headers: { authorization: "\${SECRET}" } }\n`;
const OTHER = '  other: { type: webhook, url: "https://other.example" }\n';

const write = (name: string, text: string) => writeFile(join(folder, name), text);

/** The line that comes after those that were there before. */
async function lineAfter(count: number, message: string): Promise<Record<string, unknown>> {
  for (;;) {
    const found = lines.slice(count).find((line) => line.includes(message));
    if (found) return JSON.parse(found);
    if (relay?.child.exit) throw new Error(relay.log());
    await delay(20);
  }
}

const post = (key: string) => fetch(`${relay?.url}/events?code=${key}`, { method: 'POST', body: '[]' });
const gauge = async (name: string) => {
  const text = await (await fetch(`${relay?.monitoring}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
};

/** One process for all: each step is a change of the files of a relay that runs. */
it('a running relay takes what changes, and keeps what it has when the change is bad', async () => {
  const file = await writeConfig(folder, yaml(HOOK));
  await mkdir(join(folder, 'transforms'), { recursive: true });
  await write('key', OLD_KEY);
  await write('.env', `SECRET=${SECRET}\n`);
  relay = await startServe({
    configFile: file,
    env: { STORAGE: azurite.connectionString },
    onLine: (line) => lines.push(line),
  });
  const IN_FORCE = 'what changed is in force';
  const REFUSED = 'The changed relay.yaml was refused';

  // A key in a file.
  expect((await post(NEW_KEY)).status).toBe(401);
  let before = lines.length;
  await write('key', NEW_KEY);
  expect(await lineAfter(before, IN_FORCE)).toMatchObject({
    changed: ['server.keys'],
  });
  expect([(await post(OLD_KEY)).status, (await post(NEW_KEY)).status]).toEqual([401, 415]);

  // A variable of .env.
  before = lines.length;
  await write('.env', `SECRET=another-${SECRET}\n`);
  expect(await lineAfter(before, IN_FORCE)).toMatchObject({
    changed: ['destinations.hook.headers.authorization'],
  });

  // A bad file, a missing secret, an endpoint without keys.
  for (const [text, mistake] of [
    [yaml(HOOK, 'default_destinations: [hok]\n'), expect.stringContaining('names no destination')],
    [
      yaml(HOOK).replace('${file:key}', '${file:missing}'),
      expect.stringContaining('the file missing cannot be read'),
    ],
    [yaml(HOOK).replace('["${file:key}"]', '[]'), undefined],
  ] as const) {
    before = lines.length;
    await write('relay.yaml', text);
    const line = await lineAfter(before, REFUSED);
    if (mistake) expect(line).toMatchObject({ code: 'config_invalid', mistakes: [mistake] });
    else expect(line).toMatchObject({ code: 'authentication_missing' });
    expect((await post(NEW_KEY)).status).toBe(415);
    expect(await gauge('xdr_relay_config_refused')).toBe(1);
  }
  expect((await fetch(`${relay.monitoring}/readyz`)).status).toBe(200);
  const documents = createAzureStateDocuments(
    BlobServiceClient.fromConnectionString(azurite.connectionString),
    'xdr-relay-state',
  );
  const refused = () => refusedConfigs(documents, Date.now());
  while (!(await refused())[0]?.message.includes('has no key')) await delay(20);
  before = lines.length;
  await write('relay.yaml', yaml(HOOK));
  await lineAfter(before, 'relay.yaml is correct again');
  // /metrics keeps an answer for a second.
  await vi.waitFor(async () => expect(await gauge('xdr_relay_config_refused')).toBe(0), 30_000);
  while ((await refused()).length > 0) await delay(20);

  // Rules for a destination that is not there yet; then the destination; then it goes, first in relay.yaml, then in the rules.
  before = lines.length;
  await write('transforms/DeviceEvents.yaml', 'table: DeviceEvents\nroutes: [{ to: other }]\n');
  await lineAfter(before, 'New rules were refused');
  before = lines.length;
  await write('relay.yaml', yaml(HOOK + OTHER));
  expect(await lineAfter(before, IN_FORCE)).toMatchObject({ changed: ['destinations.other'] });
  await lineAfter(before, 'The rules are correct again');
  before = lines.length;
  await write('relay.yaml', yaml(HOOK));
  expect(await lineAfter(before, REFUSED)).toMatchObject({ code: 'rules_invalid' });
  await write('transforms/DeviceEvents.yaml', 'table: DeviceEvents\n');
  expect(await lineAfter(before, IN_FORCE)).toMatchObject({
    reason: 'rules changed',
    changed: ['destinations.other'],
  });

  // What needs a restart, beside what does not.
  before = lines.length;
  await write('relay.yaml', yaml(HOOK, 'queue: { name: another }\nlog: { level: debug }\n'));
  expect(await lineAfter(before, 'need a restart')).toMatchObject({ needs_restart: ['queue.name'] });
  expect(await lineAfter(before, IN_FORCE)).toMatchObject({ changed: ['log.level'] });
  expect(await gauge('xdr_relay_config_restart_needed')).toBe(1);
  await write('relay.yaml', yaml(HOOK, 'log: { level: debug }\n'));
  while ((await gauge('xdr_relay_config_restart_needed')) !== 0) await delay(50);

  before = lines.length;
  relay.child.signal('SIGHUP');
  await lineAfter(before, 'SIGHUP: reading relay.yaml, its secrets and the rules again');
  await lineAfter(before, 'relay.yaml was read again: nothing has changed');

  expect(await relay.stop()).toBe(0);
  const all = lines.join('\n');
  for (const secret of [OLD_KEY, NEW_KEY, SECRET]) expect(all).not.toContain(secret);
});

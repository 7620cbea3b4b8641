/** `serve` that finds broken rules: at its first start, at a later one, while it runs; on a real queue and real blobs. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const KEY = 'a-key-that-is-long-enough';
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
const GOOD = 'table: DeviceEvents\ntransform:\n  - remove: [ReportId]\nroutes:\n  - to: out\n';
const BETTER = 'table: DeviceEvents\ntransform:\n  - remove: [DeviceId]\nroutes:\n  - to: out\n';
const BROKEN = 'table: DeviceEvents\ntransform:\n  - remove: [NoSuchColumn]\n';

let azurite: Azurite;
let folder: string;
let running: ServeProcess | undefined;
let tests = 0;

beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(() => azurite.stop());
beforeEach(async () => {
  tests += 1;
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-last-good-'));
});
afterEach(async () => {
  await running?.stop('SIGKILL');
  running = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Each test has a state of its own. */
async function configure(destination = 'out'): Promise<string> {
  return await writeConfig(
    folder,
    `storage:
  connection_string: \${STORAGE}
  state_container: state-${tests}
queue: { name: tasks-${tests} }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 1s, poll_max: 1s }
destinations: { ${destination}: { type: file, path: ${join(folder, 'out.jsonl')} } }
default_destinations: [${destination}]
`,
  );
}

const rule = (text: string) => writeFile(join(folder, 'transforms', 'DeviceEvents.yaml'), text);

async function start(
  configFile: string,
  { args = [], until = '/readyz' }: { args?: readonly string[]; until?: '/readyz' | '/healthz' } = {},
): Promise<ServeProcess> {
  const env = { STORAGE: azurite.connectionString, KEY };
  running = await startServe({ configFile, env, args, until });
  return running;
}

/** What `/metrics` says of the rules. */
async function figures({ monitoring }: ServeProcess) {
  const text = await (await fetch(`${monitoring}/metrics`)).text();
  return {
    refused: /^xdr_relay_rules_refused (\d)$/m.exec(text)?.[1],
    version: /^xdr_relay_rules_info\{version="(\w+)"\} 1$/m.exec(text)?.[1],
  };
}

/** Writes a row and tells the relay of it; gives the row as it arrives. */
async function passRow({ url }: ServeProcess, n: number): Promise<Record<string, unknown>> {
  const name = `tenantId=t/y=2026/m=11/d=23/h=07/m=00/${tests}-${n}.json`;
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    CONTAINER,
  );
  await container.createIfNotExists();
  const properties = { DeviceId: 'd', ReportId: 7, AccountName: `row ${tests}-${n}` };
  const text = `${JSON.stringify({ time: '2026-11-23T07:01:00Z', category: 'AdvancedHunting-DeviceEvents', properties })}\r\n`;
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  await blob.appendBlock(text, text.length);
  const event = {
    id: name,
    eventType: 'Microsoft.Storage.BlobCreated',
    subject: '',
    data: { url: blob.url },
    dataVersion: '',
    metadataVersion: '1',
    eventTime: '2026-11-23T07:01:00Z',
    topic: '/subscriptions/s',
  };
  const answer = await fetch(`${url}/events?code=${KEY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
    body: JSON.stringify([event]),
  });
  expect(answer.status).toBe(200);
  const arrived = async () => {
    const lines = (await readFile(join(folder, 'out.jsonl'), 'utf8').catch(() => '')).split('\n');
    return lines.find((line) => line.includes(`row ${tests}-${n}"`));
  };
  await expect.poll(arrived, { timeout: 60_000 }).toBeDefined();
  return JSON.parse((await arrived()) ?? '').event;
}

/** Waits for a line of its log, which may come later than what the line is about is to be seen. */
const logged = (relay: ServeProcess, text: string) =>
  expect.poll(() => relay.log(), { timeout: 60_000 }).toContain(text);

const isInForce = (version: string | undefined) => async () =>
  running && (await figures(running)).version !== version;

describe('broken rules', () => {
  it('at the very first start end it, with all mistakes', async () => {
    const config = await configure();
    await rule(BROKEN);
    await expect(start(config)).rejects.toThrow(
      /DeviceEvents\.yaml:3:14: error: DeviceEvents has no column "NoSuchColumn"/,
    );
  });

  it('at a later start leave the last good ones in force, until they are mended', async () => {
    const config = await configure();
    await rule(GOOD);
    let relay = await start(config);
    const { version, refused } = await figures(relay);
    expect(refused).toBe('0');
    expect(await passRow(relay, 1)).not.toHaveProperty('ReportId');
    expect(await relay.stop()).toBe(0);

    await rule(BROKEN);
    relay = await start(config);
    await logged(relay, 'New rules were refused; the old ones stay in force');
    await logged(relay, 'NoSuchColumn');
    expect(await figures(relay)).toEqual({ refused: '1', version });
    const event = await passRow(relay, 2);
    expect(event).toHaveProperty('DeviceId');
    expect(event).not.toHaveProperty('ReportId');

    await rule(BETTER);
    await expect.poll(isInForce(version), { timeout: 60_000 }).toBe(true);
    await logged(relay, 'The rules are correct again');
    expect((await figures(relay)).refused).toBe('0');
    expect(await passRow(relay, 3)).not.toHaveProperty('DeviceId');

    // Broken and mended while it runs; what is kept is the better set.
    await rule(BROKEN);
    await expect.poll(async () => (await figures(relay)).refused, { timeout: 60_000 }).toBe('1');
    expect(await passRow(relay, 4)).not.toHaveProperty('DeviceId');
    expect(await relay.stop()).toBe(0);
    relay = await start(config);
    expect(await passRow(relay, 5)).not.toHaveProperty('DeviceId');
  });

  it('with --strict-rules end the start although there are good ones', async () => {
    const config = await configure();
    await rule(GOOD);
    await (await start(config)).stop();
    await rule(BROKEN);
    await expect(start(config, { args: ['--strict-rules'] })).rejects.toThrow(/NoSuchColumn/);
  });

  it('and last good ones that load no longer hold the consumer, not the endpoint, until one is mended', async () => {
    const before = await configure();
    await rule(GOOD);
    await (await start(before)).stop();
    // The last good rules route to a destination that is gone.
    const config = await configure('other');
    await rule(BROKEN);
    const relay = await start(config, { until: '/healthz' });
    await logged(relay, 'The start waits for rules that can be used');
    const ready = await fetch(`${relay.monitoring}/readyz`);
    expect(ready.status).toBe(503);
    const body = await ready.text();
    expect(body).toContain('NoSuchColumn');
    expect(body).toContain('names no destination');
    expect(await figures(relay)).toEqual({ refused: '1', version: undefined });

    const passing = passRow(relay, 1);
    await rule(BETTER.replace('to: out', 'to: other'));
    expect(await passing).not.toHaveProperty('DeviceId');
    expect((await fetch(`${relay.monitoring}/readyz`)).status).toBe(200);
    expect((await figures(relay)).refused).toBe('0');
  });

  it('that are gone without a file left leave the last good ones in force, while it runs and at a start', async () => {
    const config = await configure();
    // Before there were ever rules, there may be none.
    let relay = await start(config);
    await logged(relay, 'There are no rule files');
    const none = await figures(relay);
    expect(none.refused).toBe('0');
    await rule(GOOD);
    await expect.poll(isInForce(none.version), { timeout: 60_000 }).toBe(true);
    const { version } = await figures(relay);

    await rm(join(folder, 'transforms', 'DeviceEvents.yaml'));
    await expect.poll(async () => (await figures(relay)).refused, { timeout: 60_000 }).toBe('1');
    await logged(relay, 'rules_emptied');
    expect(await passRow(relay, 1)).not.toHaveProperty('ReportId');
    expect(await relay.stop()).toBe(0);
    relay = await start(config);
    expect(await figures(relay)).toEqual({ refused: '1', version });
    expect(await passRow(relay, 2)).not.toHaveProperty('ReportId');
  });

  it('that cannot be read as text leave the last good ones in force too', async () => {
    const config = await configure();
    await rule(GOOD);
    await (await start(config)).stop();
    await writeFile(join(folder, 'transforms', 'DeviceEvents.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    const relay = await start(config);
    expect((await figures(relay)).refused).toBe('1');
    expect(await passRow(relay, 1)).not.toHaveProperty('ReportId');
    await rm(join(folder, 'transforms'), { recursive: true });
    expect(await relay.stop()).toBe(0);
    await start(config);
  });
});

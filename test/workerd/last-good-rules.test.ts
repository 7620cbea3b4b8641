/** A Worker that finds broken rules when an isolate starts: in its bundle, in a container; and what it does when they are mended. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rules as bundled } from 'xdr-relay-files';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import type { StoredFile } from '../../src/databases/stored-file.ts';
import { loadLastGood } from '../../src/relay/rule-sets/last-good.ts';
import { liveRulesRecords } from '../../src/relay/rule-sets/records.ts';
import { KEY, type RelayOptions, rows, startRelay } from './relay.ts';

const BROKEN = 'table: DeviceEvents\ntransform:\n  - remove: [NoSuchColumn]\n';
const good = (column: string) => `table: DeviceEvents\ntransform:\n  - remove: [${column}]\n`;

type Relay = Awaited<ReturnType<typeof startRelay>>;
const open: Relay[] = [];
const whole = [...bundled];

afterEach(async () => {
  vi.restoreAllMocks();
  (bundled as StoredFile[]).splice(0, bundled.length, ...whole);
  for (const relay of open.splice(0)) await relay.close();
});

async function start(options?: RelayOptions) {
  vi.spyOn(console, 'error').mockReturnValue();
  const relay = await startRelay(options);
  open.push(relay);
  const documents = createAzureStateDocuments(relay.service, relay.stateContainer);
  let visits = 0;
  let isolates = 0;
  return {
    relay,
    documents,
    told: async () => (await liveRulesRecords(documents, Date.now()))[0],
    /** What the isolate's `/metrics` says. */
    async refused(): Promise<string | undefined> {
      const text = await (await relay.fetch(`/metrics?code=${KEY}`)).text();
      return /^xdr_relay_rules_refused (\d)$/m.exec(text)?.[1];
    },
    ready: () => relay.fetch(`/readyz?code=${KEY}`),
    /** What is kept from one invocation to the next is lost, as with a new isolate. */
    restart(variables: Readonly<Record<string, string>> = {}) {
      isolates += 1;
      Object.assign(relay.env, { ISOLATE: String(isolates), ...variables });
    },
    /** One more row, and a visit once it is time to look at the rules again; tells how many different rows the webhook has got by then. */
    async visit(): Promise<number> {
      await relay.append(rows(visits, visits + 1));
      visits += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      relay.clock.advance(400_000);
      await relay.notify();
      await relay.work();
      return new Set((await relay.hook.state()).arrived).size;
    },
  };
}

describe('rules of a container', () => {
  it('that are broken when an isolate starts leave the last good ones in force, until they are mended', async () => {
    const name = `rules-${crypto.randomUUID().slice(0, 8)}`;
    const { relay, documents, told, refused, restart, visit } = await start({
      yaml: `transforms_container: ${name}\ntransforms_poll: 1s\n`,
    });
    const container = relay.service.getContainerClient(name);
    await container.createIfNotExists();
    const put = (text: string) => container.getBlockBlobClient('DeviceEvents.yaml').upload(text, text.length);

    // None were ever good: rows wait.
    await put(BROKEN);
    expect(await visit()).toBe(0);
    expect(await refused()).toBe('1');

    await put(good('ReportId'));
    expect(await visit()).toBe(2);
    const first = await told();
    expect(first).toMatchObject({ version: expect.any(String) });
    expect((await loadLastGood(documents))?.files).toEqual([
      { path: 'DeviceEvents.yaml', text: good('ReportId'), modified: expect.any(Number) },
    ]);

    await put(BROKEN);
    restart();
    expect(await visit()).toBe(3);
    expect(await told()).toMatchObject({
      version: first?.version,
      kept: expect.any(Number),
      refused: { errors: [{ line: 3, column: 14 }] },
    });
    expect(await refused()).toBe('1');

    await put(good('DeviceId'));
    expect(await visit()).toBe(4);
    const mended = await told();
    expect(mended?.version).not.toBe(first?.version);
    expect(mended).not.toHaveProperty('refused');
    expect(await refused()).toBe('0');
    expect((await loadLastGood(documents))?.version).toBe(mended?.version);
  });

  it('that is emptied, or deleted, leaves the rules in force, in this isolate and in the next one', async () => {
    const name = `rules-${crypto.randomUUID().slice(0, 8)}`;
    const { relay, told, refused, restart, visit } = await start({
      yaml: `transforms_container: ${name}\ntransforms_poll: 1s\n`,
    });
    const container = relay.service.getContainerClient(name);
    await container.createIfNotExists();
    const blob = container.getBlockBlobClient('DeviceEvents.yaml');
    const text = good('ReportId');
    await blob.upload(text, text.length);
    expect(await visit()).toBe(1);
    const version = (await told())?.version;

    await blob.delete();
    expect(await visit()).toBe(2);
    expect(await told()).toMatchObject({ version, refused: { errors: [{ code: 'rules_emptied' }] } });
    expect(await refused()).toBe('1');
    restart();
    expect(await visit()).toBe(3);
    expect(await told()).toMatchObject({ version, kept: expect.any(Number) });

    await container.delete();
    restart();
    expect(await visit()).toBe(4);
    const unreadable = { errors: [{ code: 'rules_container_unreadable' }] };
    expect(await told()).toMatchObject({ version, kept: expect.any(Number), refused: unreadable });
    expect(await refused()).toBe('1');
  });
});

describe('rules of the bundle', () => {
  it('that are broken leave the last good ones in force, unless rules are strict', async () => {
    const { told, ready, refused, restart, visit } = await start();
    expect(await visit()).toBe(1);
    const version = (await told())?.version;

    (bundled as StoredFile[]).push({ path: 'DeviceLogonEvents.yaml', text: BROKEN });
    restart();
    expect(await visit()).toBe(2);
    expect(await told()).toMatchObject({
      version,
      kept: expect.any(Number),
      refused: { total: expect.any(Number) },
    });
    expect(await refused()).toBe('1');

    expect((await ready()).status).toBe(200);

    restart({ XDR_RELAY_STRICT_RULES: 'on' });
    expect(await visit()).toBe(2);
    expect(await told()).toMatchObject({ refused: { withoutRules: true } });
    expect((await ready()).status).toBe(503);

    restart({ XDR_RELAY_STRICT_RULES: 'off' });
    expect(await visit()).toBe(4);
  });

  it('and last good ones that load no longer let no row pass, until there are better ones', async () => {
    const { relay, ready, told, restart, visit } = await start();
    (bundled as StoredFile[]).splice(0, bundled.length, {
      path: 'DeviceEvents.yaml',
      text: 'table: DeviceEvents\nroutes:\n  - to: hook\n',
    });
    expect(await visit()).toBe(1);

    (bundled as StoredFile[]).splice(0, bundled.length, { path: 'DeviceEvents.yaml', text: BROKEN });
    const yaml = String(Reflect.get(relay.env, 'XDR_RELAY_YAML')).replace(/\bhook\b/g, 'soar');
    restart({ XDR_RELAY_YAML: yaml });
    expect(await visit()).toBe(1);
    expect(await told()).toMatchObject({ refused: { lastGood: expect.stringContaining('no destination') } });
    const answer = await ready();
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/no column.*NoSuchColumn.*names no destination/);

    (bundled as StoredFile[]).splice(0, bundled.length, ...whole);
    restart();
    // To the webhook under its new name, and none is left out.
    expect(await visit()).toBe(3);
    expect(await told()).not.toHaveProperty('refused');
    expect((await ready()).status).toBe(200);
  });
});

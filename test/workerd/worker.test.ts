import { afterEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { createAzureQueue } from '../../src/queue/azure.ts';
import { tokenTenant } from '../support/event-grid-token.ts';
import { queueService } from './azure.ts';
import { KEY, type RelayOptions, rows, startRelay } from './relay.ts';

type Relay = Awaited<ReturnType<typeof startRelay>>;
const open: Relay[] = [];

async function start(options?: RelayOptions): Promise<Relay> {
  const relay = await startRelay(options);
  open.push(relay);
  return relay;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const relay of open.splice(0)) await relay.close();
});

/** Events that arrived, and how many different ones. */
async function arrived({ hec, hook }: Relay) {
  const [one, two] = [(await hec.state()).arrived, (await hook.state()).arrived];
  return { splunk: [one.length, new Set(one).size], hook: [two.length, new Set(two).size] };
}

describe('the queue handler', () => {
  it('relays what a notification tells of, and follows the blob while it grows', async () => {
    const relay = await start();
    await relay.append(rows(0, 300) + rows(300, 310, { ActionType: 'Noise' }));
    expect((await relay.notify()).status).toBe(200);
    expect(await relay.work()).toBe(1);
    expect(await arrived(relay)).toEqual({ splunk: [300, 300], hook: [300, 300] });

    await relay.append(rows(310, 400));
    relay.clock.advance(1_500);
    expect(await relay.work()).toBe(1);
    expect(await arrived(relay)).toEqual({ splunk: [390, 390], hook: [390, 390] });
  });

  it('reads a blob far beyond one invocation in many, each row once', async () => {
    const relay = await start({ variables: { XDR_RELAY_INVOCATION_BYTES: '100000' } });
    const text = rows(0, 6_000, { pad: 'x'.repeat(300) });
    await relay.append(text);
    await relay.notify();
    const invocations = await relay.work();
    expect(invocations).toBeGreaterThan(10);
    expect(await arrived(relay)).toEqual({ splunk: [6000, 6000], hook: [6000, 6000] });
  });

  it('stays within the subrequests it is granted', async () => {
    const granted = 80;
    const relay = await start({ variables: { XDR_RELAY_SUBREQUESTS: String(granted) }, items: 10 });
    await relay.append(rows(0, 600));
    await relay.notify();
    const fetched = vi.spyOn(globalThis, 'fetch');
    let invocations = 0;
    for (; invocations < 50; invocations++) {
      const messages = relay.tasks.deliver(1);
      if (messages.length === 0) break;
      const before = fetched.mock.calls.length + relay.tasks.calls;
      await relay.queue(messages);
      expect(fetched.mock.calls.length + relay.tasks.calls - before).toBeLessThanOrEqual(granted);
    }
    expect(invocations).toBeGreaterThan(2);
    const { splunk, hook } = await arrived(relay);
    expect([splunk[1], hook[1]]).toEqual([600, 600]);
  });

  it('lets a destination that is down go its own way, and tells the other invocations', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const down = Array.from({ length: 40 }, () => ({ status: 503 }));
    const relay = await start({ script: { kind: 'first', faults: down } });
    await relay.append(rows(0, 100));
    await relay.notify();
    await relay.work();
    expect((await arrived(relay)).hook).toEqual([100, 100]);
    expect((await arrived(relay)).splunk).toEqual([0, 0]);
    const document = relay.service.getContainerClient(relay.container.replace(/^logs-(\w+)-.*/, 'state-$1'));
    expect(await document.getBlobClient('documents/breakers/splunk.json').exists()).toBe(true);
  });

  it('isolates a row that fails alone, and nobody waits for it', async () => {
    const relay = await start({
      hookScript: { kind: 'containing', text: "' OR 1=1", fault: { status: 403, body: '<html>no</html>' } },
    });
    await relay.append(
      rows(0, 50) + rows(50, 51, { ProcessCommandLine: "sqlcmd where n='' OR 1=1" }) + rows(51, 100),
    );
    await relay.notify();
    await relay.work();
    expect(await arrived(relay)).toEqual({ splunk: [100, 100], hook: [99, 99] });
    const letters = relay.service.getContainerClient(relay.deadLetterContainer);
    const names: string[] = [];
    for await (const { name } of letters.listBlobsFlat()) names.push(name);
    expect(names).toEqual([expect.stringMatching(/^_isolating\/hook\/[0-9a-f]{64}\.json$/)]);
    // The cron trigger looks after it; its first retry is not due yet.
    await relay.scheduled();
    expect((await relay.hook.state()).arrived).toHaveLength(99);
  });

  it('poisons what is no task', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const relay = await start();
    await relay.tasks.sendBatch([{ body: 'nonsense', contentType: 'text' }]);
    expect(await relay.work()).toBe(1);
    expect(relay.tasks.bodies).toEqual([]);
    expect(JSON.parse(relay.poison.bodies[0] ?? '')).toMatchObject({ body: 'nonsense', dequeueCount: 1 });
  });

  it('takes tokens of Entra ID in place of a key', async () => {
    const tenant = await tokenTenant(inject('entra'));
    const relay = await start();
    const yaml = String(Reflect.get(relay.env, 'XDR_RELAY_YAML'));
    Reflect.set(relay.env, 'XDR_RELAY_YAML', yaml.replace(/^server:.*$/m, `server: { ${tenant.entra} }`));
    const send = async (headers: Record<string, string>) => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '[]',
      };
      return (await relay.fetch('/events', init)).status;
    };
    expect(await send({ authorization: `Bearer ${await tenant.sign()}` })).toBe(200);
    expect(await send({ authorization: `Bearer ${await tenant.sign({ roles: [] })}` })).toBe(403);
    expect(await send({ 'aeg-sas-key': 'a-key-that-is-long-enough' })).toBe(401);
  });

  it('takes secrets of Key Vault, asks again for those that may have changed, and keeps them while the vault is away', async () => {
    const relay = await start({
      variables: {
        AZURE_TENANT_ID: 'tenant',
        AZURE_CLIENT_ID: 'client',
        AZURE_CLIENT_SECRET: 'a-client-secret',
      },
    });
    const yaml = String(Reflect.get(relay.env, 'XDR_RELAY_YAML'));
    const vaultLines = 'key_vault: https://contoso.vault.azure.net\nkey_vault_refresh: 1m\n';
    const inVault = 'server: { keys: ["$' + '{keyvault:endpoint-key}"] }';
    Reflect.set(relay.env, 'XDR_RELAY_YAML', vaultLines + yaml.replace(/^server:.*$/m, inVault));
    let answer = () => Response.json({ value: 'the-first-key-of-the-vault' });
    const asked: string[] = [];
    const real = globalThis.fetch;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const { hostname, pathname } = new URL(input instanceof Request ? input.url : String(input));
      if (hostname === 'login.microsoftonline.com') {
        asked.push(String(new URLSearchParams(String(init?.body)).get('scope')));
        return Response.json({ access_token: 'a-token', expires_in: 3600 });
      }
      if (hostname !== 'contoso.vault.azure.net') return real(input, init);
      asked.push(`${pathname} ${new Headers(init?.headers).get('authorization')}`);
      return answer();
    });
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const send = async (key: string) => {
      const headers = { 'content-type': 'application/json' };
      return (await relay.fetch(`/events?code=${key}`, { method: 'POST', headers, body: '[]' })).status;
    };
    const later = () => vi.setSystemTime(Date.now() + 70_000);

    expect(await send('the-first-key-of-the-vault')).toBe(200);
    expect(await send('another-key-of-the-vault')).toBe(401);
    expect(asked).toEqual(['https://vault.azure.net/.default', '/secrets/endpoint-key Bearer a-token']);
    answer = () => Response.json({ value: 'another-key-of-the-vault' });
    later();
    expect(await send('another-key-of-the-vault')).toBe(200);
    answer = () => Response.json({ error: { code: 'SecretNotFound' } }, { status: 404 });
    vi.spyOn(console, 'warn').mockReturnValue();
    later();
    expect(await send('another-key-of-the-vault')).toBe(200);
    expect(await send('the-first-key-of-the-vault')).toBe(401);
    expect(asked).toHaveLength(4);
  });

  it('gives a batch back when the relay is not configured', async () => {
    const relay = await start({ variables: { XDR_RELAY_YAML: 'destinations: {}' } });
    vi.spyOn(console, 'error').mockReturnValue();
    await relay.tasks.sendBatch([{ body: '{}', contentType: 'text' }]);
    await relay.queue(relay.tasks.deliver(1));
    expect(relay.tasks.bodies).toEqual(['{}']);
    expect(relay.tasks.deliver(1)).toEqual([]);
    relay.clock.advance(300_000);
    expect(relay.tasks.deliver(1)).toHaveLength(1);
    expect((await relay.fetch('/healthz')).status).toBe(503);
  });

  it('refuses destinations that need files or connections of its own, and says what to use', async () => {
    const entries = {
      bus: '{ type: kafka, brokers: ["kafka.contoso.example:9093"], topic: defender }',
      archive: '{ type: file, path: out.jsonl }',
    };
    const said = vi.spyOn(console, 'error').mockReturnValue();
    for (const [name, entry] of Object.entries(entries)) {
      const relay = await start();
      const yaml = String(Reflect.get(relay.env, 'XDR_RELAY_YAML'));
      const changed = yaml.replace(/^destinations:.*$/m, (line) => `${line}\n  ${name}: ${entry}`);
      const other = await start({ variables: { XDR_RELAY_YAML: changed } });
      expect((await other.fetch('/healthz')).status).toBe(503);
    }
    const all = JSON.stringify(said.mock.calls);
    expect(all).toContain(
      'destinations.bus: a Worker cannot open the connections that `type: kafka` needs: run the relay on Node, or send to a webhook',
    );
    expect(all).toContain('destinations.archive: a Worker has no files to write to');
  });

  it('gives a batch back when a send to the queue fails', async () => {
    const relay = await start();
    await relay.append(rows(0, 10));
    await relay.notify();
    const messages = relay.tasks.deliver(1);
    vi.spyOn(relay.tasks, 'sendBatch').mockRejectedValue(new Error('Too Many Requests'));
    await relay.queue(messages);
    expect(relay.tasks.bodies).toHaveLength(1);
  });
});

describe('the fetch handler', () => {
  it('takes an event once its task is on the queue, with a key', async () => {
    const relay = await start();
    expect((await relay.fetch('/events', { method: 'POST', body: '[]' })).status).toBe(401);
    expect((await relay.notify()).status).toBe(200);
    expect(relay.tasks.bodies.map((body) => JSON.parse(body).blob.container)).toEqual([relay.container]);
  });

  it('takes a batch of 1,000 events in few calls', async () => {
    const relay = await start();
    const events = Array.from({ length: 1000 }, (_, n) => relay.notification(`tenantId=t/${n}.json`));
    const reply = await relay.fetch(`/events?code=${KEY}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    expect(await reply.json()).toEqual({ queued: 1000, ignored: 0 });
    expect(relay.tasks.calls).toBeLessThan(40);
  });

  it('says whether it is ready, and shows figures, to those with a key', async () => {
    const relay = await start();
    const headers = { authorization: `Bearer ${KEY}` };
    const ready = await relay.fetch('/readyz', { headers });
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ready' }]);
    const figures = await relay.fetch('/metrics', { headers });
    expect(await figures.text()).toContain('# TYPE xdr_relay_rows_total counter');
    expect((await relay.fetch('/healthz')).status).toBe(200);
    for (const path of ['/readyz', '/metrics']) expect((await relay.fetch(path)).status).toBe(401);
  });

  it('has keys of its own for those who watch, if relay.yaml names some', async () => {
    const own = 'a-key-of-those-who-watch';
    const relay = await start({ yaml: `monitoring: { keys: ["\${WATCH}"] }`, variables: { WATCH: own } });
    const statusWith = async (key: string) =>
      (await relay.fetch('/metrics', { headers: { authorization: `Bearer ${key}` } })).status;
    expect([await statusWith(own), await statusWith(KEY)]).toEqual([200, 401]);
  });
});

/** So many milliseconds later, by the machine's clock and by the storage account's, which the Worker follows. */
function moveTime(ms: number): void {
  const { fetch } = globalThis;
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
    const reply = await fetch(...request);
    const headers = new Headers(reply.headers);
    const served = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(served)) headers.set('date', new Date(served + ms).toUTCString());
    return new Response(reply.body, { status: reply.status, headers });
  });
}

describe('the cron trigger', () => {
  it('finds blobs that no notification told of', async () => {
    const relay = await start();
    const now = Date.UTC(2026, 10, 23, 7, 30);
    await relay.append(rows(0, 10));
    moveTime(120_000);
    await relay.scheduled(now);
    vi.restoreAllMocks();
    expect(relay.tasks.bodies.map((body) => JSON.parse(body).origin)).toEqual(['sweep']);
    await relay.work();
    expect(await arrived(relay)).toEqual({ splunk: [10, 10], hook: [10, 10] });
  });

  it('works on the Storage Queue where that holds the tasks', async () => {
    const relay = await start({ variables: { XDR_RELAY_QUEUE: 'azure', XDR_RELAY_DRAIN_SECONDS: '3' } });
    const queue = createAzureQueue(queueService(), relay.queueName);
    await queue.ensure();
    await relay.append(rows(0, 50));
    await queue.send(JSON.stringify([relay.notification()]));
    await relay.scheduled();
    expect(await arrived(relay)).toEqual({ splunk: [50, 50], hook: [50, 50] });
    expect(relay.tasks.bodies).toEqual([]);
    expect((await queue.depth()).ready).toBe(1);
  });

  it('moves what Event Grid wrote to the Storage Queue to the queue of the tasks', async () => {
    const relay = await start({ variables: { XDR_RELAY_QUEUE: 'forward' } });
    const queue = createAzureQueue(queueService(), relay.queueName);
    await queue.ensure();
    await relay.append(rows(0, 50));
    for (let n = 0; n < 40; n++) await queue.send(JSON.stringify([relay.notification()]));
    await relay.scheduled();
    expect(await queue.depth()).toEqual({ ready: 0, poison: 0 });
    expect(relay.tasks.bodies).toHaveLength(40);
    await relay.work();
    expect(await arrived(relay)).toEqual({ splunk: [50, 50], hook: [50, 50] });
  });
});

describe('rules', () => {
  it('come from a container where relay.yaml says so, and change without a deployment', async () => {
    const relay = await start({ yaml: 'transforms_container: xdr-relay-rules\ntransforms_poll: 1s\n' });
    const container = relay.service.getContainerClient('xdr-relay-rules');
    await container.createIfNotExists();
    const put = (values: string) => {
      const text = `table: DeviceEvents
filter:
  - title: some
    detection: { some: { ActionType: ${values} }, condition: some }
`;
      return container.getBlockBlobClient('DeviceEvents.yaml').upload(text, text.length);
    };
    await put('[A]');
    await relay.append(rows(0, 10) + rows(10, 20, { ActionType: 'B' }));
    await relay.notify();
    await relay.work();
    expect((await arrived(relay)).splunk).toEqual([10, 10]);

    await put('[B]');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await relay.append(rows(20, 30) + rows(30, 50, { ActionType: 'B' }));
    relay.clock.advance(1_500);
    await relay.work();
    expect((await arrived(relay)).splunk).toEqual([20, 20]);
  });
});

describe('several sources', () => {
  it('are swept each by itself: one that nobody answers for holds up none', async () => {
    const relay = await start({ twoSources: true });
    await relay.append(rows(0, 20));
    // Not even told of: the sweep finds it.
    moveTime(120_000);
    vi.spyOn(console, 'warn').mockReturnValue();
    await relay.scheduled(Date.UTC(2026, 10, 23, 7, 30));
    vi.restoreAllMocks();
    await relay.work();
    expect((await arrived(relay)).hook).toEqual([20, 20]);
    const state = relay.service.getContainerClient(relay.container.replace(/^logs-(\w+)-.*/, 'state-$1'));
    const keys: string[] = [];
    for await (const { name } of state.listBlobsFlat({ prefix: 'checkpoints/' })) keys.push(name);
    expect(keys).toEqual([expect.stringMatching(`^checkpoints/@contoso/${relay.container}/`)]);
  });
});

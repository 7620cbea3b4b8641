import { inject } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { CloudflareBroker } from '../../lab/memory/cloudflare-broker.ts';
import worker from '../../src/hosts/worker/main.ts';
import type { DeliveredMessage } from '../../src/queue/cloudflare.ts';
import type { ReceiverOrder, ReceiverState } from '../support/receiver-server.ts';
import { blobAccount } from './azure.ts';

export const KEY = 'event-grid-key-0123456789';
const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const HOUR = 'tenantId=t/y=2026/m=11/d=23/h=07/m=00';

/** A receiver outside of workerd. */
export interface RemoteReceiver {
  readonly url: string;
  state(): Promise<ReceiverState>;
  close(): Promise<void>;
}

/** What a relay.yaml of these tests is made of. */
export interface RelayOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** Two sources: this account, and one that nobody answers for; the state beside them. */
  readonly twoSources?: true;
  /** Further lines of relay.yaml. */
  readonly yaml?: string;
  /** Further lines of its `storage`. */
  readonly storage?: string;
  /** What Splunk's receiver does, and what the webhook's does. */
  readonly script?: ReceiverOrder['script'];
  readonly hookScript?: ReceiverOrder['script'];
  /** Items in a batch. */
  readonly items?: number;
}

/**
 * The Worker's handlers with containers and receivers of their own. Queues are stand-ins whose clock the test moves; the
 * end-to-end test has wrangler's.
 */
export async function startRelay(options: RelayOptions = {}) {
  const { service, account } = blobAccount();
  const id = crypto.randomUUID().slice(0, 8);
  const container = `logs-${id}-deviceevents`;
  await service.getContainerClient(container).createIfNotExists();
  const hec = await startReceiver({
    kind: 'splunk_hec',
    secret: TOKEN,
    ...(options.script && { script: options.script }),
  });
  const hook = await startReceiver({
    kind: 'webhook',
    secret: '',
    ...(options.hookScript && { script: options.hookScript }),
  });
  const clock = new FakeClock(Date.now());
  const tasks = new CloudflareBroker(clock);
  const poison = new CloudflareBroker(clock);
  const accounts = options.twoSources
    ? `
sources:
  - { name: contoso, connection_string: "\${STORAGE}", container_prefix: logs-${id}- }
  - { name: dead, connection_string: "\${DEAD}" }
state: { connection_string: "\${STORAGE}", container: state-${id}, dead_letter_container: letters-${id} }`
    : `
storage:
  connection_string: \${STORAGE}
  container_prefix: logs-${id}-
  state_container: state-${id}
  dead_letter_container: letters-${id}
${options.storage ?? ''}`;
  const batch = `batch: { items: ${options.items ?? 200} }`;
  const env = {
    TASKS: tasks,
    POISON: poison,
    STORAGE: inject('connectionString'),
    DEAD: 'DefaultEndpointsProtocol=http;AccountName=dead;AccountKey=ZGVhZA==;BlobEndpoint=http://127.0.0.1:9/dead;',
    KEY,
    TOKEN,
    XDR_RELAY_LOG_LEVEL: 'error',
    XDR_RELAY_YAML: `
${accounts}
queue: { name: tasks-${id} }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 1s, poll_max: 1s }
delivery: { retry_for: 1s, retry_min: 50ms, retry_max: 100ms }
destinations:
  splunk: { type: splunk_hec, url: "${hec.url}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8], ${batch} }
  hook: { type: webhook, url: "${hook.url}", allow_networks: [127.0.0.0/8], ${batch} }
default_destinations: [splunk, hook]
${options.yaml ?? ''}`,
    ...options.variables,
  } as unknown as Env;

  const background: Promise<unknown>[] = [];
  const context = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException() {},
  } as unknown as ExecutionContext;

  return {
    env,
    /** Resolves when what went on after the handlers had answered has ended. */
    settled: () => Promise.all(background.splice(0)),
    account,
    service,
    container,
    stateContainer: `state-${id}`,
    queueName: `tasks-${id}`,
    deadLetterContainer: `letters-${id}`,
    hec,
    hook,
    clock,
    tasks,
    poison,
    fetch: (path: string, init?: RequestInit): Promise<Response> =>
      worker.fetch(new Request(`https://relay.example${path}`, init) as never, env, context),
    scheduled: (time = Date.now()) =>
      worker.scheduled(
        { scheduledTime: time, cron: '* * * * *', noRetry() {} } as ScheduledController,
        env,
        context,
      ),
    /** Hands a batch to the queue handler; what it leaves unsettled is taken for done, as Cloudflare does. */
    async queue(messages: readonly DeliveredMessage[]): Promise<void> {
      const open = new Set(messages);
      const settling = messages.map((message) => ({
        ...message,
        ack() {
          open.delete(message);
          message.ack();
        },
        retry(retry?: { readonly delaySeconds?: number }) {
          open.delete(message);
          message.retry(retry);
        },
      }));
      const batch = {
        queue: 'xdr-relay',
        messages: settling,
        ackAll() {},
        retryAll(retry?: { readonly delaySeconds?: number }) {
          for (const message of [...open]) message.retry(retry);
          open.clear();
        },
      };
      await worker.queue(batch as never, env, context);
      for (const message of open) message.ack();
    },
    /** Works until nothing is due; tells how many invocations that took. */
    async work(most = 200): Promise<number> {
      for (let invocations = 0; invocations < most; invocations++) {
        const messages = tasks.deliver(2);
        if (messages.length === 0) return invocations;
        await this.queue(messages);
      }
      throw new Error(`still tasks after ${most} invocations`);
    },
    async append(text: string, name = `${HOUR}/PT1H.json`): Promise<void> {
      const blob = service.getContainerClient(container).getAppendBlobClient(name);
      await blob.createIfNotExists();
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 1_000_000) {
        const piece = bytes.subarray(at, at + 1_000_000);
        await blob.appendBlock(piece, piece.length);
      }
    },
    notification(name = `${HOUR}/PT1H.json`) {
      return {
        id: crypto.randomUUID(),
        eventType: 'Microsoft.Storage.BlobCreated',
        subject: `/blobServices/default/containers/${container}/blobs/${name}`,
        eventTime: '2026-11-23T07:00:01Z',
        dataVersion: '',
        metadataVersion: '1',
        topic: `/subscriptions/x/resourceGroups/soc/providers/Microsoft.Storage/storageAccounts/${account}`,
        data: {
          api: 'PutBlob',
          blobType: 'AppendBlob',
          contentLength: 0,
          url: service.getContainerClient(container).getBlobClient(name).url,
        },
      };
    },
    notify(name?: string): Promise<Response> {
      return this.fetch(`/events?code=${KEY}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
        body: JSON.stringify([this.notification(name)]),
      });
    },
    async close() {
      await hec.close();
      await hook.close();
    },
  };
}

export async function startReceiver(order: ReceiverOrder): Promise<RemoteReceiver> {
  const id = await ask<string>('', { method: 'POST', body: JSON.stringify(order) });
  const { url } = await ask<ReceiverState>(id);
  return {
    url,
    state: () => ask(id),
    close: () => ask(id, { method: 'DELETE' }),
  };
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const reply = await fetch(`${inject('receivers')}/${path}`, init);
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json();
}

/** Defender rows `from` up to `to`, each with its line end. */
export function rows(from: number, to: number, more: Readonly<Record<string, unknown>> = {}): string {
  let text = '';
  for (let n = from; n < to; n++) {
    const properties = { Timestamp: '2026-11-23T07:00:00.1234567Z', ActionType: 'A', n, ...more };
    const row = {
      time: '2026-11-23T07:04:00Z',
      tenantId: 't',
      category: 'AdvancedHunting-DeviceEvents',
      properties,
    };
    text += `${JSON.stringify(row)}\r\n`;
  }
  return text;
}

import { inject } from 'vitest';
import type { Receiver } from '../../demo/receivers/server.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { fetchHttpClient, type HttpClientFactory } from '../../src/destinations/http.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { slackConfig } from '../../src/destinations/slack/config.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { webhookConfig } from '../../src/destinations/webhook/config.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { type Bench, type BenchOptions, destinationContract, PROTOCOLS } from '../destinations/contract.ts';
import { depsOf } from '../destinations/deps.ts';
import { fakeClock } from '../destinations/fake-clock.ts';
import { hecAcknowledgement } from '../destinations/hec-acknowledgement.ts';
import type { ReceiverOrder, ReceiverState } from '../support/receiver-server.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SLACK_PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
const LOOPBACK = { allow_networks: ['127.0.0.0/8'] };

const http: HttpClientFactory = (options) => fetchHttpClient((url, init) => fetch(url, init), options);

contract('splunk_hec', 'splunk_hec', (options) =>
  bench(options, 'splunk_hec', TOKEN, [TOKEN], (url, timeout, clock) =>
    createDestination(
      'splunk',
      splunkHecConfig.parse({ type: 'splunk_hec', url, token: TOKEN, ...LOOPBACK, ...timeout }),
      depsOf(http, clock),
    ),
  ),
);

contract('slack', 'slack', (options) =>
  bench(options, 'slack', '', [SLACK_PATH], (url, timeout, clock) => {
    const webhook_url = options.unreachable ? `${url}${SLACK_PATH}` : url;
    return createDestination(
      'soc-slack',
      slackConfig.parse({ type: 'slack', webhook_url, ...LOOPBACK, ...timeout }),
      depsOf(http, clock),
    );
  }),
);

for (const format of ['standard', 'cloudevents']) {
  contract(`webhook (${format})`, 'webhook', (options) =>
    bench(options, 'webhook', SECRET, ['header-secret', SECRET, 'query-secret'], (url, timeout, clock) => {
      const config = {
        type: 'webhook',
        url: `${url}?key=query-secret`,
        secrets: [SECRET],
        format,
        headers: { Authorization: 'Bearer header-secret' },
        ...LOOPBACK,
        ...timeout,
      };
      return createDestination('hook', webhookConfig.parse(config), depsOf(http, clock));
    }),
  );
}

hecAcknowledgement('in workerd', http, async (secret, balancing) => {
  const order: ReceiverOrder = { kind: 'hec_cluster', secret, balancing };
  const id = await ask<string>('', { method: 'POST', body: JSON.stringify(order) });
  const { url } = await ask<ReceiverState>(id);
  return {
    origin: url,
    indexed: async () => (await ask<ReceiverState>(id)).arrived,
    async close() {
      await ask(id, { method: 'DELETE' });
    },
  };
});

function contract(
  name: string,
  kind: keyof typeof PROTOCOLS,
  makeBench: (options: BenchOptions) => Promise<Bench>,
): void {
  destinationContract(`${name} in workerd`, makeBench, {
    protocol: PROTOCOLS[kind],
    closedPort: 'connection_lost',
  });
}

/** A destination here, and its receiver in the process that started workerd. */
async function bench(
  { script, unreachable, timeoutMs }: BenchOptions,
  kind: ReceiverOrder['kind'],
  secret: string,
  secrets: readonly string[],
  make: (url: string, timeout: { readonly timeout?: string }, clock: Clock) => Destination,
): Promise<Bench> {
  const order: ReceiverOrder = { kind: unreachable ? 'closed' : kind, secret, ...(script && { script }) };
  const id = await ask<string>('', { method: 'POST', body: JSON.stringify(order) });
  let state = await ask<ReceiverState>(id);
  const clock = fakeClock();
  const destination = make(state.url, timeoutMs === undefined ? {} : { timeout: `${timeoutMs}ms` }, clock);
  const receiver: Receiver = {
    origin: state.origin,
    port: Number(new URL(state.origin).port),
    get counts() {
      return state.counts;
    },
    async close() {
      await ask(id, { method: 'DELETE' });
    },
  };
  return {
    destination: {
      ...destination,
      async send(batch, signal) {
        try {
          await destination.send(batch, signal);
        } finally {
          state = await ask(id);
        }
      },
    },
    receiver,
    arrived: () => state.arrived,
    secrets,
    slept: clock.monotonic,
  };
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const reply = await fetch(`${inject('receivers')}/${path}`, init);
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json();
}

import { inject } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import type { Receiver } from '../../lab/receivers/server.ts';
import { fetchHttpClient, type HttpClientFactory } from '../../src/destinations/http.ts';
import { allCases, destinationOf, type NamedCase } from '../destinations/cases.ts';
import { depsOf } from '../destinations/deps.ts';
import { hecAcknowledgement } from '../destinations/hec-acknowledgement.ts';
import { messengerCases, messengerOf } from '../destinations/messenger-cases.ts';
import { registerDeliveryTests } from '../destinations/register-delivery-tests.ts';
import {
  type Bench,
  type BenchOptions,
  registerDestinationTests,
} from '../destinations/register-destination-tests.ts';
import { registerGroupedTests } from '../destinations/register-grouped-tests.ts';
import {
  type MessengerBench,
  type MessengerBenchOptions,
  registerMessengerTests,
} from '../destinations/register-messenger-tests.ts';
import type { ReceiverOrder, ReceiverState } from '../support/receiver-server.ts';
import { runsFactor } from '../support/runs.ts';

const http: HttpClientFactory = (options) => fetchHttpClient((url, init) => fetch(url, init), options);

const all = allCases();
const isFirst = (one: NamedCase) => all.find(({ type }) => type === one.type) === one;
/** Presets are destinations of their own. Other variants of a type differ in what they send, which Node's tests see: here they run in `npm run test:long`. */
const cases = all.filter((one) => one.type === 'http_preset' || isFirst(one) || runsFactor() > 1);

for (const one of cases) {
  registerDestinationTests(`${one.name} in workerd`, (options) => bench(options, one), {
    protocol: one.made.protocol,
    forPeople: one.forPeople,
    closedPort: 'connection_lost',
  });
  if (!one.forPeople) {
    registerGroupedTests(`${one.name} in workerd`, (options) => bench(options, one));
    // The search is the same for all variants of a type, and takes long here.
    if (isFirst(one))
      registerDeliveryTests(`${one.name} in workerd`, (options) => bench(options, one), one.made.protocol);
  }
}

for (const one of messengerCases()) {
  registerMessengerTests(`${one.name} in workerd`, (options) => messengerBench(options, one), {
    protocol: one.made.protocol,
    closedPort: 'connection_lost',
  });
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

/** A destination here, and its receiver in the process that started workerd. */
async function bench({ script, unreachable, timeoutMs }: BenchOptions, one: NamedCase): Promise<Bench> {
  const { secrets, receiverSecret: secret } = one.made;
  const kind = one.type;
  const { variant } = one.made;
  const order: ReceiverOrder = {
    kind: unreachable ? 'closed' : kind,
    secret,
    variant,
    ...(script && { script }),
  };
  const id = await ask<string>('', { method: 'POST', body: JSON.stringify(order) });
  let state = await ask<ReceiverState>(id);
  const clock = new FakeClock(Date.now(), { sleepPasses: true });
  const destination = destinationOf(one, state, timeoutMs, depsOf(http, clock));
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
    slept: () => clock.monotonic(),
  };
}

/** A messenger here, and its receiver in the process that started workerd. */
async function messengerBench(
  { script, unreachable, timeoutMs, pace }: MessengerBenchOptions,
  one: NamedCase,
): Promise<MessengerBench> {
  const { secrets, receiverSecret: secret } = one.made;
  const order: ReceiverOrder = {
    kind: unreachable ? 'closed' : one.type,
    secret,
    ...(script && { script }),
  };
  const id = await ask<string>('', { method: 'POST', body: JSON.stringify(order) });
  let state = await ask<ReceiverState>(id);
  const clock = new FakeClock(Date.now(), { sleepPasses: true });
  const messenger = messengerOf(one, state.origin, timeoutMs, {
    ...depsOf(http, clock),
    ...(pace && { pace }),
  });
  const thenLook = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } finally {
      state = await ask(id);
    }
  };
  return {
    messenger: {
      ...messenger,
      say: (...args) => thenLook(messenger.say(...args)),
      digest: (...args) => thenLook(messenger.digest(...args)),
    },
    receiver: {
      origin: state.origin,
      port: Number(new URL(state.origin).port),
      get counts() {
        return state.counts;
      },
      async close() {
        await ask(id, { method: 'DELETE' });
      },
    },
    arrived: async () => (await ask<ReceiverState>(id)).arrived,
    secrets,
  };
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const reply = await fetch(`${inject('receivers')}/${path}`, init);
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json();
}

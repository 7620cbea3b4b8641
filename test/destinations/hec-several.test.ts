import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import type { Fault } from '../../lab/receivers/server.ts';
import {
  type HecReceiver,
  type HecReceiverOptions,
  startHecReceiver,
} from '../../lab/receivers/splunk-hec.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { createEndpoints } from '../../src/destinations/endpoints.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { runs } from '../support/runs.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const signal = new AbortController().signal;

describe('splunk_hec with several addresses', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** A collector that can be taken away and put back at its port, and whose requests fail as `fault` says. */
  async function collector(options: Partial<HecReceiverOptions> = {}) {
    const state: { fault: Fault; isDown: boolean } = { fault: undefined, isDown: false };
    const events: string[] = [];
    const asked: string[] = [];
    const start = (port?: number) =>
      startHecReceiver({
        token: TOKEN,
        ...(port !== undefined && { port }),
        fault: ({ path }) => {
          asked.push(path);
          return state.fault;
        },
        onEvent: ({ fields }) => events.push(String(fields?.event_id)),
        ...options,
      });
    let receiver: HecReceiver | undefined = await start();
    const { origin, port } = receiver;
    const down = async () => {
      await receiver?.close();
      receiver = undefined;
    };
    closers.push(down);
    return {
      origin,
      events,
      asked,
      state,
      down,
      async up() {
        receiver = await start(port);
      },
    };
  }

  function open(origins: readonly string[], over: Readonly<Record<string, unknown>> = {}) {
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const config = splunkHecConfig.parse({
      type: 'splunk_hec',
      url: origins,
      token: TOKEN,
      allow_networks: ['127.0.0.0/8'],
      ...over,
    });
    const destination = createDestination('splunk', config, depsOf(nodeHttpClient, clock));
    closers.unshift(() => destination.close());
    return { destination, clock };
  }

  let count = 0;
  const send = (destination: Destination) =>
    destination.send(batchOf(destination, [envelope(count++)]), signal);

  it('spreads batches over them', async () => {
    const [a, b, c] = await Promise.all([collector(), collector(), collector()]);
    const { destination } = open([a.origin, b.origin, c.origin]);
    for (let sent = 0; sent < 12; sent++) await send(destination);
    await Promise.all(Array.from({ length: 12 }, () => send(destination)));
    for (const each of [a, b, c]) expect(each.events.length).toBeGreaterThanOrEqual(6);
    expect(new Set([...a.events, ...b.events, ...c.events]).size).toBe(24);
  });

  it('goes on with the others at once where one is gone, and comes back to it when it is well', async () => {
    const [a, b] = await Promise.all([collector(), collector()]);
    const { destination, clock } = open([a.origin, b.origin]);
    await a.down();
    for (let sent = 0; sent < 6; sent++) await send(destination);
    expect(b.events).toHaveLength(6);
    expect(new Set(b.events).size).toBe(6);
    await a.up();
    await send(destination);
    expect(a.asked).toEqual([]);
    clock.advance(60_000);
    await vi.waitFor(async () => {
      await send(destination);
      expect(a.events.length).toBeGreaterThan(0);
    }, 30_000);
    expect(a.asked[0]).toBe('/services/collector/health');
  });

  it('asks one that is not well no more often than it rests', async () => {
    const [a, b] = await Promise.all([collector(), collector()]);
    const { destination, clock } = open([a.origin, b.origin]);
    a.state.fault = { status: 503, body: '{"text":"HEC is unhealthy, queues are full","code":18}' };
    for (let minute = 0; minute < 10; minute++) {
      for (let sent = 0; sent < 3; sent++) await send(destination);
      await new Promise((resolve) => setTimeout(resolve, 20));
      clock.advance(60_000);
    }
    expect(b.events).toHaveLength(30);
    expect(a.asked.length).toBeLessThanOrEqual(11);
  });

  it('does not send elsewhere at once what one may have taken', async () => {
    const [a, b] = await Promise.all([collector(), collector()]);
    const { destination } = open([a.origin, b.origin]);
    a.state.fault = 'accept_then_reset';
    b.state.fault = 'accept_then_reset';
    await expect(send(destination)).rejects.toMatchObject({ code: 'connection_lost' });
    expect([...a.asked, ...b.asked]).toHaveLength(1);
    const [first, other] = a.asked.length === 1 ? [a, b] : [b, a];
    other.state.fault = undefined;
    await send(destination);
    expect(first.asked).toHaveLength(1);
    expect(other.events).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ['refuses the token', { status: 403, body: '{"text":"Invalid token","code":4}' }],
    ['is a login page', { status: 302, headers: { location: '/login' } }],
    ['is busy', { status: 503, body: '{"text":"Server is busy","code":9}' }],
    ['is throttled', { status: 429, headers: { 'retry-after': '30' } }],
  ])('goes on with the other where one %s, and says so where both do', async (_, fault) => {
    const [a, b] = await Promise.all([collector(), collector()]);
    const { destination } = open([a.origin, b.origin]);
    a.state.fault = fault;
    for (let sent = 0; sent < 4; sent++) await send(destination);
    expect(b.events).toHaveLength(4);
    b.state.fault = fault;
    const error = await send(destination).catch((thrown: unknown) => thrown);
    expect(error instanceof DestinationRefusedError || error instanceof RetryableError).toBe(true);
    expect(String(error)).not.toContain(TOKEN);
    a.state.fault = undefined;
    await send(destination);
    expect(a.events).toHaveLength(1);
  });

  it('refuses rows once, and not at each address', async () => {
    const [a, b] = await Promise.all([collector(), collector()]);
    const { destination } = open([a.origin, b.origin]);
    const fault = { status: 400, body: '{"text":"Invalid data format","code":6,"invalid-event-number":0}' };
    a.state.fault = fault;
    b.state.fault = fault;
    await expect(send(destination)).rejects.toBeInstanceOf(RowsRefusedError);
    expect([...a.asked, ...b.asked]).toHaveLength(1);
  });

  it('asks for acknowledgements where the batch went', async () => {
    const [a, b] = await Promise.all([
      collector({ acknowledgeAfter: 2 }),
      collector({ acknowledgeAfter: 2 }),
    ]);
    const { destination } = open([a.origin, b.origin], { acknowledgement: true });
    await Promise.all([send(destination), send(destination), send(destination), send(destination)]);
    expect(a.events.length + b.events.length).toBe(4);
    expect(a.events.length).toBeGreaterThan(0);
    expect(b.events.length).toBeGreaterThan(0);
  });

  it('says `Bearer` to receivers that want it', async () => {
    const a = await collector({ scheme: 'Bearer' });
    await send(open([a.origin], { auth_scheme: 'Bearer' }).destination);
    expect(a.events).toHaveLength(1);
    await expect(send(open([a.origin]).destination)).rejects.toBeInstanceOf(DestinationRefusedError);
  });

  it('has addresses that differ, and not too many', () => {
    expect(() => open([])).toThrow();
    expect(() => open(['https://a.example', 'https://a.example'])).toThrow(/differ/);
    expect(() => open(Array.from({ length: 33 }, (_, n) => `https://h${n}.example`))).toThrow();
  });
});

describe('endpoints', () => {
  type Outcome = 'ok' | 'gone' | 'refused' | 'lost' | 'rows';
  const thrown = (outcome: Outcome): Error | undefined => {
    if (outcome === 'gone') return new RetryableError('unreachable', 'x');
    if (outcome === 'refused') return new DestinationRefusedError('not_authorized', 'x');
    if (outcome === 'lost') return new RetryableError('connection_lost', 'x');
    return outcome === 'rows' ? new RowsRefusedError('hec_6', 'x') : undefined;
  };

  it.each<Outcome>(['refused', 'gone', 'lost'])(
    'give ever less to one that says it is well, and whose work is always %s',
    async (outcome) => {
      const clock = new FakeClock();
      const endpoints = createEndpoints(['bad', 'good'], { clock, isWell: async () => true });
      let bad = 0;
      for (let second = 0; second < 600; second += 1) {
        await endpoints
          .use(async (endpoint) => {
            if (endpoint === 'good') return;
            bad += 1;
            throw thrown(outcome);
          })
          .catch(() => {});
        clock.advance(1_000);
        await new Promise(setImmediate);
      }
      expect(bad).toBeGreaterThan(5);
      expect(bad).toBeLessThan(20);
    },
  );

  it('give one that failed and says that it is well one piece of work at a time', async () => {
    const clock = new FakeClock();
    const endpoints = createEndpoints(['bad', 'good'], { clock, isWell: async () => true });
    for (const _ of ['once', 'again']) {
      await endpoints.use(async (endpoint) => {
        if (endpoint === 'bad') throw thrown('gone');
      });
    }
    clock.advance(3_000);
    const use = () => endpoints.use(async () => {});
    await use();
    await new Promise(setImmediate);
    const hanging: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = Array.from({ length: 6 }, () =>
      endpoints.use(async (endpoint) => {
        hanging.push(endpoint);
        await promise;
      }),
    );
    expect(hanging.filter((endpoint) => endpoint === 'bad')).toHaveLength(1);
    resolve();
    await Promise.all(all);
    hanging.length = 0;
    await Promise.all(all.map(() => endpoints.use(async (endpoint) => hanging.push(endpoint))));
    expect(hanging.filter((endpoint) => endpoint === 'bad')).toHaveLength(3);
  });

  it('do the work at most once where it may have been done, try each at most once, and find one that works', async () => {
    const outcome = fc.constantFrom<Outcome>('ok', 'gone', 'refused', 'lost', 'rows');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(outcome, { minLength: 4, maxLength: 4 }), fc.nat(90_000)), {
          maxLength: 30,
        }),
        fc.integer({ min: 2, max: 4 }),
        async (steps, size) => {
          const clock = new FakeClock();
          let isWell = true;
          const endpoints = createEndpoints(
            Array.from({ length: size }, (_, n) => n),
            { clock, isWell: async () => isWell },
          );
          for (const [outcomes, ms] of steps) {
            const done: number[] = [];
            const end = await endpoints
              .use(async (endpoint) => {
                done.push(endpoint);
                const error = thrown(outcomes[endpoint] ?? 'ok');
                if (error) throw error;
                return endpoint;
              })
              .catch((error: unknown) => error);
            expect(new Set(done).size).toBe(done.length);
            const mayHave = done.filter((each) => !['gone', 'refused'].includes(outcomes[each] ?? 'ok'));
            expect(mayHave.length).toBeLessThanOrEqual(1);
            if (mayHave.length === 1) expect(done.at(-1)).toBe(mayHave[0]);
            else expect(done).toHaveLength(size);
            const last = outcomes[done.at(-1) ?? 0];
            if (last === 'ok') expect(end).toBe(done.at(-1));
            else expect(end).toBeInstanceOf(Error);
            isWell = ms % 2 === 0;
            clock.advance(ms);
            await Promise.resolve();
          }
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

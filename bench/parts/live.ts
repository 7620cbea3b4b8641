/** Live tailing: the latency from an append to its delivery, and what tables that grow and tables that do not cost. */
import { setTimeout as delay } from 'node:timers/promises';
import { startAzurite } from '../../lab/azurite.ts';
import { type CountingProxy, startCountingProxy } from '../../lab/counting-proxy.ts';
import { type Measure, percentile } from '../measure.ts';
import { countsText, monthlyPrice } from '../monthly.ts';
import type { BenchContext, Part } from '../part.ts';
import { type BenchReceiver, startReceiver } from '../receiver.ts';
import { type RelayProcess, startBenchRelay } from '../relay-process.ts';
import { isSettled, quietHour, sweepsIn, untilNoneCloses } from '../seldom.ts';
import { createTables, type GrowingTables } from '../tables.ts';

const TABLES = 30;
const ROWS = 20;
const EVERY_MS = 5_000;
const HOUR_MS = 3_600_000;
/** The recent hours are swept, and the watch asks what is due, each 10 minutes or a tenth more. Milliseconds. */
const SETTLED_WITHIN_MS = 780_000;
/** And so the next sweep comes within this after so long. Milliseconds. */
const SWEEP_WITHIN_MS = 180_000;

interface Scene {
  readonly context: BenchContext;
  readonly relay: RelayProcess;
  readonly receiver: BenchReceiver;
  readonly proxy: CountingProxy;
  readonly tables: GrowingTables;
}

export const live: Part = {
  name: 'live',
  about: `${TABLES} tables through serve at default settings: ${ROWS} rows each ${EVERY_MS / 1000} s, then none`,
  async *run(context) {
    const command = await context.command();
    const waitMs = context.options.quick ? 0 : untilNoneCloses(Date.now());
    if (waitMs > 0) {
      context.say(
        `waits for ${Math.ceil(waitMs / 60_000)} min until the next hour begins, so that no blob is closed meanwhile`,
      );
      await delay(waitMs, undefined, { signal: context.signal });
    }
    const azurite = await startAzurite();
    const proxy = await startCountingProxy(azurite);
    const receiver = await startReceiver();
    try {
      const relay = await startBenchRelay({
        command,
        storage: proxy,
        folder: context.folder,
        signal: context.signal,
        transforms: context.input.workRules,
        receiver: receiver.url,
        destinations: ['splunk'],
        profile: context.options.profile,
      });
      try {
        const tables = await createTables(relay, TABLES);
        const scene = { context, relay, receiver, proxy, tables };
        yield* growing(scene);
        yield* idle(scene);
      } finally {
        await relay.stop();
      }
    } finally {
      await receiver.stop();
      await proxy.close();
      await azurite.stop('SIGKILL');
    }
  },
};

/** The appends of this process go through the proxy too, and are taken out of what it counted. */
async function* growing({ context, relay, receiver, proxy, tables }: Scene): AsyncIterable<Measure> {
  const { say, signal, options } = context;
  const plan = { everyMs: EVERY_MS, rows: ROWS, signal };
  say('tables begin to grow');
  await tables.grow({ ...plan, times: options.quick ? 1 : 3 });
  proxy.reset();
  const cpu = await relay.cpuSeconds();
  const began = performance.now();
  const times = options.quick ? 3 : 36;
  say(`tables grow for ${(times * EVERY_MS) / 1000} s`);
  const { appends, written } = await tables.grow({ ...plan, times });
  const wallMs = performance.now() - began;
  const used = (await relay.cpuSeconds()) - cpu;
  const all = proxy.counts();
  const counts = { ...all, write: all.write - appends };
  const operations = Object.values({ ...counts, free: 0 }).reduce((sum, count) => sum + count, 0);

  const arrived = await lastArrivals(receiver, written, signal);
  const latencies = [...written].map(([mark, at]) => (arrived.get(mark) ?? Number.POSITIVE_INFINITY) - at);
  const lost = latencies.filter((latency) => !Number.isFinite(latency)).length;
  if (lost > 0) throw new Error(`${lost} of ${latencies.length} rows did not come.\n${relay.log()}`);
  const line = (name: string, share: number, goal?: number): Measure => ({
    name,
    value: percentile(latencies, share) / 1000,
    unit: 's',
    ...(goal !== undefined && { goal: { value: goal, is: 'at most' } }),
  });
  yield line('append to delivery, p50', 0.5, 3);
  yield line('append to delivery, p90', 0.9);
  yield line('append to delivery, p99', 0.99, 6);
  yield { name: 'an append, processor time', value: (used * 1000) / appends, unit: 'CPU-ms' };
  yield {
    name: 'an append, storage operations',
    value: operations / appends,
    unit: 'operations',
    goal: { value: 4, is: 'at most' },
    note: countsText(counts, appends),
  };
  yield {
    name: `${TABLES} growing tables`,
    value: monthlyPrice(counts, wallMs),
    unit: 'USD/month',
    goal: { value: 100, is: 'at most' },
  };
}

async function lastArrivals(
  receiver: BenchReceiver,
  written: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const until = performance.now() + 30_000;
  for (;;) {
    const arrived = new Map((await receiver.received()).marks);
    const isComplete = [...written.keys()].every((mark) => arrived.has(mark));
    if (isComplete || performance.now() > until) return arrived;
    await delay(500, undefined, { signal });
  }
}

async function* idle({ context, relay, proxy }: Scene): AsyncIterable<Measure> {
  const { say, signal, options } = context;
  // The tables have been quiet for long enough to be looked at seldom.
  const quietMs = options.quick ? 5_000 : 120_000;
  const leastMs = options.quick ? 15_000 : 600_000;
  say(`tables are quiet for ${quietMs / 1000} s`);
  await delay(quietMs, undefined, { signal });
  if (!options.quick) {
    say('the account is watched and its tenants are listed for the first time');
    await until(() => isSettled(proxy.operations, TABLES), SETTLED_WITHIN_MS, signal);
  }
  const before = proxy.operations.slice();
  proxy.reset();
  const cpu = await relay.cpuSeconds();
  const began = performance.now();
  say(`quiet tables are measured for ${leastMs / 1000} s, and until a sweep has ended`);
  await delay(leastMs, undefined, { signal });
  if (!options.quick) await until(() => sweepsIn(proxy.operations) > 0, SWEEP_WITHIN_MS, signal);
  const used = (await relay.cpuSeconds()) - cpu;
  const hour = quietHour(before, proxy.operations, performance.now() - began);
  // What comes seldom costs as much an operation as what was counted, which had a sweep in it.
  const cpuSeconds = (used / proxy.total()) * hour.total;
  const names = Object.entries(hour.names).map(([name, count]) => `${name} ${Math.round(count)}`);
  const weighed = `of them ${Math.round(hour.seldom)} for the sweeps, which were counted and come 7 times an hour, for the watch, 4 times a day, and for the list of tenants, once`;
  yield {
    name: `${TABLES} quiet tables, processor time`,
    value: cpuSeconds,
    unit: 'CPU-s/h',
    goal: { value: 8, is: 'at most' },
  };
  yield {
    name: `${TABLES} quiet tables, storage operations`,
    value: hour.total,
    unit: 'operations/h',
    note: `${names.join(', ')}; ${weighed}`,
  };
  if (hour.looks > 0)
    yield {
      name: 'a look at a quiet table',
      value: (cpuSeconds * 1000) / hour.looks,
      unit: 'CPU-ms',
      goal: { value: 3, is: 'at most' },
      note: 'with all else that the process does meanwhile',
    };
  yield {
    name: `${TABLES} quiet tables`,
    value: monthlyPrice(hour.counts, HOUR_MS),
    unit: 'USD/month',
    goal: { value: 3, is: 'at most' },
  };
}

async function until(isSo: () => boolean, withinMs: number, signal: AbortSignal): Promise<void> {
  const last = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > last) throw new Error(`what was waited for did not come in ${withinMs / 1000} s`);
    await delay(1_000, undefined, { signal });
  }
}

/** Consumers beside each other: real ones on this machine, simulated ones that must agree with them, and a simulation of many. */
import { availableParallelism } from 'node:os';
import type { Measure } from '../measure.ts';
import { median } from '../measure.ts';
import type { BenchContext, Part } from '../part.ts';
import { startReceiver } from '../receiver.ts';
import { outlookOf } from '../scale/limits.ts';
import type { Costs, Settings, Workload } from '../scale/model.ts';
import { type BacklogCost, deliverBacklog } from '../scale/run.ts';
import { simulate } from '../scale/simulate.ts';

const CONSUMERS = [1, 2, 4] as const;
const BLOBS = 24;
/** A simulated run must take as long as the real one, within so much. */
const AGREEMENT = 0.15;

/** The relay's defaults. */
const DEFAULTS: Omit<Settings, 'consumers'> = { blobsAtOnce: 8, follow: 250, pollMin: 4, checkpointEvery: 1 };

/** 5 TB a day of 1.68 KB rows over 10,000 open blobs. */
const LARGE: Workload = {
  blobs: 10_000,
  rowBytes: 1_676,
  rowsPerSecond: 5e12 / 86_400 / 1_676 / 10_000,
  backlog: 0,
};
const SIMULATED_SECONDS = 60;

/** In the cloud: the storage and the receiver have processors of their own, and answer over a network. */
const CLOUD: Costs = {
  row: 1 / 50_000,
  visit: 0.005,
  look: 0.003,
  storageRow: 0,
  storageOperation: 0,
  receiverRow: 0,
  storageLatency: 0.02,
  destinationLatency: 0.1,
};

export const scale: Part = {
  name: 'scale',
  about:
    'a backlog of 24 blobs through 1, 2 and 4 consumers, beside its simulation; 10,000 open blobs and 5 TB a day, simulated',
  async *run(context) {
    yield* here(context);
    yield* large();
  },
};

async function* here(context: BenchContext): AsyncGenerator<Measure> {
  const file = await context.input.work(1 / 5);
  const receiver = await startReceiver();
  try {
    const costs = new Map<number, BacklogCost[]>(CONSUMERS.map((consumers) => [consumers, []]));
    const rounds = Math.min(context.options.rounds, 3);
    for (let round = 1; round <= rounds; round++) {
      for (const consumers of CONSUMERS) {
        context.say(`${consumers} consumers, round ${round} of ${rounds}`);
        costs
          .get(consumers)
          ?.push(await deliverBacklog(context, receiver, { consumers, blobs: BLOBS, file }));
      }
    }
    const measured = costsOf(costs.get(1) ?? []);
    const workload: Workload = {
      blobs: BLOBS,
      rowBytes: file.bytes / file.rows,
      rowsPerSecond: 0,
      backlog: file.rows,
    };
    for (const consumers of CONSUMERS) {
      const real = median((costs.get(consumers) ?? []).map(({ rows, wall }) => rows / wall));
      const settings = { ...DEFAULTS, consumers, sharedCores: availableParallelism() };
      const { drainedAt = Number.NaN } = simulate(measured, workload, settings, 3_600);
      const simulated = (file.rows * BLOBS) / drainedAt;
      yield { name: `${consumers} consumers, rows a second`, value: real, unit: 'rows/s' };
      yield {
        name: `${consumers} consumers, simulated`,
        value: simulated,
        unit: 'rows/s',
        ratio: { times: simulated / real, of: 'the real ones' },
      };
      yield {
        name: `${consumers} consumers, how far the simulation is off`,
        value: Math.abs(simulated / real - 1) * 100,
        unit: '%',
        goal: { value: AGREEMENT * 100, is: 'at most' },
      };
    }
  } finally {
    await receiver.stop();
  }
}

/** What one real consumer costs, and what it costs the storage and the receiver, which share its machine here. */
function costsOf(runs: readonly BacklogCost[]): Costs {
  const per = (of: (run: BacklogCost) => number) => median(runs.map((run) => of(run) / run.rows));
  return {
    row: per(({ consumers }) => consumers),
    visit: 0,
    look: CLOUD.look,
    storageRow: per(({ storage }) => storage),
    storageOperation: 0,
    receiverRow: per(({ receiver }) => receiver),
    storageLatency: 0.001,
    destinationLatency: 0.001,
  };
}

function* large(): Generator<Measure> {
  const slower = { pollMin: 15, checkpointEvery: 30 } as const;
  const variants: readonly (readonly [string, Settings])[] = [
    ...[4, 8, 16, 32, 64].map((consumers) => [`${consumers} consumers`, { ...DEFAULTS, consumers }] as const),
    ['8 consumers, follow 2,000', { ...DEFAULTS, consumers: 8, follow: 2_000 }],
    [
      '16 consumers, follow 1,000, poll_min 15s, checkpoint_every 30s',
      { ...DEFAULTS, ...slower, consumers: 16, follow: 1_000 },
    ],
    ['64 consumers, poll_min 15s, checkpoint_every 30s', { ...DEFAULTS, ...slower, consumers: 64 }],
  ];
  for (const [name, settings] of variants) {
    const result = simulate(CLOUD, LARGE, settings, SIMULATED_SECONDS);
    const { rowsPerSecond, requestsPerSecond, queuePerDay, dollarsPerDay, first } = outlookOf(
      result,
      LARGE,
      settings,
    );
    const note = `first limit: ${first.limit}, ${Math.round(first.used * 100)} % used; then ${first.change}`;
    yield { name: `5 TB a day, ${name}: rows a second`, value: rowsPerSecond, unit: 'rows/s', note };
    yield { name: `5 TB a day, ${name}: age of a row at delivery, 99 %`, value: result.p99, unit: 's' };
    yield {
      name: `5 TB a day, ${name}: storage requests a second`,
      value: requestsPerSecond,
      unit: 'operations/s',
    };
    yield { name: `5 TB a day, ${name}: queue operations a day`, value: queuePerDay, unit: 'operations/day' };
    yield { name: `5 TB a day, ${name}: storage operations a day`, value: dollarsPerDay, unit: 'USD/day' };
  }
}

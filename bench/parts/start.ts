/** What a start costs until the process is ready: matters where consumers are started on demand. */
import { fileURLToPath } from 'node:url';
import { startAzurite } from '../../lab/azurite.ts';
import { alternate } from '../alternate.ts';
import { type Cost, median, timesOf } from '../measure.ts';
import type { BenchContext, Part } from '../part.ts';
import { startBenchRelay } from '../relay-process.ts';

const SOURCE = fileURLToPath(new URL('../../bin/xdr-relay.js', import.meta.url));

export const start: Part = {
  name: 'start',
  about: 'processor time of serve from its start until it is ready',
  async *run(context) {
    const command = await context.command();
    const { workRules, rules, sigmaRules } = context.input;
    const shipped = await rules(0);
    const costs = await alternate(context, {
      built: () => startUp(context, command, workRules),
      source: () => startUp(context, SOURCE, workRules),
      shipped: () => startUp(context, command, shipped),
    });
    const ms = (some: readonly Cost[]) => median(some.map(({ cpuSeconds }) => cpuSeconds)) * 1000;
    const line = { unit: 'CPU-ms' } as const;
    yield {
      ...line,
      name: 'start of the built command',
      value: ms(costs.built),
      goal: { value: 400, is: 'at most' },
    };
    yield {
      ...line,
      name: 'start from the TypeScript files',
      value: ms(costs.source),
      ratio: { times: timesOf(costs.source, costs.built), of: 'the built command' },
    };
    yield { ...line, name: 'start with the shipped rule files', value: ms(costs.shipped) };
    const count = await sigmaRules();
    const many = await rules(count);
    const withThem = await alternate(context, {
      none: () => startUp(context, command, workRules),
      all: () => startUp(context, command, many),
    });
    const name = `${count.toLocaleString('en')} Sigma rules`;
    yield { ...line, name: `start with ${name}`, value: ms(withThem.all) };
    yield {
      ...line,
      name: `loading ${name}`,
      value: ms(withThem.all) - ms(withThem.none),
      goal: { value: 1000, is: 'at most' },
    };
  },
};

/** A start and an end. */
async function startUp(context: BenchContext, command: string, transforms: string): Promise<Cost> {
  const { folder, signal } = context;
  const azurite = await startAzurite();
  try {
    const began = performance.now();
    const relay = await startBenchRelay({
      command,
      storage: azurite,
      folder,
      signal,
      transforms,
      // Nothing is sent.
      receiver: 'http://127.0.0.1:9',
      destinations: ['splunk'],
    });
    try {
      const wallSeconds = (performance.now() - began) / 1000;
      return { rows: 1, cpuSeconds: await relay.cpuSeconds(), wallSeconds };
    } finally {
      await relay.stop();
    }
  } finally {
    await azurite.stop('SIGKILL');
  }
}

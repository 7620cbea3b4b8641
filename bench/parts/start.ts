/** What a start costs until the process is ready: matters where consumers are started on demand. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
    const { workRules, rules } = context.input;
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
    const many = await rules(1_500);
    const copy = join(context.folder, 'rules-at-start');
    const first: Cost[] = [];
    const again: Cost[] = [];
    for (let round = 0; round < context.options.rounds; round++) {
      // A folder of its own each time: nothing about it is remembered.
      const folder = `${copy}-${round}`;
      await cp(many, folder, { recursive: true });
      first.push(await startUp(context, command, folder));
      again.push(await startUp(context, command, folder));
      await rm(folder, { recursive: true });
    }
    yield { ...line, name: 'start with 1,500 Sigma rules', value: ms(first) };
    yield { ...line, name: 'start with them once more', value: ms(again) };
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

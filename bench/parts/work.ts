/** W, the work that the goals are about, beside its baseline: from memory, through `serve`, and through peers. */
import { alternate } from '../alternate.ts';
import { type Cost, type Measure, median, rate } from '../measure.ts';
import { runInMemory } from '../memory-run.ts';
import type { Part } from '../part.ts';
import { findPeers, runPeer } from '../peer.ts';
import { costOf } from '../program.ts';
import { startReceiver } from '../receiver.ts';
import { runServeTwice } from '../serve-run.ts';

export const work: Part = {
  name: 'work',
  about: 'W: rows of 1,676 bytes, every second one dropped, 4 columns of the others renamed, HEC with gzip',
  async *run(context) {
    const { input, signal } = context;
    const file = await input.work();
    const events = file.processRows;
    const receiver = await startReceiver();
    try {
      const shared = { file, transforms: input.workRules, events };
      const peers = await findPeers();
      const later: Cost[] = [];
      const costs = await alternate(context, {
        parse: () => costOf({ program: 'baseline', args: ['parse', file.path], signal }),
        memory: async () =>
          (await runInMemory(context, receiver, { ...shared, destinations: ['splunk'] })).cost,
        serve: async () => {
          const { first, next } = await runServeTwice(context, receiver, shared);
          later.push(next);
          return first;
        },
        ...Object.fromEntries(
          peers.map((peer) => [peer.name, () => runPeer(context, receiver, { peer, file })] as const),
        ),
      });
      const beside = { of: 'JSON.parse', costs: costs.parse };
      yield rate('W from memory', costs.memory, beside, { goal: { value: 80_000, is: 'at least' } });
      const goal = { value: 60_000, is: 'at least' } as const;
      yield rate('W from Azurite through serve, the first rows of a process', costs.serve, beside, { goal });
      yield peak('W through serve, peak memory', costs.serve, 160);
      yield rate('W from Azurite through serve, as many rows behind them', later, beside, { goal });
      yield peak('W through serve, peak memory of both', later);
      const byName: Readonly<Record<string, readonly Cost[]>> = costs;
      for (const { name, title } of peers) {
        yield rate(`W through ${title}`, byName[name] ?? [], { of: 'serve', costs: costs.serve });
        yield peak(`W through ${title}, peak memory`, byName[name] ?? []);
      }
    } finally {
      await receiver.stop();
    }
  },
};

/** The middle of the rounds. @param goal megabytes */
export function peak(name: string, costs: readonly Cost[], goal?: number): Measure {
  return {
    name,
    value: median(costs.map(({ peakBytes = Number.NaN }) => peakBytes)) / 1e6,
    unit: 'MB',
    ...(goal !== undefined && { goal: { value: goal, is: 'at most' } }),
  };
}

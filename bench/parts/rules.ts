/** What rules cost: all tables of the generator with the shipped rule files and none, some and very many Sigma rules. */
import { alternate } from '../alternate.ts';
import { median, rate } from '../measure.ts';
import { runInMemory } from '../memory-run.ts';
import type { Part } from '../part.ts';
import { costOf } from '../program.ts';
import { startReceiver } from '../receiver.ts';
import { SkippedError } from '../skipped.ts';

const COUNTS = [0, 100, 1_500] as const;

export const rules: Part = {
  name: 'rules',
  about:
    'a mix of 16 tables from memory, the shipped rule files and 0, 100 and 1,500 Sigma rules, HEC with gzip',
  async *run(context) {
    const { input, signal, options } = context;
    const file = await input.mix();
    const counts = options.sigma === undefined ? COUNTS.slice(0, 1) : COUNTS;
    const folders = new Map<number, string>();
    for (const count of counts) {
      context.say(`choosing ${count} Sigma rules`);
      folders.set(count, await input.rules(count));
    }
    const compiling = new Map<number, number[]>();
    const receiver = await startReceiver();
    try {
      const evaluated = (count: number, transforms: string) => async () => {
        // The shipped files filter some rows; how many is theirs to say.
        const work = { file, transforms, destinations: ['splunk'], events: 1 } as const;
        const { cost, measures } = await runInMemory(context, receiver, work);
        const took = measures.map(({ value }) => value);
        compiling.set(count, [...(compiling.get(count) ?? []), ...took]);
        return cost;
      };
      const costs = await alternate(context, {
        parse: () => costOf({ program: 'baseline', args: ['parse', file.path], signal }),
        ...Object.fromEntries(
          [...folders].map(([count, folder]) => [`${count} Sigma rules`, evaluated(count, folder)] as const),
        ),
      } as Readonly<Record<string, () => ReturnType<typeof costOf>>>);
      const beside = { of: 'JSON.parse', costs: costs.parse ?? [] };
      for (const count of counts) {
        const goal = { value: 12_000, is: 'at least' } as const;
        const title = `mix with ${count.toLocaleString('en')} Sigma rules`;
        yield rate(
          title,
          costs[`${count} Sigma rules`] ?? [],
          beside,
          count === COUNTS.at(-1) ? { goal } : {},
        );
        yield { name: `${title}, compiling them`, value: median(compiling.get(count) ?? []), unit: 'CPU-ms' };
      }
    } finally {
      await receiver.stop();
    }
    if (options.sigma === undefined)
      throw new SkippedError(
        '100 and 1,500 rules need --sigma FOLDER (a checkout of SigmaHQ\'s "rules"), or BENCH_SIGMA',
      );
  },
};

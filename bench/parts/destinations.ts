/** What further destinations cost: some that get the same bytes, and some that do not. */
import { alternate } from '../alternate.ts';
import { rate } from '../measure.ts';
import { runInMemory } from '../memory-run.ts';
import type { Part } from '../part.ts';
import { startReceiver } from '../receiver.ts';
import type { DestinationKind } from '../relay-yaml.ts';

export const destinations: Part = {
  name: 'destinations',
  about: 'W from memory to one destination and to three',
  async run(context) {
    const { input } = context;
    const file = await input.work();
    const receiver = await startReceiver();
    const to =
      (...kinds: readonly DestinationKind[]) =>
      async () => {
        const events = file.processRows * kinds.length;
        const work = { file, transforms: input.workRules, destinations: kinds, events };
        return (await runInMemory(context, receiver, work)).cost;
      };
    try {
      const costs = await alternate(context, {
        one: to('splunk'),
        equal: to('splunk', 'splunk', 'splunk'),
        different: to('splunk', 'splunk_index', 'webhook'),
      });
      const one = { of: 'one destination', costs: costs.one };
      const equal = rate('three destinations of equal encoding', costs.equal, one);
      const different = rate('three of different encoding', costs.different, one);
      return [
        rate('one destination', costs.one),
        equal,
        { ...times(equal), goal: { value: 1.2, is: 'at most' } },
        different,
        { ...times(different), goal: { value: 1.6, is: 'at most' } },
      ];
    } finally {
      await receiver.stop();
    }
  },
};

/** The ratio as a line of its own, which a goal is set for. */
function times({ name, ratio }: ReturnType<typeof rate>) {
  return { name: `${name}, CPU of one`, value: ratio?.times ?? Number.NaN, unit: 'x' as const };
}

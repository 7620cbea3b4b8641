/** Short rows and long ones. */
import { alternate } from '../alternate.ts';
import { rate } from '../measure.ts';
import { runInMemory } from '../memory-run.ts';
import type { Part } from '../part.ts';
import { costOf } from '../program.ts';
import { startReceiver } from '../receiver.ts';

const SIZES = [
  { bytes: 100, title: '100 bytes' },
  { bytes: 102_400, title: '100 KB' },
] as const;

export const sizes: Part = {
  name: 'sizes',
  about: 'rows of 100 bytes and of 100 KB from memory, otherwise as W',
  async *run(context) {
    const { input, signal } = context;
    const receiver = await startReceiver();
    try {
      for (const { bytes, title } of SIZES) {
        const file = await input.sized(bytes);
        const costs = await alternate(context, {
          parse: () => costOf({ program: 'baseline', args: ['parse', file.path], signal }),
          memory: async () => {
            const events = file.processRows;
            const work = { file, transforms: input.workRules, events };
            return (await runInMemory(context, receiver, { ...work, destinations: ['splunk'] })).cost;
          },
        });
        yield rate(`rows of ${title} from memory`, costs.memory, { of: 'JSON.parse', costs: costs.parse });
      }
    } finally {
      await receiver.stop();
    }
  },
};

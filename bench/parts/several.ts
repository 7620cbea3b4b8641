/** Several blobs at once, and one that is large: what they cost, and what memory they take. */
import { alternate } from '../alternate.ts';
import { rate } from '../measure.ts';
import type { Part } from '../part.ts';
import { startReceiver } from '../receiver.ts';
import { runServe } from '../serve-run.ts';
import { peak } from './work.ts';

const LARGE_BYTES = 2e9;

export const several: Part = {
  name: 'several',
  about: 'a quarter of the rows of W through serve from one blob, and from four such blobs at once',
  async *run(context) {
    const file = await context.input.work(0.25);
    const receiver = await startReceiver();
    const shared = { file, transforms: context.input.workRules, events: file.processRows };
    try {
      const costs = await alternate(context, {
        one: () => runServe(context, receiver, shared),
        four: () => runServe(context, receiver, { ...shared, blobs: 4 }),
      });
      const one = { of: 'one blob', costs: costs.one };
      yield rate('one blob', costs.one);
      yield rate('four blobs at once', costs.four, one);
      yield peak('four blobs at once, peak memory', costs.four);
    } finally {
      await receiver.stop();
    }
  },
};

export const large: Part = {
  name: 'large',
  about: 'the rows of W through serve from one blob of 2 GB (50 MB with --quick)',
  async *run(context) {
    const file = await context.input.work();
    const receiver = await startReceiver();
    try {
      const times = context.options.quick ? 4 : Math.ceil(LARGE_BYTES / file.bytes);
      const cost = await runServe(context, receiver, {
        file,
        times,
        transforms: context.input.workRules,
        events: file.processRows,
        onDisk: true,
      });
      const title = `a blob of ${((file.bytes * times) / 1e9).toFixed(1)} GB`;
      yield rate(title, [cost]);
      yield peak(`${title}, peak memory`, [cost]);
    } finally {
      await receiver.stop();
    }
  },
};

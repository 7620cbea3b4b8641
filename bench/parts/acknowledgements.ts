/** What indexer acknowledgement costs: batches wait for it, and what is behind them should not. */
import { alternate } from '../alternate.ts';
import { type Cost, median, rate } from '../measure.ts';
import { runInMemory } from '../memory-run.ts';
import type { Part } from '../part.ts';
import { startReceiver } from '../receiver.ts';
import type { DestinationKind } from '../relay-yaml.ts';

/** The last acknowledgements take two seconds, however much came before them. */
const TIMES = 4;

export const acknowledgements: Part = {
  name: 'acknowledgements',
  about:
    'four times W from memory to Splunk HEC without acknowledgement, and with acknowledgements that take 0.5 to 2 s',
  async run(context) {
    const { input } = context;
    const file = await input.work();
    const receiver = await startReceiver();
    const to = (kind: DestinationKind) => async () => {
      const events = file.processRows * TIMES;
      const work = { file, times: TIMES, transforms: input.workRules, destinations: [kind], events };
      return (await runInMemory(context, receiver, work)).cost;
    };
    try {
      const costs = await alternate(context, { without: to('splunk'), with: to('splunk_ack') });
      const without = { of: 'without', costs: costs.without };
      const share = speed(costs.with) / speed(costs.without);
      return [
        rate('without acknowledgement', costs.without),
        rate('with acknowledgement', costs.with, without),
        { name: 'without acknowledgement, by the clock', value: speed(costs.without), unit: 'rows/s' },
        { name: 'with acknowledgement, by the clock', value: speed(costs.with), unit: 'rows/s' },
        {
          name: 'with acknowledgement, throughput of without',
          value: share,
          unit: 'x',
          goal: { value: 0.5, is: 'at least' },
        },
      ];
    } finally {
      await receiver.stop();
    }
  },
};

/** Rows per second of the clock. */
function speed(costs: readonly Cost[]): number {
  return median(costs.map(({ rows, wallSeconds }) => rows / wallSeconds));
}

/** What the normalised shapes cost, beside the shape `relay`, over rows whose columns a step reads. */
import { alternate } from '../alternate.ts';
import { rate } from '../measure.ts';
import { runInMemory } from '../memory-run.ts';
import type { Part } from '../part.ts';
import { startReceiver } from '../receiver.ts';
import type { DestinationKind } from '../relay-yaml.ts';

/** The least part of relay's rows per CPU-second. */
const GOALS = { ecs: 0.6, ocsf: 0.5 } as const;

export const shapes: Part = {
  name: 'shapes',
  about:
    'a mix of 16 tables from memory, one step that reads every column, HEC with gzip in the shapes relay, ecs and ocsf',
  async run(context) {
    const { input } = context;
    const file = await input.mix(1);
    const transforms = await input.readingAll();
    const receiver = await startReceiver();
    const as = (kind: DestinationKind) => async () =>
      (await runInMemory(context, receiver, { file, transforms, destinations: [kind], events: file.rows }))
        .cost;
    try {
      const costs = await alternate(context, {
        relay: as('splunk_relay'),
        ecs: as('splunk_ecs'),
        ocsf: as('splunk_ocsf'),
      });
      const relay = { of: 'the shape relay', costs: costs.relay };
      const rates = { ecs: rate('shape ecs', costs.ecs, relay), ocsf: rate('shape ocsf', costs.ocsf, relay) };
      return [
        rate('shape relay', costs.relay),
        ...(['ecs', 'ocsf'] as const).flatMap((shape) => [
          rates[shape],
          {
            name: `shape ${shape}, rows per CPU-second of relay's`,
            value: 1 / (rates[shape].ratio?.times ?? Number.NaN),
            unit: 'x' as const,
            goal: { value: GOALS[shape], is: 'at least' as const },
          },
        ]),
      ];
    } finally {
      await receiver.stop();
    }
  },
};

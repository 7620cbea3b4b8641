/** What each shape makes of a row, and that every destination for machines sends it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../lab/delivery.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DESTINATIONS, destinationSchema } from '../../src/destinations/list.ts';
import { SHAPES, type Shape, writeShape } from '../../src/destinations/shapes.ts';
import { nodeFiles } from '../../src/hosts/node/files.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { alert, deliveryOf } from './samples.ts';

const sample = alert(7);

/** The sample in each shape. A shape without an entry does not compile. */
const EXPECTED: Readonly<Record<Shape, unknown>> = {
  raw: {
    time: sample.received,
    tenantId: sample.tenant,
    operationName: 'Publish',
    category: 'AdvancedHunting-DeviceProcessEvents',
    properties: sample.event,
  },
  relay: sample,
};

const MACHINES = DESTINATIONS.filter(({ audience }) => audience === 'machines');
const deps = { ...depsOf(nodeHttpClient), files: nodeFiles };

describe.each(SHAPES)('the shape %s', (shape) => {
  it('has these keys and values', () => {
    expect(JSON.parse(textOf((writer) => writeShape(shape, deliveryOf(sample), writer)))).toEqual(
      EXPECTED[shape],
    );
  });

  it('is one line of JSON, whatever the row holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (event) => {
        // The type of jsonValue is wider than JsonObject; its values are JSON.
        const delivery = deliveryOf(alert(1, { event: JSON.parse(JSON.stringify(event)) }));
        const text = textOf((writer) => writeShape(shape, delivery, writer));
        expect(text).not.toContain('\n');
        expect(() => JSON.parse(text)).not.toThrow();
      }),
    );
  });

  it.each(MACHINES)('is what $type sends', async ({ least }) => {
    const destination = createDestination('tested', destinationSchema.parse({ ...least, shape }), deps);
    const delivery = deliveryOf(sample);
    const payload = textOf((writer) => destination.encoding.write(delivery, writer));
    expect(payload).toContain(textOf((writer) => writeShape(shape, delivery, writer)));
    await destination.close();
  });
});

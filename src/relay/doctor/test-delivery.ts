/** The event that `doctor --send` sends: one that nobody takes for an event of Defender. */
import type { Delivery } from '../../destinations/port.ts';
import { shippedSchema } from '../../rules/schema/index.ts';
import { compileShapes } from '../../rules/shapes/shapes.ts';

const TABLE = 'DeviceEvents';

/** @param now ms since the epoch. */
export function testDelivery(now: number): Delivery {
  const time = new Date(now).toISOString();
  const event = {
    Timestamp: time,
    ActionType: 'XdrRelayDoctor',
    DeviceName: 'xdr-relay-doctor',
    AdditionalFields: '{"message":"A test of xdr-relay doctor --send; no event of Defender"}',
  };
  const head = {
    id: crypto.randomUUID().replaceAll('-', ''),
    time,
    received: time,
    table: TABLE,
    source: { blob: 'xdr-relay-doctor', offset: 0 },
  };
  const row = { time, operationName: 'Publish', category: `AdvancedHunting-${TABLE}`, properties: event };
  return {
    head,
    event,
    writeRaw: (writer) => writer.json(row),
    writeEvent: (writer) => writer.json(event),
    writeMapped(shape, writer) {
      const deps = { schema: shippedSchema, variables: {}, report: () => undefined, steps: new Map() };
      writer.text(compileShapes([], deps).text(shape, event, head));
    },
    column: (name) => Object.entries(event).find(([key]) => key === name)?.[1],
  };
}

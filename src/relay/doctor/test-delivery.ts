/** The event that `doctor --send` and `destinations test` send: one that nobody takes for an event of Defender. */
import { makeBatch } from '../../delivery/batch.ts';
import { Encoder } from '../../delivery/encoder.ts';
import { MemoryBudget } from '../../delivery/memory-budget.ts';
import type { Delivery, Destination } from '../../destinations/port.ts';
import { shippedSchema } from '../../rules/schema/index.ts';
import { compileShapes } from '../../rules/shapes/shapes.ts';
import type { Clock } from '../../shared/clock.ts';

const TABLE = 'DeviceEvents';

/** Sends one event that says what it is, once. Throws as `Destination.send` does. */
export async function sendTestEvent(
  destination: Destination,
  clock: Pick<Clock, 'now'>,
  signal: AbortSignal,
): Promise<void> {
  const { name, encoding } = destination;
  const encoder = new Encoder(encoding, { items: 1, bytes: 1, ageMs: 0 }, new MemoryBudget(0));
  const item = encoder.encode({ offset: 0, end: 0, bytes: Buffer.alloc(0) }, testDelivery(clock.now()));
  await destination.send(makeBatch(`doctor/${name}`, [item], encoding), signal);
}

/** @param now ms since the epoch. */
export function testDelivery(now: number): Delivery {
  const time = new Date(now).toISOString();
  const event = {
    Timestamp: time,
    ActionType: 'XdrRelayDoctor',
    DeviceName: 'xdr-relay-doctor',
    AdditionalFields: '{"message":"A test of xdr-relay; no event of Defender"}',
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

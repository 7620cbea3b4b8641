/** Makes deliveries for tests. */
import type { Delivery, EncodedDelivery } from '../src/destinations/port.ts';
import { shippedSchema } from '../src/rules/schema/index.ts';
import { compileShapes } from '../src/rules/shapes/shapes.ts';
import { ByteWriter } from '../src/shared/byte-writer.ts';
import type { Envelope } from '../src/shared/event.ts';

/** The mappings that xdr-relay ships. */
export const shapes = compileShapes([], {
  schema: shippedSchema,
  variables: {},
  report: () => undefined,
  steps: new Map(),
});

/** Makes the delivery of an envelope. @param raw the row in the raw shape, as JSON. */
export function deliveryWith({ event, ...head }: Envelope, raw: string): Delivery {
  return {
    head,
    event,
    writeRaw: (writer) => writer.text(raw),
    writeEvent: (writer) => writer.json(event),
    writeMapped: (shape, writer) => writer.text(shapes.text(shape, event, head)),
    column: (name) => (Object.hasOwn(event, name) ? event[name] : undefined),
  };
}

/** Runs `write` and returns what it wrote as a string. */
export function textOf(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter();
  write(writer);
  return Buffer.from(writer.slice()).toString();
}

/** The payload that a destination sends for one delivery, as a string. */
export function payloadOf(item: Pick<EncodedDelivery, 'payload'>): string {
  return Buffer.from(item.payload()).toString();
}

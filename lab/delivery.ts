/** Makes deliveries for tests. */
import type { Delivery, EncodedDelivery } from '../src/destinations/port.ts';
import { shippedSchema } from '../src/rules/schema/index.ts';
import { compileShapes } from '../src/rules/shapes/shapes.ts';
import { ByteWriter } from '../src/shared/byte-writer.ts';
import type { Envelope, MappedShape } from '../src/shared/event.ts';
import type { JsonValue } from '../src/shared/json.ts';

/** The mappings that xdr-relay ships. */
export const shapes = compileShapes([], {
  schema: shippedSchema,
  variables: {},
  report: () => undefined,
  steps: new Map(),
});

/** A delivery whose methods need their object, as those of the relay do. */
class TestDelivery implements Delivery {
  readonly head: Delivery['head'];
  readonly event: Delivery['event'];
  readonly #raw: string;

  constructor({ event, ...head }: Envelope, raw: string) {
    this.head = head;
    this.event = event;
    this.#raw = raw;
  }

  writeRaw(writer: ByteWriter): void {
    writer.text(this.#raw);
  }

  writeEvent(writer: ByteWriter): void {
    writer.json(this.event);
  }

  writeMapped(shape: MappedShape, writer: ByteWriter): void {
    writer.text(shapes.text(shape, this.event, this.head));
  }

  column(name: string): JsonValue | undefined {
    return Object.hasOwn(this.event, name) ? this.event[name] : undefined;
  }
}

/** Makes the delivery of an envelope. @param raw the row in the raw shape, as JSON. */
export function deliveryWith(envelope: Envelope, raw: string): Delivery {
  return new TestDelivery(envelope, raw);
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

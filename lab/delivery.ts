/** Deliveries made by hand, for tests. */
import type { Delivery } from '../src/destinations/port.ts';
import type { Envelope } from '../src/shared/event.ts';

/** The delivery of an envelope. @param raw the row in its raw shape, as JSON text. */
export function deliveryWith(envelope: Envelope, raw: string): Delivery {
  const { event } = envelope;
  return {
    envelope,
    raw: () => raw,
    writeRaw: (writer) => writer.text(raw),
    writeEvent: (writer) => writer.json(event),
    column: (name) => (Object.hasOwn(event, name) ? event[name] : undefined),
  };
}

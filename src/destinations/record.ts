/** The record of an alert on its way to people: what lanes carry, dead letters keep, and groups are made of. */
import type { Envelope } from '../shared/event.ts';
import { parseExact } from '../shared/exact-numbers.ts';
import { isJsonObject } from '../shared/json.ts';
import { encodingBy } from './encoding.ts';
import type { Encoding } from './port.ts';

/** Marks the record, among payloads that other versions stored. A later form gets another number. */
const MARK = 'xdr_relay_alert_1';
const START = new TextEncoder().encode(`{"${MARK}":`);
/** Longer text is not parsed: a row has at most some MiB. Characters. */
const LONGEST = 32 * 1024 * 1024;

/** What every destination for people is sent: the head with everything that is known of the rule, and all columns. */
export const RECORDS: Encoding = encodingBy({ kind: 'alert_record' }, () => (delivery, writer) => {
  writer.text(`{"${MARK}":${JSON.stringify(delivery.head)},"event":`);
  delivery.writeEvent(writer);
  writer.text('}');
});

/** Whether a payload is such a record. It is not parsed. */
export function isRecord(payload: Uint8Array): boolean {
  return payload.length > START.length && START.every((byte, at) => payload[at] === byte);
}

/** The envelope in a record; undefined where the payload is none, such as a message that a former version stored. */
export function envelopeIn(payload: Uint8Array): Envelope | undefined {
  if (payload.length > LONGEST || !isRecord(payload)) return undefined;
  const record = parsed(new TextDecoder().decode(payload));
  if (!isJsonObject(record)) return undefined;
  const { [MARK]: head, event } = record;
  if (!isJsonObject(head) || !isJsonObject(event)) return undefined;
  const { id, time, table, source } = head;
  if (typeof id !== 'string' || typeof time !== 'string' || typeof table !== 'string') return undefined;
  if (!isJsonObject(source) || typeof source.blob !== 'string' || typeof source.offset !== 'number') {
    return undefined;
  }
  // The relay wrote the rest of the head itself, from the same type.
  return { ...(head as unknown as Envelope), event };
}

function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

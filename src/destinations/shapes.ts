/** The shapes in which a row can be sent to a machine: a closed list, with one place that writes each. */
import type { ByteWriter } from '../shared/byte-writer.ts';
import { isAlert, writeAlertRecord } from './alert-record.ts';
import { lastJson } from './last-json.ts';
import type { Delivery } from './port.ts';

/** In the order of the documentation. */
export const SHAPES = ['raw', 'relay', 'ecs', 'ocsf'] as const;

/** One of {@link SHAPES}: `shape` of a destination in relay.yaml. */
export type Shape = (typeof SHAPES)[number];

/** What each shape is, for the description of `shape`. A shape without a description does not compile. */
export const ABOUT_SHAPES: Readonly<Record<Shape, string>> = {
  raw: 'the Defender row unwrapped (alerts have the shape `relay`)',
  relay: 'the record with id, kind and source',
  ecs: 'an event of the Elastic Common Schema 9.4',
  ocsf: 'an event of the Open Cybersecurity Schema Framework 1.8.0',
};

/**
 * Writes a delivery in a shape, as JSON text. An alert is a record of its own in every shape: also in `raw`, whose rows stay untouched.
 * A shape without a case of its own does not compile.
 */
export function writeShape(shape: Shape, delivery: Delivery, writer: ByteWriter): void {
  switch (shape) {
    case 'raw':
      if (isAlert(delivery.head)) writeAlertRecord(delivery, writer, { columns: true });
      else delivery.writeRaw(writer);
      break;
    case 'relay':
      if (isAlert(delivery.head)) writeAlertRecord(delivery, writer, { columns: true });
      else writeEventRecord(delivery, writer);
      break;
    case 'ecs':
    case 'ocsf':
      delivery.writeMapped(shape, writer);
      break;
    default:
      unknownShape(shape);
  }
}

const blobJson = lastJson();

/** The members one by one: an object for `JSON.stringify`, and its text, would be garbage of each row. */
function writeEventRecord(delivery: Delivery, writer: ByteWriter): void {
  const { id, time, received, tenant, table, severity, source } = delivery.head;
  writer.text('{"kind":"event","id":');
  writer.json(id);
  writer.text(',"time":');
  writer.json(time);
  if (received !== undefined) {
    writer.text(',"received":');
    writer.json(received);
  }
  if (tenant !== undefined) {
    writer.text(',"tenant":');
    writer.json(tenant);
  }
  writer.text(',"table":');
  writer.json(table);
  if (severity !== undefined) {
    writer.text(',"severity":');
    writer.json(severity);
  }
  writer.text(',"event":');
  delivery.writeEvent(writer);
  writer.text(',"source":{');
  if (source.name !== undefined) {
    writer.text('"name":');
    writer.json(source.name);
    writer.text(',');
  }
  writer.text('"blob":');
  writer.bytes(blobJson(source.blob));
  writer.text(',"offset":');
  writer.whole(source.offset);
  writer.text('}}');
}

function unknownShape(shape: never): never {
  throw new TypeError(`no such shape: ${String(shape)}`);
}

/** Deliveries of alerts that were kept as envelopes: single ones, and groups of them. */
import type { AlertMessage } from '../alerts/message.ts';
import type { ByteWriter } from '../shared/byte-writer.ts';
import { sha256Hex } from '../shared/digest.ts';
import type { Envelope, EnvelopeHead, ShapeWriter } from '../shared/event.ts';
import { withPage } from './alert-page.ts';
import { writeAlertRecord } from './alert-record.ts';
import type { Delivery } from './port.ts';

/** What puts columns into a mapped shape: the mappings of the rules in force. */
export type Shapes = Pick<ShapeWriter, 'text'>;

/** One alert. @param shapes undefined where no rules are loaded: then a mapped shape is the record of the shape `relay`. */
export function envelopeDelivery(
  { event, ...head }: Envelope & EnvelopeHead,
  shapes: Shapes | undefined,
  entities?: Delivery['entities'],
): Delivery {
  const writeEvent = (writer: ByteWriter) => writer.json(event);
  const delivery: Delivery = {
    head,
    event,
    ...(entities !== undefined && { entities }),
    // Rows are never kept as envelopes, and in the shape `raw` alerts are records.
    writeRaw: writeEvent,
    writeEvent,
    writeMapped(shape, writer) {
      if (shapes) writer.text(shapes.text(shape, event, withPage(head, delivery)));
      else writeAlertRecord(delivery, writer, { columns: true });
    },
    column: (name) => (Object.hasOwn(event, name) ? event[name] : undefined),
  };
  return delivery;
}

/** A group of alerts as it stands: the record of its first alert, with the group's id, severity, entities and latest time. */
export function groupDelivery(message: AlertMessage, shapes: Shapes | undefined): Delivery {
  const { envelope, scope, severity, count, firstTime, lastTime, groupedBy, entities } = message;
  const { severity: _, title, ...first } = envelope;
  const firstAlertId = envelope.alertId ?? envelope.id;
  const head: Envelope & EnvelopeHead = {
    ...first,
    time: lastTime,
    ...(severity !== undefined && { severity }),
    // The title of the first alert may name its host, which is one of many.
    ...(title !== undefined && scope === 'group' && { title }),
    alertId: groupAlertId(message),
    group: {
      phase: message.phase === 'first' ? 'first' : 'update',
      scope,
      count,
      firstTime,
      lastTime,
      by: groupedBy,
      firstAlertId,
    },
  };
  return envelopeDelivery(head, shapes, entities);
}

/** The alert id of a group: a hash of its first alert's id. 32 lower-case hex digits. */
export function groupAlertId({ scope, envelope }: Pick<AlertMessage, 'scope' | 'envelope'>): string {
  return sha256Hex(`group\n${scope}\n${envelope.alertId ?? envelope.id}`).slice(0, 32);
}

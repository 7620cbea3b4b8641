/** The encoding of a destination for machines that is sent groups of alerts: alerts are kept as records, from which groups are made. */
import { isAlert } from './alert-record.ts';
import { encodingBy } from './encoding.ts';
import type { EncodedDelivery, Encoding, EnvelopeHead } from './port.ts';
import { isRecord, RECORDS } from './record.ts';

/** Events, and alerts of rules with `grouping: off`, are written by the destination's own encoding. */
export function groupedEncoding(own: Encoding): Encoding {
  return encodingBy(
    { kind: 'grouped', own: own.key },
    () => (delivery, writer, report) =>
      (isGrouped(delivery.head) ? RECORDS : own).write(delivery, writer, report),
    { separator: own.separator },
  );
}

/** Whether a delivery is an alert that goes into a group. A payload that was stored before alerts were grouped is sent as it is. */
export function isForGroup(item: EncodedDelivery): boolean {
  return item.head.rule !== undefined && isRecord(item.payload());
}

function isGrouped(head: EnvelopeHead): boolean {
  return isAlert(head) && head.rule?.grouping !== 'off';
}

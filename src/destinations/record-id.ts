/** The id under which a receiver may fold what it got twice. */
import { isAlert } from './alert-record.ts';
import type { EnvelopeHead } from './port.ts';

/** The event's id, or the alert's. Records of a group share their alert's id and are records of their own, so the count is added. */
export function recordId(head: EnvelopeHead): string {
  const { id, alertId, group } = head;
  if (!isAlert(head) || alertId === undefined) return id;
  return group === undefined ? alertId : `${alertId}-${group.count}`;
}

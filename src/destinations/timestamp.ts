/** The time of a delivery for products that refuse or overwrite one that they cannot read. */
import { eventTimeText } from '../shared/instant.ts';
import type { EnvelopeHead } from './port.ts';

/** Of a row without any time. */
const NO_TIME = '1970-01-01T00:00:00.000Z';

/** In RFC 3339: the time of the event, or when Azure received it, or 1970. */
export function timestampOf({ time, received }: Pick<EnvelopeHead, 'time' | 'received'>): string {
  return eventTimeText(time) ?? (received === undefined ? undefined : eventTimeText(received)) ?? NO_TIME;
}

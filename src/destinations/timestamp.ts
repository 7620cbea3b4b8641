/** The time of a delivery for products that refuse or overwrite one that they cannot read. */
import { parseEventTime } from '../shared/instant.ts';
import type { EnvelopeHead } from './port.ts';

/** Of a row without any time. */
const NO_TIME = '1970-01-01T00:00:00.000Z';

/** In ISO 8601 with a `T` and a zone: the time of the event, or when Azure received it, or 1970. */
export function timestampOf({ time, received }: Pick<EnvelopeHead, 'time' | 'received'>): string {
  const found = [time, received].find((text) => text !== undefined && parseEventTime(text) !== undefined);
  if (found === undefined) return NO_TIME;
  const iso = found.replace(' ', 'T');
  return /(?:Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : `${iso}Z`;
}

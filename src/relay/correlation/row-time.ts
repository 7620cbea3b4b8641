/** The instant at which a row says that its event happened. */
import { parseInstant } from '../../destinations/time.ts';
import type { Row } from '../../shared/event.ts';
import type { JsonValue } from '../../shared/json.ts';

/** When a row's event happened, or when Defender handed it over: milliseconds since the epoch; undefined when it does not say. */
export function rowTime({ properties, envelope }: Row): number | undefined {
  return timeIn(properties.Timestamp) ?? timeIn(envelope.time);
}

function timeIn(value: JsonValue | undefined): number | undefined {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  return instant && instant.seconds * 1000 + Number(instant.fraction.slice(0, 3).padEnd(3, '0'));
}

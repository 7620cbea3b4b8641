/** The instant at which a row says that its event happened. */
import type { Row } from '../../shared/event.ts';
import { instantMs, parseEventTime } from '../../shared/instant.ts';
import type { JsonValue } from '../../shared/json.ts';

/** When a row's event happened, or when Defender handed it over: milliseconds since the epoch; undefined when it does not say. */
export function rowTime({ properties, envelope }: Row): number | undefined {
  return timeIn(properties.Timestamp) ?? timeIn(envelope.time);
}

function timeIn(value: JsonValue | undefined): number | undefined {
  const instant = typeof value === 'string' ? parseEventTime(value) : undefined;
  return instant && instantMs(instant);
}

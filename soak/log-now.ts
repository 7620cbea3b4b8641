/** Builds the log of a soak as of now. The oracle judges it at the end, and draining checks it meanwhile. */
import { PEOPLE } from './marks.ts';
import type { EndState, SoakLog } from './oracle/log.ts';
import { LIVE_WITHIN_MS, LONGEST_BACKOFF_MS } from './relay-config.ts';
import type { Stage } from './stage.ts';

/** The limit for the resident memory of a consumer. */
const PEAK_BYTES = 400 * 1_048_576;

export async function logNow({
  world,
  consumers,
  recorder,
  storageWeather,
  options,
}: Stage): Promise<SoakLog> {
  const left = await world.endState();
  const end: EndState = {
    ...left,
    consumers: consumers.map((consumer) => consumer.record),
    errors: consumers.flatMap((consumer) => consumer.errors),
  };
  return {
    destinations: options.destinations,
    people: options.destinations.filter((name) => PEOPLE.includes(name)),
    rows: recorder.rows,
    arrivals: recorder.arrivals,
    messages: recorder.messages,
    troubles: recorder.troubles,
    failures: recorder.failures,
    letters: await world.letters(),
    injuries: recorder.injuries,
    disturbances: recorder.disturbances,
    overwrites: recorder.overwrites,
    archived: [...storageWeather.archived],
    end,
    limits: {
      peakBytes: PEAK_BYTES,
      liveWithinMs: LIVE_WITHIN_MS,
      longestBackoffMs: LONGEST_BACKOFF_MS,
    },
  };
}

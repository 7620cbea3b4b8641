/** Tests a destination, and puts one back into service. */
import { z } from 'zod';
import { testOutcome } from '../../relay/doctor/test-outcome.ts';
import { enableDestination, resetDestination } from '../../relay/status/service.ts';
import type { Done, TestResult } from '../model/destinations.ts';
import { type Act, act } from '../page.ts';
import { untilStop } from '../stop.ts';
import { destinationName, knownDestination } from './known.ts';
import { replay } from './replay.ts';

const body = z.strictObject({ destination: destinationName });

const testing = act({
  path: 'destinations/test',
  body,
  describe: ({ destination }) => `sends a test event to the destination ${destination}`,
  run: ({ destination: name }, context): Promise<TestResult> =>
    untilStop(context, async (stop) => {
      const { config, host, services } = context;
      knownDestination(config, name);
      const all = host.destinations(config);
      try {
        const destination = all.get(name);
        if (!destination) throw new TypeError(`the host made no destination ${name}`);
        return await testOutcome(destination, services.clock, stop, host.secrets);
      } finally {
        await Promise.all([...all.values()].map((each) => each.close()));
      }
    }),
});

const resetting = act({
  path: 'destinations/reset',
  body,
  describe: ({ destination }) => `resets the destination ${destination}`,
  async run({ destination }, { config, ports }): Promise<Done> {
    knownDestination(config, destination);
    const { breaker, holds, pause } = await resetDestination(ports.documents, destination);
    const what = [
      breaker && 'its breaker is closed',
      holds && 'its held tables are released',
      pause && 'its messages wait no longer',
    ].filter(Boolean);
    return {
      said:
        what.length > 0
          ? `${destination}: ${what.join(' and ')}. Running consumers try it again within 10 seconds.`
          : `${destination} was in service.`,
    };
  },
});

const enabling = act({
  path: 'destinations/enable',
  body,
  describe: ({ destination }) => `enables the destination ${destination}`,
  async run({ destination }, { config, ports }): Promise<Done> {
    knownDestination(config, destination);
    return {
      said: (await enableDestination(ports.documents, destination))
        ? `${destination} is enabled. Running consumers go on within 10 seconds where it stopped.`
        : `${destination} was not disabled.`,
    };
  },
});

export const destinationActs: readonly Act[] = [testing, resetting, enabling, replay];

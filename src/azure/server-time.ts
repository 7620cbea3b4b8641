/** Reads the storage account's time from its responses. */
import { type Pipeline, RestError } from '@azure/storage-blob';
import type { CorrectedClock } from '../shared/corrected-clock.ts';

/** Makes a pipeline correct the clock by the `Date` header of each response. */
export function followServerTime(pipeline: Pipeline, clock: CorrectedClock): void {
  pipeline.factories.push({
    create: (next) => ({
      async sendRequest(request) {
        const sent = clock.monotonic();
        const learn = (date: string | undefined) => clock.learn({ served: Date.parse(date ?? ''), sent });
        try {
          const response = await next.sendRequest(request);
          learn(response.headers.get('date'));
          return response;
        } catch (error) {
          if (error instanceof RestError) learn(error.response?.headers.get('date'));
          throw error;
        }
      },
    }),
  });
}

/** Reads the time off each answer of a storage account. */
import { type Pipeline, RestError } from '@azure/storage-blob';
import type { CorrectedClock } from '../shared/corrected-clock.ts';

/** Makes all requests of this pipeline tell the clock what time the account has, by the `Date` header that each answer carries. */
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

/** Reads the storage account's time from its responses. */
import { RestError } from '@azure/storage-blob';
import type { CorrectedClock } from '../shared/corrected-clock.ts';
import type { Step } from './pipeline.ts';

/** Corrects the clock by the `Date` header of each response. */
export function followingServerTime(clock: CorrectedClock): Step {
  return {
    name: 'followingServerTime',
    async sendRequest(request, next) {
      const sent = clock.monotonic();
      const learn = (date: string | undefined) => clock.learn({ served: Date.parse(date ?? ''), sent });
      try {
        const response = await next(request);
        learn(response.headers.get('date'));
        return response;
      } catch (error) {
        if (error instanceof RestError) learn(error.response?.headers.get('date'));
        throw error;
      }
    },
  };
}

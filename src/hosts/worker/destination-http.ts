/** HTTP for destinations on Workers: the platform's `fetch`, which has no proxies and no certificates of its own. */
import { DestinationRefusedError } from '../../destinations/errors.ts';
import { type Fetch, fetchHttpClient, type HttpClientFactory } from '../../destinations/http.ts';

/**
 * @param fetch counts what an invocation may ask for. A destination that needs more than it can do is out of service, with `no_sockets`;
 * the others go on.
 */
export function workerHttpClient(fetch: Fetch): HttpClientFactory {
  return (options) => {
    const asks = options.tls ? 'tls' : options.proxy && options.proxy !== 'none' ? 'proxy' : undefined;
    if (asks === undefined) return fetchHttpClient(fetch, options);
    return {
      async send() {
        throw new DestinationRefusedError(
          'no_sockets',
          `\`${asks}\` of a destination does not work on Workers`,
        );
      },
      async close() {},
    };
  };
}

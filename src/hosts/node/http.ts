/** HTTP for destinations on Node, with the check of every address that a connection goes to. */
import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, fetch } from 'undici';
import { checkAddress } from '../../destinations/addresses.ts';
import { fetchHttpClient, type HttpClientFactory, networksOf } from '../../destinations/http.ts';
import type { Network } from '../../shared/network.ts';

/** Longest a connection may take to open, milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Node's {@link HttpClientFactory}: a pool of keep-alive connections per destination. Every address a name resolves to
 * is checked in the lookup of the very connection that then uses it, so that a name can't change its address in between.
 */
export const nodeHttpClient: HttpClientFactory = (options) => {
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connect: {
      timeout: Math.min(options.timeoutMs, CONNECT_TIMEOUT_MS),
      lookup: guardedLookup(networksOf(options.allowNetworks)),
    },
  });
  return fetchHttpClient(
    (url, init) => fetch(url, { ...init, dispatcher: agent }),
    options,
    () => agent.destroy(),
  );
};

/** `dns.lookup` that fails with `address_refused` when any of a name's addresses is not allowed. */
export function guardedLookup(allowed: readonly Network[]): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      try {
        for (const { address } of addresses) checkAddress(hostname, address, allowed);
      } catch (refused) {
        return callback(refused as NodeJS.ErrnoException, '', 0);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family);
    });
  };
}

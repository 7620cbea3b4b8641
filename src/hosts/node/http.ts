/** HTTP for destinations on Node, with the check of every address that a connection goes to. */
import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Agent } from 'undici';
import { checkAddress } from '../../destinations/addresses.ts';
import {
  type Fetch,
  fetchHttpClient,
  type HttpClientFactory,
  type HttpClientOptions,
  networksOf,
} from '../../destinations/http.ts';
import type { Network } from '../../shared/network.ts';
import { isForbiddenPort } from './forbidden-ports.ts';

/** Longest a connection may take to open, milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Node's {@link HttpClientFactory}: a pool of keep-alive connections per destination. Every address a name resolves to
 * is checked in the lookup of the very connection that then uses it, so that a name can't change its address in between.
 */
export const nodeHttpClient: HttpClientFactory = (options) => {
  const lookup = guardedLookup(networksOf(options.allowNetworks));
  let agent: Promise<Agent> | undefined;
  const ownAgent = (): Promise<Agent> => {
    agent ??= createAgent(options, lookup);
    return agent;
  };
  return fetchHttpClient(fetchOver(ownAgent), options, async () => (await agent)?.destroy());
};

/** undici is loaded with the first request: it is a million characters, which no start should wait for. */
async function createAgent(
  { connections, timeoutMs }: HttpClientOptions,
  lookup: LookupFunction,
): Promise<Agent> {
  const { Agent } = await import('./undici.ts');
  return new Agent({
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS), lookup },
  });
}

/** What undici's `fetch` does, as far as destinations use it, without its streams: they take ten times the processor time. */
function fetchOver(ownAgent: () => Promise<Agent>): Fetch {
  return async (url, { method, headers, body, signal }) => {
    const { origin, pathname, search, port } = new URL(url);
    if (isForbiddenPort(port)) throw new TypeError('bad port');
    const agent = await ownAgent();
    const reply = await agent.request({
      origin,
      path: pathname + search,
      method: method === 'GET' ? 'GET' : 'POST',
      headers: { accept: '*/*', ...headers },
      signal,
      ...(body !== undefined && { body }),
    });
    const valuesOf = (name: string) => {
      const value = reply.headers[name.toLowerCase()];
      return value === undefined ? [] : Array.isArray(value) ? value : [value];
    };
    return {
      status: reply.statusCode,
      headers: {
        get: (name) => valuesOf(name).join(', ') || null,
        getSetCookie: () => valuesOf('set-cookie'),
      },
      body: decoded(reply.body, valuesOf('content-encoding').join()),
    };
  };
}

/** We ask for no compression of replies; what a proxy compresses all the same is read too. */
function decoded(body: Readable, encoding: string): AsyncIterable<Uint8Array> {
  const make = DECODERS.get(encoding.trim().toLowerCase());
  if (!make) return body;
  const decoder = make();
  body.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => body.destroy());
  return body.pipe(decoder);
}

const DECODERS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

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

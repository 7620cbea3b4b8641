/** HTTP for destinations on Node, with the check of every address that a connection goes to. */
import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { checkAddress } from '../../destinations/addresses.ts';
import { DestinationRefusedError } from '../../destinations/errors.ts';
import {
  type Fetch,
  fetchHttpClient,
  type HttpClientFactory,
  type HttpClientOptions,
  networksOf,
} from '../../destinations/http.ts';
import { foreignCodeOf } from '../../shared/errors.ts';
import type { Network } from '../../shared/network.ts';
import { orAborted } from '../../shared/or-aborted.ts';
import { systemPhrase } from '../../shared/system-errors.ts';
import { isForbiddenPort } from './forbidden-ports.ts';
import { type ProxyAddress, proxyFor, proxyTrouble } from './proxies.ts';
import type { Dispatcher } from './undici.ts';

/**
 * Bodies from here on are followed until the socket has them: a socket tells when it has written all that it holds, but only where that was
 * more than its limit, which is 64 KiB. Bytes.
 */
const LEAST_FOLLOWED = 128 * 1024;
/** Longest a connection may take to open, milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Node's {@link HttpClientFactory}: a pool of keep-alive connections per destination. Every address a name resolves to
 * is checked in the lookup of the very connection that then uses it, so that a name can't change its address in between.
 * Behind a proxy there is no such lookup.
 */
export const nodeHttpClient: HttpClientFactory = (options) => {
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  const dispatcherOf = (proxy: ProxyAddress | undefined): Promise<Dispatcher> => {
    const key = proxy?.url ?? '';
    const known = dispatchers.get(key);
    if (known) return known;
    const made = createDispatcher(options, proxy);
    dispatchers.set(key, made);
    return made;
  };
  return fetchHttpClient(fetchOver(dispatcherOf, options), options, async () => {
    const made = await Promise.allSettled(dispatchers.values());
    for (const each of made) if (each.status === 'fulfilled') await each.value.destroy();
  });
};

/** undici is loaded with the first request: it is a million characters, which no start should wait for. */
async function createDispatcher(
  { allowNetworks, connections, timeoutMs, tls }: HttpClientOptions,
  proxy: ProxyAddress | undefined,
): Promise<Dispatcher> {
  const { Agent, Pool, ProxyAgent } = await import('./undici.ts');
  const limits = {
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  };
  const timeout = Math.min(timeoutMs, CONNECT_TIMEOUT_MS);
  const certificates = certificatesOf(tls);
  if (!proxy) {
    const lookup = guardedLookup(networksOf(allowNetworks));
    return new Agent({ ...limits, connect: { ...certificates, timeout, lookup } });
  }
  return new ProxyAgent({
    ...limits,
    uri: proxy.url,
    ...(proxy.token !== undefined && { token: proxy.token }),
    proxyTls: { timeout },
    // A proxy that does not answer CONNECT would hold the connection, and all requests behind it, for ever.
    clientFactory: (origin, made) => new Pool(origin, { ...made, headersTimeout: timeout }),
    requestTls: { ...certificates, timeout },
  });
}

/** `tls` as Node's options. Throws `bad_certificate` for what OpenSSL does not take: it would fail with each connection. */
export function certificatesOf(tls: HttpClientOptions['tls']): { ca?: string; cert?: string; key?: string } {
  if (!tls) return {};
  const { ca, certificate: cert, key } = tls;
  const certificates = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  try {
    createSecureContext(certificates);
  } catch (error) {
    const why = systemPhrase(foreignCodeOf(error) ?? '');
    throw new DestinationRefusedError(
      'bad_certificate',
      `The certificates under \`tls\` cannot be used: ${why}`,
    );
  }
  return certificates;
}

/** What undici's `fetch` does, as far as destinations use it, without its streams: they take ten times the processor time. */
function fetchOver(
  dispatcherOf: (proxy: ProxyAddress | undefined) => Promise<Dispatcher>,
  options: Pick<HttpClientOptions, 'proxy'>,
): Fetch {
  return async (url, { method, headers, body, signal, onBodySent }) => {
    const { origin, pathname, search, port } = new URL(url);
    if (isForbiddenPort(port)) throw new TypeError('bad port');
    const proxy = proxyFor(url, options.proxy);
    const dispatcher = await dispatcherOf(proxy);
    const sending = dispatcher.request({
      origin,
      path: pathname + search,
      method,
      signal,
      ...(onBodySent && body instanceof Uint8Array && body.length >= LEAST_FOLLOWED
        ? {
            headers: { accept: '*/*', ...headers, 'content-length': String(body.length) },
            body: followed(body, onBodySent),
          }
        : { headers: { accept: '*/*', ...headers }, ...(body !== undefined && { body }) }),
    });
    // undici takes no notice of the signal while a connection is being opened.
    const reply = await orAborted(sending, signal).catch((error: unknown) => {
      throw (proxy && proxyTrouble(error, origin)) ?? error;
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

/**
 * A body of one piece. undici asks for the next piece when the socket has written this one, or is closed: the kernel, or the code that
 * encrypts, has its copy then. A body that is sent again begins again.
 */
function followed(bytes: Uint8Array<ArrayBuffer>, onBodySent: () => void): Readable {
  const pieces: AsyncIterable<Uint8Array> = {
    async *[Symbol.asyncIterator]() {
      yield bytes;
      onBodySent();
    },
  };
  // undici takes iterables ("Dispatcher.dispatch", parameter `body`), which its types leave out.
  return pieces as Readable;
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

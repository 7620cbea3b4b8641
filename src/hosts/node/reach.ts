/** Opens a connection as the relay would, to find out whether an address can be reached. */
import { once } from 'node:events';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { checkLiteralHost } from '../../destinations/addresses.ts';
import type { Way } from '../../destinations/egress.ts';
import { networksOf } from '../../destinations/http.ts';
import { systemClock } from '../../shared/clock.ts';
import { certificatesOf, guardedLookup, nodeHttpClient } from './http.ts';
import { proxyFor } from './proxies.ts';

/** The longest wait for what answers behind a proxy. Milliseconds. */
const PROXIED_MS = 30_000;

/**
 * Connects to the origin of an address (`http:`, `https:`, `tcp:` or `tls:`), with TLS and the check of its certificate where it is https or
 * tls, and closes the connection without a request. Where a proxy is on the way, it asks for `/` instead: a proxy for plain http connects to nobody before it has a request.
 * Addresses outside the public internet and `allowNetworks` are refused, as they are for destinations. Throws the error of the
 * system, of TLS, or those of a destination's HTTP client.
 */
export async function reachOrigin(address: string, way: Way, signal: AbortSignal): Promise<void> {
  const { allowNetworks, proxy, tls } = way;
  const url = new URL(address);
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:';
  if (isHttp && proxyFor(url.href, proxy)) {
    const client = nodeHttpClient({ ...way, connections: 1, timeoutMs: PROXIED_MS, clock: systemClock });
    try {
      await client.send({ method: 'GET', url: `${url.origin}/`, headers: {} }, signal);
    } finally {
      await client.close();
    }
    return;
  }
  const networks = networksOf(allowNetworks);
  checkLiteralHost(url, networks);
  const isTls = url.protocol === 'https:' || url.protocol === 'tls:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const options = { host, port: Number(url.port || (isTls ? 443 : 80)), lookup: guardedLookup(networks) };
  const servername = isIP(host) === 0 ? host : '';
  const socket = isTls ? connectTls({ ...options, ...certificatesOf(tls), servername }) : connectTcp(options);
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal });
  } finally {
    socket.destroy();
  }
}

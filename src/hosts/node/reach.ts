/** Opens a connection as the relay would, to find out whether an address can be reached. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { checkLiteralHost } from '../../destinations/addresses.ts';
import { networksOf } from '../../destinations/http.ts';
import { guardedLookup } from './http.ts';

/**
 * Connects to the origin of an address, with TLS and the check of its certificate where it is https, and closes the connection without a
 * request. Addresses outside the public internet and `allowNetworks` are refused, as they are for destinations. Throws the error of the
 * system, of TLS, or `address_refused`.
 */
export async function reachOrigin(
  address: string,
  allowNetworks: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(address);
  const networks = networksOf(allowNetworks);
  checkLiteralHost(url, networks);
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const options = { host, port: Number(url.port || (isTls ? 443 : 80)), lookup: guardedLookup(networks) };
  const socket = isTls
    ? connectTls({ ...options, servername: /^[\d.:]+$/.test(host) ? '' : host })
    : connectTcp(options);
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal });
  } finally {
    socket.destroy();
  }
}

/** Proxies on the way to destinations: which one, and what its refusals mean. */
import { Buffer } from 'node:buffer';
import { getProxyForUrl } from 'proxy-from-env';
import type { ProxySetting } from '../../destinations/egress.ts';
import { DestinationRefusedError, RetryableError } from '../../destinations/errors.ts';
import { isInNetwork, parseNetwork } from '../../shared/network.ts';

/** A proxy and who we are there. */
export interface ProxyAddress {
  /** Without user and password. */
  readonly url: string;
  /** `Proxy-Authorization`. */
  readonly token?: string;
}

/**
 * The proxy on the way to an address; undefined if there is none.
 *
 * @param setting absent: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY decide, in upper or lower case. NO_PROXY may have networks, too.
 */
export function proxyFor(url: string, setting: ProxySetting | undefined): ProxyAddress | undefined {
  if (setting === 'none') return undefined;
  if (setting) return proxyOf(setting.url, setting.username, setting.password);
  const text = getProxyForUrl(url);
  if (text === '' || isInExceptedNetwork(url)) return undefined;
  const isProxy = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isProxy) {
    // The value may have a password in it, so it is not shown.
    throw new DestinationRefusedError(
      'proxy_refused',
      'HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is no http or https address',
    );
  }
  const proxy = new URL(text);
  const [username, password] = [proxy.username, proxy.password].map(decoded);
  return proxyOf(proxy.origin, username === '' ? undefined : username, password);
}

/** Whether NO_PROXY has the address that stands in the URL as `::1`, or in a network such as `10.0.0.0/8`: the package knows neither. */
function isInExceptedNetwork(url: string): boolean {
  const host = parseNetwork(new URL(url).hostname.replace(/^\[|\]$/g, ''))?.[0];
  if (!host) return false;
  const exceptions = (process.env.no_proxy || process.env.NO_PROXY || '').split(/[,\s]+/);
  return exceptions.some((text) => {
    const network = parseNetwork(text);
    return network !== undefined && isInNetwork(host, network);
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function proxyOf(url: string, username: string | undefined, password = ''): ProxyAddress {
  if (username === undefined) return { url };
  return { url, token: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** What undici says of a proxy that answered, with its status. */
const STATUS = /^Proxy (?:response \((\d{3})\)|Authentication Required \((407)\))/;

/** What an error of a request through a proxy means; undefined if the proxy is not to blame. @param origin where the request was to go. */
export function proxyTrouble(
  error: unknown,
  origin: string,
): RetryableError | DestinationRefusedError | undefined {
  if (!(error instanceof Error)) return undefined;
  const match = STATUS.exec(error.message);
  const status = Number(match?.[1] ?? match?.[2]);
  if (status === 407) {
    return new DestinationRefusedError(
      'proxy_refused',
      `The proxy on the way to ${origin} wants another user name and password (407)`,
    );
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return new DestinationRefusedError(
      'proxy_refused',
      `The proxy does not let the relay through to ${origin} (${status})`,
    );
  }
  if (match) return new RetryableError('unreachable', `The proxy cannot reach ${origin} (${status})`);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^E(?:CONNREFUSED|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH)$|^UND_ERR_CONNECT_TIMEOUT$/.test(code)) {
    return new RetryableError('unreachable', `The proxy on the way to ${origin} can't be reached (${code})`);
  }
  return undefined;
}

/** Tells requests of the console's own pages from those that another site, or a proxy that nobody meant, has led here. */
import type { ConsoleConfig } from '../../config/console.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';

/** What of a request says where it comes from. */
export interface Provenance {
  /** The header `Host`. */
  readonly host: string | undefined;
  header(name: string): string | undefined;
}

/** Headers that a proxy adds. */
const OF_PROXIES = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-original-host',
  'x-client-ip',
  'x-envoy-external-address',
  'cf-connecting-ip',
  'true-client-ip',
] as const;

/**
 * Why a request must not be answered; undefined where it may be.
 *
 * Without a login, only a request to this machine by its own name counts: the page of an attacker can give its name the address
 * 127.0.0.1 (DNS rebinding), and then the browser sends that name as `Host`. A proxy on this machine would open the console to
 * everybody who reaches the proxy.
 */
export function strangeHost(
  { host, header }: Provenance,
  { public_url: address, host: listens, login }: ConsoleConfig,
): string | undefined {
  if (host === undefined) return 'The request names no host.';
  if (!login) {
    const proxy = OF_PROXIES.find((name) => header(name) !== undefined);
    if (proxy !== undefined) {
      return 'The request came through a proxy, and without console.login the console is for this machine alone.';
    }
    if (isLocal(host)) return undefined;
    return 'Without console.login the console answers to localhost, 127.0.0.1 and [::1] alone.';
  }
  if (address === undefined || host.toLowerCase() === hostOf(address)) return undefined;
  // Who is on the machine, or comes through a tunnel, needs the login as well.
  if (isLoopbackHost(listens) && isLocal(host)) return undefined;
  return 'The host is not that of console.public_url.';
}

/** Whether a request that changes something, or reads data, comes from a page of the console itself. */
export function isOwnOrigin(
  { host, header }: Provenance,
  { public_url: address }: ConsoleConfig,
  { isChange }: { readonly isChange: boolean },
): boolean {
  const site = header('sec-fetch-site');
  // `none`: a person typed the address.
  if (site !== undefined && site !== 'same-origin' && (isChange || site !== 'none')) return false;
  const origin = header('origin');
  if (origin === undefined) return !isChange;
  const url = URL.parse(origin);
  if (!url || url.origin !== origin || !/^https?:$/.test(url.protocol)) return false;
  if (address !== undefined && url.origin === URL.parse(address)?.origin) return true;
  const isHosts = url.host === host?.toLowerCase();
  return address === undefined ? isHosts : isHosts && isLoopbackHost(url.hostname);
}

function isLocal(host: string): boolean {
  const [, name = ''] = /^(.*?)(?::\d{1,5})?$/.exec(host) ?? [];
  return isLoopbackHost(name);
}

function hostOf(address: string): string | undefined {
  return URL.parse(address)?.host;
}

/**
 * Where a person is led after a login: a page of the console, whatever the address asks for.
 *
 * @param wanted what `?to=` says. Anything but a path of the console becomes `/console/`.
 */
export function safeReturn(wanted: string | undefined): string {
  if (wanted === undefined || wanted.length > 1_000 || !/^\/console\/[\x21-\x7e]*$/.test(wanted)) {
    return '/console/';
  }
  const url = URL.parse(wanted, 'https://console.invalid');
  const isPage =
    url?.origin === 'https://console.invalid' &&
    url.pathname.startsWith('/console/') &&
    !/^\/console\/(?:api|login|callback|logout)(?:\/|$)/.test(url.pathname);
  return url && isPage && !wanted.includes('\\') ? `${url.pathname}${url.search}` : '/console/';
}

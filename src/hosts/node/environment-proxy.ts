/** Has what the relay asks by Node's `fetch` (signing keys, Key Vault, telemetry) go by HTTPS_PROXY and NO_PROXY. */
import http from 'node:http';

/** The process itself is asked by `health`, and no proxy is on the way to it. */
const OWN_HOST = ['127.0.0.1', 'localhost', '::1'];
const VARIABLES = ['https_proxy', 'http_proxy', 'all_proxy'];

/**
 * Sets Node's proxies by the environment; without a variable that names one, it does nothing. Node 22 has no such function before 22.21:
 * there, destinations and the Azure SDKs go through the proxy, and these requests do not.
 *
 * An address without a scheme (`proxy:3128`) is http, as curl has it. It is completed in `env`, because the Azure SDKs read it there and
 * cannot parse it.
 *
 * @returns a warning where a variable has no address that can be used: then these requests go without a proxy.
 */
export function useEnvironmentProxy(env: Record<string, string | undefined>): string | undefined {
  for (const name of VARIABLES.flatMap((each) => [each, each.toUpperCase()])) {
    const value = env[name]?.trim() ?? '';
    if (value !== '' && !value.includes('://')) env[name] = `http://${value}`;
  }
  const variable = (name: string) => env[name.toLowerCase()] || env[name.toUpperCase()] || undefined;
  const https = variable('https_proxy') ?? variable('all_proxy');
  const plain = variable('http_proxy') ?? variable('all_proxy');
  if ((https ?? plain) === undefined) return undefined;
  const exceptions = [variable('no_proxy'), ...OWN_HOST].filter((each) => each !== undefined);
  try {
    if (![https, plain].every(isUsable)) return UNUSABLE;
    if (typeof http.setGlobalProxyFromEnv !== 'function') return undefined;
    http.setGlobalProxyFromEnv({
      ...(https !== undefined && { https_proxy: https }),
      ...(plain !== undefined && { http_proxy: plain }),
      no_proxy: exceptions.join(','),
    });
    return undefined;
  } catch {
    // What Node says of an address quotes it, and the password in it.
    return UNUSABLE;
  }
}

/** Whether a variable names a proxy, in upper or lower case. */
export function hasEnvironmentProxy(env: Readonly<Record<string, string | undefined>>): boolean {
  return VARIABLES.some((name) => env[name] || env[name.toUpperCase()]);
}

const UNUSABLE =
  'HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is no http or https address that can be used: destinations that go by it are refused, and other requests go without a proxy';

function isUsable(address: string | undefined): boolean {
  return address === undefined || /^https?:$/.test(URL.parse(address)?.protocol ?? '');
}

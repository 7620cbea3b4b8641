/** Has what the relay asks by Node's `fetch` (signing keys, Key Vault, telemetry) go by HTTPS_PROXY and NO_PROXY. */
import http from 'node:http';

/** The process itself is asked by `health`, and no proxy is on the way to it. */
const OWN_HOST = ['127.0.0.1', 'localhost', '::1'];

/**
 * Sets Node's proxies by the environment; without a variable that names one, it does nothing. Node 22 has no such function before 22.21:
 * there, destinations and the Azure SDKs go through the proxy, and these requests do not.
 */
export function useEnvironmentProxy(env: Readonly<Record<string, string | undefined>>): void {
  const variable = (name: string) => env[name.toLowerCase()] ?? env[name.toUpperCase()];
  const https = variable('https_proxy') ?? variable('all_proxy');
  const plain = variable('http_proxy') ?? variable('all_proxy');
  if ((https ?? plain) === undefined || typeof http.setGlobalProxyFromEnv !== 'function') return;
  const exceptions = [variable('no_proxy'), ...OWN_HOST].filter((each) => each !== undefined && each !== '');
  http.setGlobalProxyFromEnv({
    ...(https !== undefined && { https_proxy: https }),
    ...(plain !== undefined && { http_proxy: plain }),
    no_proxy: exceptions.join(','),
  });
}

/** Opens the HTTP client of one destination, with what its code is given beside it. */
import type { DestinationDeps } from './deps.ts';
import type { Descriptor, HttpSenderDeps } from './descriptor.ts';
import type { HttpClient } from './http.ts';
import type { DestinationConfig } from './list.ts';

export interface OpenHttp {
  readonly client: HttpClient;
  readonly deps: HttpSenderDeps;
}

/** What a host supplies, with the pace of the one destination. */
export type OpenHttpDeps = Omit<DestinationDeps, 'files' | 'paces'> & Pick<HttpSenderDeps, 'pace'>;

/** The client of an entry of `destinations:`, which may reach the public internet and its `allow_networks`. Whoever opens it closes it. */
export function openHttp(
  config: DestinationConfig,
  descriptor: Extract<Descriptor, { readonly needs: 'http' }>,
  connections: number,
  { http, clock, retryAfterMaxMs, links, pace, credentials }: OpenHttpDeps,
): OpenHttp {
  const client = http({
    allowNetworks: config.allow_networks ?? [],
    connections,
    timeoutMs: config.timeout ?? descriptor.timeoutMs,
    ...(descriptor.maxReplyBytes !== undefined && { maxReplyBytes: descriptor.maxReplyBytes }),
    proxy: config.proxy,
    tls: config.tls,
    clock,
  });
  const secrets = descriptor.secrets(config);
  const context = () => ({ who: descriptor.who, secrets, now: clock.now(), retryAfterMaxMs });
  return {
    client,
    deps: {
      http: client,
      clock,
      context,
      ...(links && { links }),
      ...(pace && { pace }),
      ...(credentials && { credentials }),
    },
  };
}

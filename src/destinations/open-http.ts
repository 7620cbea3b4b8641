/** Opens the HTTP client of one destination, with what its code is given beside it. */
import type { DestinationDeps } from './deps.ts';
import type { Descriptor, HttpSenderDeps } from './descriptor.ts';
import type { HttpClient, HttpRequest } from './http.ts';
import type { LastReplies } from './last-replies.ts';
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
  { http, clock, retryAfterMaxMs, links, pace, credentials, replies }: OpenHttpDeps,
): OpenHttp {
  const opened = http({
    allowNetworks: config.allow_networks ?? [],
    connections,
    timeoutMs: config.timeout ?? descriptor.timeoutMs,
    ...(descriptor.maxReplyBytes !== undefined && { maxReplyBytes: descriptor.maxReplyBytes }),
    proxy: config.proxy,
    tls: config.tls,
    clock,
  });
  const secrets = descriptor.secrets(config);
  const client = replies ? watchedBy(replies, opened, secrets) : opened;
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

/** A client whose replies are remembered. */
function watchedBy(replies: LastReplies, client: HttpClient, secrets: readonly string[]): HttpClient {
  return {
    async send(request, signal) {
      const reply = await client.send(request, signal);
      replies.reply(signal, reply, [...secrets, ...credentialsIn(request)]);
      return reply;
    },
    close: () => client.close(),
  };
}

/** What of a request's own headers is secret, such as an access token, which a reply may repeat. */
function credentialsIn({ headers }: HttpRequest): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    /authorization|token|key|secret|signature/i.test(name) ? [value, ...value.split(/[ ,]/)] : [],
  );
}

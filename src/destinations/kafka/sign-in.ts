/** How the relay signs in to brokers: by password, or by an access token that is asked for when a connection needs one. */
import type { SocketSenderDeps } from '../descriptor.ts';
import type { KafkaSignIn } from '../kafka-client.ts';
import { accessTokens } from '../oauth-tokens.ts';
import type { KafkaConfig } from './config.ts';

/** Milliseconds that asking for a token may take. */
const TOKEN_MS = 10_000;

export interface OpenSignIn {
  readonly with: KafkaSignIn;
  close(): Promise<void>;
}

/** Undefined where the config says nothing of signing in. */
export function openSignIn(
  { sasl, allow_networks: allowNetworks = [], proxy, tls }: KafkaConfig,
  { http, clock, retryAfterMaxMs }: SocketSenderDeps,
): OpenSignIn | undefined {
  if (sasl === undefined) return undefined;
  if (sasl.mechanism !== 'oauthbearer') return { with: sasl, close: async () => {} };
  const client = http({ allowNetworks, connections: 1, timeoutMs: TOKEN_MS, proxy, tls, clock });
  const tokens = accessTokens(sasl, {
    http: client,
    clock,
    context: () => ({
      who: 'The token endpoint',
      secrets: [sasl.client_secret],
      now: clock.now(),
      retryAfterMaxMs,
    }),
  });
  return {
    with: {
      mechanism: 'oauthbearer',
      // The client's own time-out bounds it.
      token: () => tokens.token(new AbortController().signal),
    },
    close: () => client.close(),
  };
}

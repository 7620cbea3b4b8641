/** How the relay signs in to brokers: by password, or by an access token that is asked for when a connection needs one. */
import type { SocketSenderDeps } from '../descriptor.ts';
import type { KafkaSignIn } from '../kafka-client.ts';
import { accessTokens } from '../oauth-tokens.ts';
import type { KafkaConfig } from './config.ts';

/** Milliseconds that asking for a token may take. */
const TOKEN_MS = 10_000;

export interface OpenSignIn {
  readonly with: KafkaSignIn;
  /** The cluster refused it: an access token is asked for anew. */
  refused(): void;
  close(): Promise<void>;
}

/** Undefined where the config says nothing of signing in. */
export function openSignIn(
  { sasl, allow_networks: allowNetworks = [], proxy, tls }: KafkaConfig,
  { http, clock, retryAfterMaxMs }: SocketSenderDeps,
): OpenSignIn | undefined {
  if (sasl === undefined) return undefined;
  if (sasl.mechanism !== 'oauthbearer') return { with: sasl, refused() {}, close: async () => {} };
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
  let given: string | undefined;
  return {
    with: {
      mechanism: 'oauthbearer',
      async token() {
        // The client's own time-out bounds it.
        given = await tokens.token(new AbortController().signal);
        return given;
      },
    },
    refused() {
      if (given !== undefined) tokens.drop(given);
      given = undefined;
    },
    close: () => client.close(),
  };
}

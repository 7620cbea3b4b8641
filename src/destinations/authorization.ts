// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `auth:` of a destination over HTTP: how requests prove who sends them. */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import { headerText, ownHeaderName, secret, sensitive } from '../shared/secret.ts';
import { httpUrl } from './common.ts';
import { type GoogleServiceAccount, googleSecrets, googleTokens } from './google-tokens.ts';
import type { HttpClient } from './http.ts';
import { type AccessTokens, accessTokens } from './oauth-tokens.ts';
import type { ReplyContext } from './reply.ts';

const filled = z.string().min(1).max(8_192);
const secretText = secret(headerText.min(1).max(8_192));

const basic = z
  .strictObject({
    type: z.literal('basic'),
    username: filled
      .refine((name) => !name.includes(':'), 'a user name without a colon (RFC 7617)')
      .describe('The user name.')
      .meta({ examples: ['xdr-relay'] }),
    password: secret(filled)
      .describe('The password.')
      .meta({ examples: ['${SOAR_PASSWORD}'] }),
  })
  .describe('A user name and a password (RFC 7617).');

const bearer = z
  .strictObject({
    type: z.literal('bearer'),
    token: secretText.describe('The token.').meta({ examples: ['${SOAR_TOKEN}'] }),
  })
  .describe('A bearer token (RFC 6750).');

const apiKey = z
  .strictObject({
    type: z.literal('api_key'),
    header: ownHeaderName.default('X-API-Key').describe('The header that has the key.'),
    key: secretText.describe('The key.').meta({ examples: ['${SOAR_KEY}'] }),
  })
  .describe('A key in a header.');

const oauth2 = z
  .strictObject({
    type: z.literal('oauth2'),
    token_url: sensitive(httpUrl)
      .describe('The token endpoint. It may be where the destination may be: see `allow_networks`.')
      .meta({ examples: ['https://login.contoso.example/oauth2/token'] }),
    client_id: filled.describe('The id of the client.').meta({ examples: ['xdr-relay'] }),
    client_secret: secret(filled)
      .describe('The secret of the client.')
      .meta({ examples: ['${SOAR_CLIENT_SECRET}'] }),
    scope: z
      .string()
      .regex(
        /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
        'scopes, separated by single spaces',
      )
      .optional()
      .describe('Scopes, separated by spaces.')
      .meta({ examples: ['events.write'] }),
    audience: filled
      .optional()
      .describe('`audience` of the request, which some servers ask for.')
      .meta({ examples: ['https://soar.contoso.example'] }),
    client_auth: z
      .enum(['basic', 'post'])
      .default('basic')
      .describe(
        'Where the client id and secret stand: in the Authorization header, or in the body (RFC 6749, section 2.3.1).',
      ),
  })
  .describe(
    'An access token by the client credentials grant (RFC 6749, section 4.4), asked for when it is needed and kept while it is good.',
  );

/** `auth:` of a destination in relay.yaml. */
export const authorizationConfig = z
  .discriminatedUnion('type', [basic, bearer, apiKey, oauth2])
  .optional()
  .describe('How requests prove who sends them.')
  .meta({ examples: [{ type: 'bearer', token: '${SOAR_TOKEN}' }] });

export type AuthorizationConfig = NonNullable<z.output<typeof authorizationConfig>>;
/** Every way in which requests can prove who sends them: those of `auth:`, and those that only presets have. */
export type AnyAuthorization = AuthorizationConfig | GoogleServiceAccount;

/** One header of a request, and what of it must not be shown. */
export interface Credential {
  readonly header: string;
  readonly value: string;
  readonly secrets: readonly string[];
}

/** The credentials of one destination. */
export interface Authorization {
  /** The header of the next request. Throws as the HTTP client does, and DestinationRefusedError where no token is given. */
  credential(signal: AbortSignal): Promise<Credential | undefined>;
  /** After a 401. Whether another credential may be had at once: then the request is worth one more try. */
  refused(credential: Credential | undefined): boolean;
}

interface AuthorizationDeps {
  readonly http: HttpClient;
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly context: () => ReplyContext;
}

/** The credentials that an entry of `destinations:` asks for. */
export function authorizationBy(
  config: AnyAuthorization | undefined,
  deps: AuthorizationDeps,
): Authorization {
  if (config?.type === 'oauth2') return byTokens(accessTokens(config, deps));
  if (config?.type === 'google_service_account') return byTokens(googleTokens(config, deps));
  const credential = config && constantCredential(config);
  return { credential: async () => credential, refused: () => false };
}

/** Bearer tokens that are asked for. */
export function byTokens(tokens: AccessTokens): Authorization {
  return {
    async credential(signal) {
      const token = await tokens.token(signal);
      return { header: 'authorization', value: `Bearer ${token}`, secrets: [token] };
    },
    refused: (credential) => credential !== undefined && tokens.drop(credential.secrets[0] ?? ''),
  };
}

type ConstantAuthorization = Exclude<AuthorizationConfig, { readonly type: 'oauth2' }>;

function constantCredential(config: ConstantAuthorization): Credential {
  const secrets = authorizationSecrets(config);
  switch (config.type) {
    case 'basic':
      return { header: 'authorization', value: `Basic ${userAndPassword(config)}`, secrets };
    case 'bearer':
      return { header: 'authorization', value: `Bearer ${config.token}`, secrets };
    case 'api_key':
      return { header: config.header.toLowerCase(), value: config.key, secrets };
  }
}

/** The header that `auth:` sets, in lower case; undefined without `auth:`. */
export function authorizationHeader(config: AnyAuthorization | undefined): string | undefined {
  if (config === undefined) return undefined;
  return config.type === 'api_key' ? config.header.toLowerCase() : 'authorization';
}

/** What is wrong with the `headers:` beside an `auth:`: each that it sets. For `superRefine`. */
export function headersOfAuth(
  config: AnyAuthorization | undefined,
  headers: Readonly<Record<string, unknown>>,
): readonly { readonly code: 'custom'; readonly path: string[]; readonly message: string }[] {
  const own = authorizationHeader(config);
  return Object.keys(headers)
    .filter((name) => name.toLowerCase() === own)
    .map((name) => ({
      code: 'custom',
      path: ['headers', name],
      message: 'left out: `auth` sets this header',
    }));
}

/** What a reply may repeat of the credentials in the configuration. */
export function authorizationSecrets(config: AnyAuthorization | undefined): readonly string[] {
  switch (config?.type) {
    case undefined:
      return [];
    case 'basic':
      return [config.password, userAndPassword(config)];
    case 'bearer':
      return [config.token];
    case 'api_key':
      return [config.key];
    case 'oauth2':
      return [config.client_secret, encodeURIComponent(config.client_secret)];
    case 'google_service_account':
      return googleSecrets(config);
  }
}

function userAndPassword({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

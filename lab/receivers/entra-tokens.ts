/**
 * Strict token endpoints of Microsoft: Entra ID's for client credentials, and those of managed identities.
 *
 * Sources:
 * - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow : request, reply, form of errors
 * - https://learn.microsoft.com/entra/identity-platform/reference-error-codes : AADSTS codes
 * - https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token : the metadata service
 * - https://learn.microsoft.com/azure/app-service/overview-managed-identity : `IDENTITY_ENDPOINT` and `X-IDENTITY-HEADER`
 *
 * `entra.ts` is the lenient one, whose tokens tests read back.
 */
import { randomBytes } from 'node:crypto';
import type { ReceivedRequest, ReceiverReply } from './server.ts';

/** What is registered in a tenant. */
export interface EntraRegistration {
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Other secrets that are accepted now, as while a secret is rotated. */
  readonly moreSecrets?: () => readonly string[];
  /** The resources for which there are tokens, such as `https://monitor.azure.com`. */
  readonly audiences: readonly string[];
  /** The value of `X-IDENTITY-HEADER`. */
  readonly identityHeader: string;
  /** How long a token is valid. Seconds. */
  readonly lifetimeS: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface TokenIssuer {
  /** The reply of a token endpoint; undefined for another path. */
  answer(request: ReceivedRequest): ReceiverReply | undefined;
  /** The audience of a token and whether it has expired; undefined for a token that nobody issued, or that was revoked. */
  tokenOf(value: string): { readonly audience: string; readonly isExpired: boolean } | undefined;
  /** Makes all tokens of now invalid. */
  revoke(): void;
  /** How many tokens were issued. */
  issued(): number;
}

interface EntraError {
  readonly status: number;
  readonly error: string;
  readonly code: number;
  readonly text: string;
}

const FORM = 'application/x-www-form-urlencoded';

/** Makes the issuer of one tenant's tokens. A token says nothing to the client: it is opaque. */
export function tokenIssuer(registration: EntraRegistration): TokenIssuer {
  const tokens = new Map<string, { readonly audience: string; readonly expiresAt: number }>();
  let issued = 0;

  function issue(audience: string): string {
    issued += 1;
    const token = randomBytes(48).toString('base64url');
    tokens.set(token, { audience, expiresAt: registration.now() + registration.lifetimeS * 1_000 });
    return token;
  }

  function clientCredentials(request: ReceivedRequest, tenant: string): ReceiverReply {
    const form = new URLSearchParams(request.body);
    const refused = requestError(request, tenant, form) ?? clientError(form) ?? scopeError(form);
    if (refused !== undefined) return entraReply(refused, registration.now());
    const token = issue(audienceOf(form.get('scope') ?? '') ?? '');
    const { lifetimeS } = registration;
    return json(200, {
      token_type: 'Bearer',
      expires_in: lifetimeS,
      ext_expires_in: lifetimeS,
      access_token: token,
    });
  }

  function requestError(
    { headers }: ReceivedRequest,
    tenant: string,
    form: URLSearchParams,
  ): EntraError | undefined {
    const invalid = (code: number, text: string): EntraError => ({
      status: 400,
      error: 'invalid_request',
      code,
      text,
    });
    if (headers['content-type']?.split(';')[0]?.trim() !== FORM) {
      return invalid(900561, `The endpoint only accepts POST requests with the content type ${FORM}.`);
    }
    if (tenant !== registration.tenant) return invalid(90002, `Tenant '${tenant}' not found.`);
    const missing = ['grant_type', 'client_id', 'scope'].find((each) => !form.get(each));
    if (missing !== undefined) {
      return invalid(900144, `The request body must contain the following parameter: '${missing}'.`);
    }
    const grant = form.get('grant_type');
    if (grant === 'client_credentials') return undefined;
    const text = `The app requested an unsupported grant type '${grant}'.`;
    return { status: 400, error: 'unsupported_grant_type', code: 70003, text };
  }

  function clientError(form: URLSearchParams): EntraError | undefined {
    const client = form.get('client_id');
    const secret = form.get('client_secret');
    if (client !== registration.clientId) {
      const text = `Application with identifier '${client}' was not found in the directory.`;
      return { status: 400, error: 'unauthorized_client', code: 700016, text };
    }
    const invalid = (code: number, text: string): EntraError => ({
      status: 401,
      error: 'invalid_client',
      code,
      text,
    });
    if (!secret) {
      const parameters = "'client_assertion' or 'client_secret'";
      return invalid(7000218, `The request body must contain the following parameter: ${parameters}.`);
    }
    const secrets = [registration.clientSecret, ...(registration.moreSecrets?.() ?? [])];
    if (secrets.includes(secret)) return undefined;
    return invalid(7000215, `Invalid client secret provided for app '${client}'.`);
  }

  function scopeError(form: URLSearchParams): EntraError | undefined {
    const scope = form.get('scope') ?? '';
    const audience = audienceOf(scope);
    if (audience === undefined) {
      const text = `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
      return { status: 400, error: 'invalid_scope', code: 1002012, text };
    }
    if (registration.audiences.includes(audience)) return undefined;
    const text = `The resource principal named ${audience} was not found in the tenant.`;
    return { status: 400, error: 'invalid_resource', code: 500011, text };
  }

  function managedIdentity({ headers }: ReceivedRequest, url: URL): ReceiverReply {
    const isMetadata = url.pathname === '/metadata/identity/oauth2/token';
    const [version, error] = isMetadata ? ['2018-02-01', 'invalid_request'] : ['2019-08-01', undefined];
    const refuse = (status: number, text: string) =>
      json(
        status,
        error === undefined ? { statusCode: status, message: text } : { error, error_description: text },
      );
    if (isMetadata && headers.metadata !== 'true')
      return refuse(400, 'Required metadata header not specified');
    if (!isMetadata && headers['x-identity-header'] !== registration.identityHeader) {
      return refuse(403, 'The header X-IDENTITY-HEADER is missing or invalid.');
    }
    if (url.searchParams.get('api-version') !== version) return refuse(400, `api-version must be ${version}`);
    const resource = (url.searchParams.get('resource') ?? '').replace(/\/+$/, '');
    if (!registration.audiences.includes(resource))
      return refuse(400, `Resource '${resource}' was not found`);
    const expiresOn = Math.floor(registration.now() / 1_000) + registration.lifetimeS;
    return json(200, {
      access_token: issue(resource),
      client_id: registration.clientId,
      expires_on: String(expiresOn),
      resource,
      token_type: 'Bearer',
      ...(isMetadata && {
        expires_in: String(registration.lifetimeS),
        not_before: String(expiresOn - 3_600),
      }),
    });
  }

  return {
    answer(request) {
      const url = new URL(request.path, 'http://receiver');
      const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(url.pathname)?.[1];
      const isIdentity = ['/metadata/identity/oauth2/token', '/msi/token'].includes(url.pathname);
      if (tenant === undefined && !isIdentity) return undefined;
      if (request.method !== (isIdentity ? 'GET' : 'POST')) return { status: 405 };
      return tenant === undefined ? managedIdentity(request, url) : clientCredentials(request, tenant);
    },
    tokenOf(value) {
      const token = tokens.get(value);
      return token && { audience: token.audience, isExpired: token.expiresAt <= registration.now() };
    },
    revoke: () => tokens.clear(),
    issued: () => issued,
  };
}

/** The resource of a scope `<resource>/.default`. Resources that end with a slash have two before `.default`. */
function audienceOf(scope: string): string | undefined {
  return /^(https:\/\/[^\s/]+)\/{1,2}\.default$/.exec(scope)?.[1];
}

function entraReply({ status, error, code, text }: EntraError, now: number): ReceiverReply {
  const timestamp = new Date(now).toISOString().replace('T', ' ').replace(/\.\d+/, '');
  const trace = '00000000-0000-4000-8000-0000000000aa';
  return json(status, {
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: ${trace} Correlation ID: ${trace} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: trace,
    correlation_id: trace,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  });
}

function json(status: number, body: unknown): ReceiverReply {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store, no-cache',
    pragma: 'no-cache',
  };
  return { status, headers, body: JSON.stringify(body) };
}

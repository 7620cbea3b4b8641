/**
 * A substitute for Azure Monitor's Logs Ingestion API, which is how rows reach Microsoft Sentinel, on loopback, with Entra ID beside it.
 *
 * Sources:
 * - https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview : URI, headers, audiences, the body as a JSON array in UTF-8
 * - https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api : 1 MB a call, "both compressed and
 *   uncompressed data", 12,000 calls and 2 GB a minute, `Retry-After`
 * - https://github.com/Azure/azure-rest-api-specs, monitor/data-plane/ingestion/stable/2023-01-01 : 204, `x-ms-error-code`, form of errors
 * - https://github.com/Azure/azure-sdk-for-net/pull/37173 : the 403; https://github.com/JulianHayward/AzADServicePrincipalInsights/issues/30 : the 413
 * - https://github.com/Azure/azure-sdk-for-python/issues/32562 : a body that is no array gets 204 and is lost
 *
 * Where the pages are silent, this receiver takes the stricter reading. 1 MB is a limit of the body before and after compression. What Azure
 * Monitor loses silently because the body is no array of objects gets a 400. The codes of 400, 401 and 404 are this receiver's own.
 */
import type { BodyFault } from './body.ts';
import { type EntraRegistration, type TokenIssuer, tokenIssuer } from './entra-tokens.ts';
import { duplicateKey, isObject } from './json.ts';
import { ingested, type SentinelLoss } from './sentinel-rows.ts';
import { type DataCollectionRule, ruleTroubles, type SentinelTables } from './sentinel-rule.ts';
import {
  type KeepingOptions,
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

/** A row that was accepted. */
export interface SentinelRow {
  readonly stream: string;
  /** As it was sent. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** As the stream's columns hold it. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly losses: readonly SentinelLoss[];
}

/** `maxBytes` is 1 MiB by default, before and after compression. */
export interface SentinelReceiverOptions extends KeepingOptions<SentinelRow> {
  /** The rules, by their immutable id (`dcr-` and 32 hexadecimal digits). */
  readonly rules: Readonly<Record<string, DataCollectionRule>>;
  readonly tables: SentinelTables;
  /** Whose audience tokens must have. Default: `public`. */
  readonly cloud?: keyof typeof AUDIENCES;
  /** The rules for which the application has the role Monitoring Metrics Publisher. Default: all. */
  readonly mayIngest?: (rule: string) => boolean;
  readonly clientSecret?: string;
  /** Other client secrets that are accepted now. */
  readonly moreSecrets?: () => readonly string[];
  /** Seconds, default 3599. */
  readonly tokenLifetimeS?: number;
  /** The most calls in a minute to each rule. Default: 12,000. */
  readonly callsPerMinute?: number;
}

export interface SentinelReceiver extends Receiver {
  /** Of the token endpoint: `<origin>/<tenant>/oauth2/v2.0/token`. */
  readonly tokenUrl: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The value of `X-IDENTITY-HEADER` at `<origin>/msi/token`. */
  readonly identityHeader: string;
  /** What is put before `/.default` for the scope. */
  readonly audience: string;
  readonly tokens: Pick<TokenIssuer, 'revoke' | 'issued'>;
  readonly received: readonly SentinelRow[];
}

const AUDIENCES = {
  public: 'https://monitor.azure.com',
  china: 'https://monitor.azure.cn',
  usGovernment: 'https://monitor.azure.us',
} as const;
const VERSIONS: readonly string[] = ['2023-01-01', '2021-11-01-preview'];
const PATH = /^\/dataCollectionRules\/([^/]+)\/streams\/([^/]+)$/;
const MB = 1_048_576;
const MINUTE_MS = 60_000;

/** Starts a Logs Ingestion API on loopback. Throws if Azure would not deploy one of the rules. */
export async function startSentinelReceiver(options: SentinelReceiverOptions): Promise<SentinelReceiver> {
  const troubles = Object.values(options.rules).flatMap((rule) => ruleTroubles(rule, options.tables));
  if (troubles.length > 0) throw new Error(`The rules cannot be deployed: ${troubles.join('; ')}`);
  const now = options.now ?? Date.now;
  const audience = AUDIENCES[options.cloud ?? 'public'];
  const registration: EntraRegistration = {
    tenant: '11111111-1111-4111-8111-111111111111',
    clientId: '22222222-2222-4222-8222-222222222222',
    clientSecret: options.clientSecret ?? 'a-client-secret',
    ...(options.moreSecrets && { moreSecrets: options.moreSecrets }),
    audiences: [...Object.values(AUDIENCES), 'https://management.azure.com'],
    identityHeader: 'an-identity-header',
    lifetimeS: options.tokenLifetimeS ?? 3_599,
    now,
  };
  const issuer = tokenIssuer(registration);
  const received: SentinelRow[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const calls = new Map<string, readonly number[]>();

  function handle(request: ReceivedRequest): ReceiverReply {
    const token = issuer.answer(request);
    if (token !== undefined) return token;
    const url = new URL(request.path, 'http://receiver');
    const [, id = '', name = ''] = PATH.exec(url.pathname) ?? [];
    if (id === '') return { status: 404 };
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    const stream = decodeURIComponent(name);
    return (
      versionRefusal(url) ??
      tokenRefusal(request, id) ??
      ruleRefusal(id, stream) ??
      headRefusal(request, id) ??
      take(request, id, stream)
    );
  }

  function tokenRefusal({ headers }: ReceivedRequest, id: string): ReceiverReply | undefined {
    const { authorization = '' } = headers;
    const refuse = (message: string) =>
      refusal(401, 'AuthenticationFailed', message, { 'www-authenticate': 'Bearer error="invalid_token"' });
    if (authorization === '') return refuse("Authentication failed. The 'Authorization' header is missing.");
    const token = issuer.tokenOf(/^Bearer (\S+)$/.exec(authorization)?.[1] ?? '');
    if (token === undefined) return refuse('The access token is invalid.');
    if (token.isExpired) return refuse('The access token has expired.');
    if (token.audience === audience && (options.mayIngest?.(id) ?? true)) return undefined;
    return refusal(
      403,
      'OperationFailed',
      `The authentication token provided does not have access to ingest data for the data collection rule with immutable Id '${id}'.`,
    );
  }

  function ruleRefusal(id: string, stream: string): ReceiverReply | undefined {
    const rule = options.rules[id];
    if (rule === undefined) {
      return refusal(404, 'NotFound', `Data collection rule with immutable Id '${id}' not found.`);
    }
    if (rule.streamDeclarations[stream] !== undefined) return undefined;
    const message = `Stream '${stream}' was not configured in the data collection rule with immutable Id '${id}'.`;
    return refusal(400, 'InvalidStream', message);
  }

  /** Refuses by what Azure Monitor knows before it reads the body. */
  function headRefusal({ headers, wireBytes, body }: ReceivedRequest, id: string): ReceiverReply | undefined {
    const since = now() - MINUTE_MS;
    const recent = (calls.get(id) ?? []).filter((at) => at > since);
    if (recent.length >= (options.callsPerMinute ?? 12_000)) {
      return throttled(Math.max(1, Math.ceil(((recent[0] ?? since) - since) / 1_000)));
    }
    calls.set(id, [...recent, now()]);
    const type = headers['content-type'] ?? '';
    if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(type)) {
      return refusal(415, 'UnsupportedMediaType', `Content-Type '${type}' is not supported.`);
    }
    const limit = options.maxBytes ?? MB;
    const length = Math.max(wireBytes, Buffer.byteLength(body));
    return length > limit ? tooLong(limit, length) : undefined;
  }

  function take({ body }: ReceivedRequest, id: string, stream: string): ReceiverReply {
    const rows = parsedRows(body);
    if (typeof rows === 'string') return refusal(400, 'InvalidPayload', rows);
    const columns = options.rules[id]?.streamDeclarations[stream]?.columns ?? [];
    for (const sent of rows) {
      const row: SentinelRow = { stream, sent, ...ingested(sent, columns, now()) };
      counts.events += 1;
      if (options.store) received.push(row);
      options.onEvent?.(row);
    }
    return { status: 204 };
  }

  const receiver = await startReceiver(options, counts, handle, { refuse: bodyRefusal });
  const { tenant, clientId, clientSecret, identityHeader } = registration;
  const tokenUrl = `${receiver.origin}/${tenant}/oauth2/v2.0/token`;
  return {
    ...receiver,
    tokenUrl,
    tenant,
    clientId,
    clientSecret,
    identityHeader,
    audience,
    tokens: issuer,
    received,
  };
}

/** The reply to a call above the limits of a minute. */
export function throttled(seconds: number): ReceiverReply {
  const message = `Too many requests. Retry after ${seconds} seconds.`;
  return refusal(429, 'TooManyRequests', message, { 'retry-after': String(seconds) });
}

function parsedRows(body: string): readonly Readonly<Record<string, unknown>>[] | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'malformed JSON';
  }
  if (!Array.isArray(value) || value.length === 0) return 'The body must be a JSON array with items.';
  const rows: readonly unknown[] = value;
  const objects = rows.filter(isObject);
  if (objects.length !== rows.length) return 'Each item must be a JSON object.';
  const twice = duplicateKey(body);
  return twice === undefined ? objects : `malformed JSON: the property '${twice}' is there twice`;
}

function versionRefusal(url: URL): ReceiverReply | undefined {
  const version = url.searchParams.get('api-version');
  if (version === null) {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.';
    return refusal(400, 'MissingApiVersionParameter', message);
  }
  if (VERSIONS.includes(version)) return undefined;
  return refusal(400, 'UnsupportedApiVersion', `The api-version '${version}' is not supported.`);
}

function bodyRefusal(fault: BodyFault): ReceiverReply {
  if (fault === 'too_large') return tooLong(MB, 64 * MB);
  if (fault === 'not_utf8') return refusal(400, 'InvalidPayload', 'malformed JSON: the body is not UTF-8');
  return refusal(
    400,
    'InvalidContentEncoding',
    'The content encoding must be gzip, and the body must be gzip.',
  );
}

function tooLong(limit: number, length: number): ReceiverReply {
  const allowed = `${limit} bytes (${limit / MB} MB)`;
  const message = `Maximum allowed content length: ${allowed}. Provided content length: ${length} bytes.`;
  return refusal(413, 'ContentLengthLimitExceeded', message);
}

function refusal(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ReceiverReply {
  return {
    status,
    headers: { 'x-ms-error-code': code, ...headers },
    body: JSON.stringify({ error: { code, message } }),
  };
}

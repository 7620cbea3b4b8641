/**
 * A substitute for Google SecOps (Chronicle) on loopback: `logs.import` and the token endpoint for its service account, written from Google's pages:
 *
 * - https://cloud.google.com/chronicle/docs/reference/rest/v1alpha/projects.locations.instances.logTypes.logs/import and .../v1beta/... : path, body,
 *   scopes, "if successful, the response body is empty"
 * - https://docs.cloud.google.com/chronicle/docs/reference/rest/v1alpha/projects.locations.instances.logTypes.logs : fields of a log, of which `data`,
 *   `logEntryTime` and `collectionTime` are required; `collectionTime` "must be after the logEntryTime"
 * - https://protobuf.dev/programming-guides/json/ : names in both spellings, base64 of both alphabets, padded or not
 * - https://cloud.google.com/chronicle/docs/ingestion/default-parsers/collect-microsoft-defender-endpoint : `MICROSOFT_DEFENDER_ENDPOINT` is the log
 *   type for what Defender's streaming API puts into a storage account
 * - https://docs.cloud.google.com/chronicle/docs/ingestion/burst-limits : 429 beyond the burst limit, to be retried after five minutes
 *
 * The pages give no limit of a request's size. Here it is 4,000,000 bytes, the limit that a public collector for this API keeps by default. They do not
 * say whether the other logs of a request are taken when one is invalid: here none are, as protobuf's JSON mapping refuses the whole message. A log
 * type that the instance does not have gets NOT_FOUND, another instance PERMISSION_DENIED.
 */
import { googleError } from './google-error.ts';
import {
  createTokenEndpoint,
  makeServiceAccount,
  type ServiceAccountKey,
  type TokenEndpoint,
} from './google-token.ts';
import { type ImportedLog, readImport } from './secops-import.ts';
import {
  type KeepingOptions,
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

export { type GoogleStatus, googleError } from './google-error.ts';
export type { ServiceAccountKey } from './google-token.ts';

/** A log as it was accepted. */
export interface SecopsLog extends ImportedLog {
  readonly logType: string;
}

/** `maxBytes` is 4,000,000 by default. */
export interface SecopsReceiverOptions extends KeepingOptions<SecopsLog> {
  /** Default: `xdr-project`, `eu`, and an invented GUID. */
  readonly project?: string;
  readonly location?: string;
  readonly instance?: string;
  /** The log types that the instance has. Default: `MICROSOFT_DEFENDER_ENDPOINT`. */
  readonly logTypes?: readonly string[];
  /** How long a token is valid. Default 3,600 seconds. */
  readonly tokenSeconds?: number;
}

export interface SecopsReceiver extends Receiver {
  /** `projects/<p>/locations/<l>/instances/<i>` */
  readonly parent: string;
  /** The key file of the service account that may import. */
  readonly key: ServiceAccountKey;
  readonly received: readonly SecopsLog[];
  readonly tokens: Pick<TokenEndpoint, 'revoke' | 'given'>;
}

const PATH =
  /^\/v1(?:alpha|beta)?\/(projects\/[^/]+\/locations\/[^/]+\/instances\/[^/]+)\/logTypes\/([^/:]+)\/logs:import$/;
const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/chronicle',
];
const EXPECTED = 'Expected OAuth 2 access token, login cookie or other valid authentication credential.';

/** Starts Google SecOps on loopback, with a service account of its own. */
export async function startSecopsReceiver(options: SecopsReceiverOptions = {}): Promise<SecopsReceiver> {
  const received: SecopsLog[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const project = options.project ?? 'xdr-project';
  const instance = options.instance ?? '01234567-89ab-4cde-8f01-23456789abcd';
  const parent = `projects/${project}/locations/${options.location ?? 'eu'}/instances/${instance}`;
  const logTypes = options.logTypes ?? ['MICROSOFT_DEFENDER_ENDPOINT'];
  const account = makeServiceAccount(project);
  const now = options.now ?? (() => Date.now());
  const tokens = createTokenEndpoint(account, now, options.tokenSeconds ?? 3_600);
  const maxBytes = options.maxBytes ?? 4_000_000;

  function handle(request: ReceivedRequest): ReceiverReply {
    const [pathname = '', query] = request.path.split('?');
    if (pathname === '/token') return tokens.answer(request, `${receiver.origin}/token`);
    const [, given = '', logType = ''] = PATH.exec(pathname) ?? [];
    if (given === '' || request.method !== 'POST') return notFound(pathname);
    const refused = scopeTrouble(request) ?? resourceTrouble(given, logType) ?? headTrouble(request, query);
    return refused ?? take(request.body, logType);
  }

  function scopeTrouble({ headers: { authorization } }: ReceivedRequest): ReceiverReply | undefined {
    if (authorization === undefined) {
      return googleError(
        'UNAUTHENTICATED',
        `Request is missing required authentication credential. ${EXPECTED}`,
      );
    }
    const token = /^Bearer (\S+)$/.exec(authorization)?.[1] ?? '';
    const scopes = tokens.scopesOf(token);
    if (scopes === undefined) {
      return googleError('UNAUTHENTICATED', `Request had invalid authentication credentials. ${EXPECTED}`);
    }
    if (scopes.some((scope) => SCOPES.includes(scope))) return undefined;
    return googleError('PERMISSION_DENIED', 'Request had insufficient authentication scopes.');
  }

  function resourceTrouble(given: string, logType: string): ReceiverReply | undefined {
    if (given !== parent) {
      const message = `Permission 'chronicle.logs.import' denied on resource '${given}' (or it may not exist).`;
      return googleError('PERMISSION_DENIED', message);
    }
    if (logTypes.includes(logType)) return undefined;
    return googleError('NOT_FOUND', `log type ${logType} not found`);
  }

  function take(body: string, logType: string): ReceiverReply {
    const logs = readImport(body, parent);
    if (typeof logs === 'string') return googleError('INVALID_ARGUMENT', logs);
    for (const log of logs) {
      counts.events += 1;
      const made = { logType, ...log };
      if (options.store) received.push(made);
      options.onEvent?.(made);
    }
    return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: '{}' };
  }

  const receiver = await startReceiver(options, counts, handle, {
    maxBytes,
    refuse: (fault) =>
      fault === 'too_large'
        ? googleError('INVALID_ARGUMENT', `Request payload size exceeds the limit: ${maxBytes} bytes.`)
        : googleError('INVALID_ARGUMENT', `The request's body is ${fault}.`),
  });
  const key = { ...account.key, token_uri: `${receiver.origin}/token` };
  return { ...receiver, parent, key, received, tokens };
}

/** What Google's front end says for a path or method that no API has. */
function notFound(pathname: string): ReceiverReply {
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: `<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p>The requested URL <code>${encodeURI(pathname)}</code> was not found on this server.</html>`,
  };
}

function headTrouble({ headers }: ReceivedRequest, query: string | undefined): ReceiverReply | undefined {
  const name = [...new URLSearchParams(query).keys()].find((each) => each !== 'alt');
  if (name !== undefined) {
    const message = `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`;
    return googleError('INVALID_ARGUMENT', message);
  }
  if (/^application\/json(?: *;|$)/i.test(headers['content-type'] ?? '')) return undefined;
  return googleError('INVALID_ARGUMENT', 'The content type is not application/json.');
}

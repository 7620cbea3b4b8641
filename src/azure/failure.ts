/** Describes the errors that the Azure SDKs throw without the URLs, headers and signatures that they contain. */
import { messageOf } from '../shared/errors.ts';
import { systemMeaning } from '../shared/system-errors.ts';

/** The parts of a failed Azure Storage request that are safe to log: no URL queries, headers or signatures. */
export interface StorageFailure {
  /** The HTTP status; undefined if there was no response. */
  readonly status: number | undefined;
  /** The service's `x-ms-error-code` (`BlobNotFound`, `LeaseAlreadyPresent`, ...) or the network's (`ECONNREFUSED`). */
  readonly code: string | undefined;
  /** A phrase for people: `HTTP 403 AuthorizationPermissionMismatch (request 5f...)`. */
  readonly text: string;
}

/**
 * Describes what a storage SDK threw. The SDK's message for a response of the service is left out, because it may quote the signed
 * request.
 */
export function storageFailure(thrown: unknown): StorageFailure {
  const status = numberAt(thrown, 'statusCode');
  const code = textAt(at(thrown, 'details'), 'errorCode') ?? textAt(thrown, 'code');
  if (status === undefined) {
    const signIns = at(thrown, 'errors');
    if (at(thrown, 'name') === NO_SIGN_IN && Array.isArray(signIns))
      return { status, code, text: noSignIn(signIns) };
    const message = messageOf(thrown).replace(/\?\S+/g, '?...').slice(0, 300);
    const text = code && !message.includes(code) ? `${code}: ${message}` : message;
    const meaning = systemMeaning(thrown);
    return { status, code, text: meaning === undefined ? text : `${text}: ${meaning}` };
  }
  const request = textAt(at(thrown, 'details'), 'x-ms-request-id');
  const text = `HTTP ${status}${code ? ` ${code}` : ''}${request ? ` (request ${request})` : ''}`;
  return { status, code, text };
}

/** What `DefaultAzureCredential` throws when no identity could sign in (@azure/identity, `AggregateAuthenticationError`). */
const NO_SIGN_IN = 'AggregateAuthenticationError';

/** Lists each failed way to sign in with the first sentence of its message; the rest is advice about SDKs. */
function noSignIn(errors: readonly unknown[]): string {
  const reasons = errors.map((error) => (messageOf(error).split(/\. |\? |\?\S/)[0] ?? '').slice(0, 120));
  return `No Azure identity could sign in (${[...new Set(reasons)].join('; ').slice(0, 600)})`;
}

/** Codes of a 401 or 403 response that assigning a role does not fix (Microsoft Learn, "Common REST API error codes"). */
const REFUSALS: Readonly<Record<string, string>> = {
  AuthenticationFailed:
    'The account key or the shared access signature is wrong or has expired, or the clock of this machine is off.',
  InvalidAuthenticationInfo: 'The access token is not one for this storage account, or it has expired.',
  NoAuthenticationInformation: 'The request carried no credential.',
  KeyBasedAuthenticationNotPermitted: 'The storage account does not allow account keys: use an identity.',
  AuthorizationFailure:
    "The storage account's firewall may refuse this network, or it does not allow account keys.",
  AuthorizationSourceIPMismatch: 'The shared access signature is not for the address of this machine.',
  AuthorizationProtocolMismatch: 'The shared access signature is for HTTPS only.',
  AuthorizationServiceMismatch: 'The shared access signature is not for this service.',
};

/**
 * What a person should check after a 401 or 403 response, as a sentence with a leading space; empty for any other failure. The
 * sentence suggests a role, or a permission of the signature, only if the service says that a permission is missing.
 *
 * @param role the role that grants the permission, such as `Storage Queue Data Contributor`.
 */
export function adviceOn({ status, code = '' }: StorageFailure, role: string): string {
  if (status !== 401 && status !== 403) return '';
  const advice = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
  if (advice !== undefined) return ` ${advice}`;
  if (!code.startsWith('Authorization')) return '';
  return ` The identity needs the role ${role}, or the shared access signature the permission.`;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function numberAt(value: unknown, key: string): number | undefined {
  const found = at(value, key);
  return typeof found === 'number' ? found : undefined;
}

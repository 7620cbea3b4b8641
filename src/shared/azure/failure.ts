import { messageOf } from '../errors.ts';

/** What an Azure Storage request that failed says of itself, free of URLs' queries, headers and signatures. */
export interface StorageFailure {
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The service's `x-ms-error-code` (`BlobNotFound`, `LeaseAlreadyPresent`, ...) or the network's (`ECONNREFUSED`). */
  readonly code: string | undefined;
  /** One phrase for a person: `HTTP 403 AuthorizationPermissionMismatch (request 5f...)`. */
  readonly text: string;
}

/**
 * Reads what the storage SDKs throw. Their own messages are left out for answers of the service:
 * they may quote the signed request.
 */
export function storageFailure(thrown: unknown): StorageFailure {
  const status = numberAt(thrown, 'statusCode');
  const code = textAt(at(thrown, 'details'), 'errorCode') ?? textAt(thrown, 'code');
  if (status === undefined) {
    const message = messageOf(thrown).replace(/\?\S+/g, '?...').slice(0, 300);
    return { status, code, text: code && !message.includes(code) ? `${code}: ${message}` : message };
  }
  const request = textAt(at(thrown, 'details'), 'x-ms-request-id');
  const text = `HTTP ${status}${code ? ` ${code}` : ''}${request ? ` (request ${request})` : ''}`;
  return { status, code, text };
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

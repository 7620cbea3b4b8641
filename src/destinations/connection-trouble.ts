/** What errors of connections mean for a destination, by their codes. */
import { systemPhrase } from '../shared/system-errors.ts';
import { DestinationRefusedError, RetryableError } from './errors.ts';

/** OpenSSL's verification errors as Node names them (Node.js documentation, "X509 certificate error codes"). */
const CERTIFICATE_TROUBLE =
  /^(?:CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;
const NOT_THERE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
]);
const TOO_LATE = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * The error of a connection by the code of the system, of OpenSSL or of undici; undefined where the code says only that it was lost.
 * @param who the origin or the host and port, which are no secrets.
 */
export function connectionTrouble(
  code: string,
  who: string,
): RetryableError | DestinationRefusedError | undefined {
  if (CERTIFICATE_TROUBLE.test(code)) {
    return new DestinationRefusedError('bad_certificate', `${who} cannot be trusted: ${systemPhrase(code)}`);
  }
  if (TOO_LATE.has(code)) return new RetryableError('timeout', `${who} did not answer in time (${code})`);
  if (NOT_THERE.has(code)) {
    return new RetryableError('unreachable', `${who} can't be reached: ${systemPhrase(code)}`);
  }
  return undefined;
}

/** What an error of the Kafka protocol means (Apache Kafka, "Protocol errors"). */
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { KafkaProtocolError } from '../kafka-client.ts';

const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const ABOUT_ROWS: ReadonlySet<string> = new Set(['INVALID_RECORD', 'INVALID_TIMESTAMP']);
const NOT_AUTHORIZED: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);
const NO_TOPIC: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'UNKNOWN_TOPIC_ID',
]);
const REFUSED: ReadonlySet<string> = new Set([
  'UNSUPPORTED_COMPRESSION_TYPE',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'SECURITY_DISABLED',
  'POLICY_VIOLATION',
  'INVALID_REQUEST',
]);
/** The cluster has lost track of the producer, or it of what it sent: another one must send what follows. */
const LOST_TRACK: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
]);

/** Whether the error says that the records are there since an earlier try. */
export function isDuplicate({ type }: KafkaProtocolError): boolean {
  return type === 'DUPLICATE_SEQUENCE_NUMBER';
}

export function isTooLarge({ type }: KafkaProtocolError): boolean {
  return TOO_LARGE.has(type);
}

/** Whether the producer must not be used any more. */
export function hasLostTrack({ type }: KafkaProtocolError): boolean {
  return LOST_TRACK.has(type);
}

/**
 * Whether the records themselves are why they are not there. Any other error leaves it open: the client may have tried several times, and the
 * answer that was lost before may have been the good one.
 */
export function isAboutRecords({ type }: KafkaProtocolError): boolean {
  return TOO_LARGE.has(type) || ABOUT_ROWS.has(type);
}

/** Whether the sign-in was refused. */
export function isSignInRefused({ type }: KafkaProtocolError): boolean {
  return type === 'SASL_AUTHENTICATION_FAILED';
}

/** @param topic what was asked about: a topic's name, or undefined for the cluster. */
export function protocolTrouble(
  { type }: KafkaProtocolError,
  topic?: string,
): RetryableError | RowsRefusedError | DestinationRefusedError {
  const message = `Kafka answered ${type}${topic === undefined ? '' : ` for the topic ${topic}`}`;
  if (TOO_LARGE.has(type)) return new RowsRefusedError('too_large', message);
  if (ABOUT_ROWS.has(type)) return new RowsRefusedError('rows_refused', message);
  if (NOT_AUTHORIZED.has(type)) return new DestinationRefusedError('not_authorized', message);
  if (NO_TOPIC.has(type)) return new DestinationRefusedError('not_found', message);
  if (REFUSED.has(type)) return new DestinationRefusedError('refused', message);
  if (type === 'THROTTLING_QUOTA_EXCEEDED') return new RetryableError('throttled', message);
  if (type === 'REQUEST_TIMED_OUT') return new RetryableError('timeout', message);
  return new RetryableError('server_error', message);
}

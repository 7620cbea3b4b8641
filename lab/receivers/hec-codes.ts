/**
 * The replies of an HTTP Event Collector, by their codes:
 *
 * - https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector : "Possible error codes", 0
 *   to 27
 *
 * Code 28 is not in that table. A public project reports it from Splunk Cloud Platform 10.5.2605.9, which gives it instead of 10.
 */
import type { ReceiverReply } from './body.ts';

/** Status, code and text. */
const CODES = {
  ok: [200, 0, 'Success'],
  tokenDisabled: [403, 1, 'Token disabled'],
  tokenRequired: [401, 2, 'Token is required'],
  invalidAuthorization: [401, 3, 'Invalid authorization'],
  invalidToken: [403, 4, 'Invalid token'],
  noData: [400, 5, 'No data'],
  invalidFormat: [400, 6, 'Invalid data format'],
  incorrectIndex: [400, 7, 'Incorrect index'],
  internalError: [500, 8, 'Internal server error'],
  busy: [503, 9, 'Server is busy'],
  channelMissing: [400, 10, 'Data channel is missing'],
  channelInvalid: [400, 11, 'Invalid data channel'],
  eventRequired: [400, 12, 'Event field is required'],
  eventBlank: [400, 13, 'Event field cannot be blank'],
  ackDisabled: [400, 14, 'ACK is disabled'],
  indexedFields: [400, 15, 'Error in handling indexed fields'],
  queryToken: [400, 16, 'Query string authorization is not enabled'],
  healthy: [200, 17, 'HEC is healthy'],
  queuesFull: [503, 18, 'HEC is unhealthy, queues are full'],
  acksDown: [503, 19, 'HEC is unhealthy, ack service unavailable'],
  queuesFullAcksDown: [503, 20, 'HEC is unhealthy, queues are full, ack service unavailable'],
  healthInvalidToken: [400, 21, 'Invalid token'],
  healthTokenDisabled: [400, 22, 'Token disabled'],
  shuttingDown: [503, 23, 'Server is shutting down'],
  queueNearCapacity: [200, 24, 'HEC queue is approaching its capacity limit'],
  acksNearCapacity: [200, 25, 'HEC ACK is approaching its capacity limit'],
  queueAtCapacity: [429, 26, 'HEC queue is at capacity and cannot process any more requests'],
  acksAtCapacity: [429, 27, 'HEC ACK channel is at capacity and cannot process any more requests'],
  channelMissingInCloud: [
    400,
    28,
    'Data channel is missing. If you have multiple indexers, sticky session load balancers must be provisioned and client requests must be routed accordingly.',
  ],
} as const;

export type HecCode = keyof typeof CODES;

/** What stands in a reply besides text and code. */
export interface HecDetails {
  readonly 'invalid-event-number'?: number;
  readonly ackId?: number;
}

/** The names of all codes, in their order. */
export const HEC_CODES = Object.keys(CODES) as readonly HecCode[];

/** A reply with a code, in Splunk's words. */
export function hecReply(code: HecCode, details: HecDetails = {}): ReceiverReply {
  const [status, number, text] = CODES[code];
  return { status, body: JSON.stringify({ text, code: number, ...details }) };
}

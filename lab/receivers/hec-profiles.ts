/**
 * What distinguishes the products that speak the protocol of Splunk's HTTP Event Collector:
 *
 * - `splunk`: https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/http-event-collector-rest-api-endpoints and
 *   .../format-events-for-http-event-collector : the token by `Splunk <token>` or Basic, in the query only where the token's
 *   `allowQueryStringAuth` is on (code 16)
 * - `splunk_cloud`: https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment :
 *   acknowledgements are not supported, except for Firehose. A public project reports that a body of more than 5 MiB gets code 6 for event 0.
 * - `crowdstrike` (Falcon Next-Gen SIEM, LogScale): https://developer.crowdstrike.com/ngsiem/data-ingestion/ ,
 *   https://library.humio.com/logscale-api/log-shippers-hec.html : two paths, `Bearer <token>` only, every member optional;
 *   https://library.humio.com/logscale-api/api-ingest.html : 200 is committed, 401 and 403 a wrong token, other 4xx final, 5xx passing. The pages
 *   show no bodies, no acknowledgements and no health check. CrowdStrike's own client expects JSON with a 200.
 * - `cribl`: https://docs.cribl.io/stream/sources-splunk-hec : the token as `Splunk <token>`, alone, or in the query, other members than Splunk's are
 *   allowed. With acks on, each id that is asked for is acknowledged, "regardless of whether or not those events were ever received"; with acks
 *   off, 400 and code 14. Only the 200 of the events tells anything. The page does not say whether that has an `ackId`: here it has none.
 *
 * Neither CrowdStrike's nor Cribl's pages say whether the events before a refused one are taken: here they are not, so that a sender which counts on
 * it loses rows in its tests.
 */
import type { HecCode } from './hec-codes.ts';
import type { EventRules } from './hec-events.ts';
import type { ReceivedRequest } from './server.ts';

export type HecProfileName = 'splunk' | 'splunk_cloud' | 'crowdstrike' | 'cribl';

export type HecScheme = 'Splunk' | 'Bearer' | 'Basic' | 'none' | 'query';

export interface HecProfile {
  readonly eventPaths: readonly string[];
  readonly healthPaths: readonly string[];
  readonly ackPaths: readonly string[];
  /** How the token may be given. */
  readonly schemes: readonly HecScheme[];
  readonly events: EventRules;
  /** `indexed`: acks are given for what is indexed. `always`: for every id. `never`: the token has no acks. */
  readonly acks: 'indexed' | 'always' | 'never';
  /** Whether refusals have Splunk's codes; else they are plain text. */
  readonly hasCodes: boolean;
  /** The longest body after decoding, in bytes, and what a longer one gets. */
  readonly maxBytes: number;
  readonly oversize: 'html' | 'code_6' | 'text';
}

const BASE = '/services/collector';
const SPLUNK: HecProfile = {
  eventPaths: [BASE, `${BASE}/event`, `${BASE}/event/1.0`],
  healthPaths: [`${BASE}/health`, `${BASE}/health/1.0`],
  ackPaths: [`${BASE}/ack`],
  schemes: ['Splunk', 'Basic'],
  events: { otherMembers: false, required: 'event', defaultIndex: 'main', takesPrefix: true },
  acks: 'indexed',
  hasCodes: true,
  // limits.conf, [http_input]: max_content_length
  maxBytes: 838_860_800,
  oversize: 'html',
};

export const HEC_PROFILES: Readonly<Record<HecProfileName, HecProfile>> = {
  splunk: SPLUNK,
  splunk_cloud: { ...SPLUNK, acks: 'never', maxBytes: 5_242_880, oversize: 'code_6' },
  crowdstrike: {
    eventPaths: [BASE, '/api/v1/ingest/hec'],
    healthPaths: [],
    ackPaths: [],
    schemes: ['Bearer'],
    events: { otherMembers: true, required: 'nothing', takesPrefix: false },
    acks: 'never',
    hasCodes: false,
    maxBytes: 64 * 1_048_576,
    oversize: 'text',
  },
  cribl: {
    ...SPLUNK,
    eventPaths: [BASE, `${BASE}/event`],
    healthPaths: [`${BASE}/health`],
    schemes: ['Splunk', 'none', 'query'],
    events: { otherMembers: true, required: 'event_or_fields', defaultIndex: 'default', takesPrefix: false },
    acks: 'always',
  },
};

/** The token of a request, or why there is none. */
export function tokenOf(
  { headers, path }: ReceivedRequest,
  schemes: readonly HecScheme[],
): { readonly token: string } | { readonly trouble: HecCode } {
  const { authorization } = headers;
  const inQuery = new URL(path, 'http://receiver').searchParams.get('token');
  if (inQuery !== null && !schemes.includes('query')) return { trouble: 'queryToken' };
  if (authorization === undefined) {
    return inQuery === null ? { trouble: 'tokenRequired' } : { token: inQuery };
  }
  const [scheme = '', rest] = authorization.split(/ +(.*)/);
  if (rest === undefined)
    return schemes.includes('none') ? { token: scheme } : { trouble: 'invalidAuthorization' };
  if (!schemes.some((each) => each === scheme)) return { trouble: 'invalidAuthorization' };
  if (scheme !== 'Basic') return { token: rest };
  // "The username can be any text, the password is the token."
  const [, password] = Buffer.from(rest, 'base64').toString('utf8').split(/:(.*)/s);
  return password === undefined ? { trouble: 'invalidAuthorization' } : { token: password };
}

/** Requests to HEC: events and questions for their acknowledgement. */
import { gzipped } from '../gzip.ts';
import type { HttpRequest } from '../http.ts';
import type { Batch } from '../port.ts';
import type { SplunkHecConfig } from './config.ts';
import { type HecProfile, profileOf } from './profiles.ts';

const COLLECTOR = '/services/collector';

/** The addresses of one collector. */
export interface HecEndpoints {
  readonly event: string;
  readonly ack: string;
  readonly health: string;
}

/** Where events go, and where acknowledgements and health are asked for (Splunk, "HTTP Event Collector REST API endpoints"). */
export function endpointsOf(address: string, { path: eventPath }: Pick<HecProfile, 'path'>): HecEndpoints {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, '');
  const at = path.indexOf(COLLECTOR);
  const base = at === -1 ? path : path.slice(0, at);
  // A path that is not HEC's own belongs to a proxy that maps it: it is used as it stands.
  const event = path === '' ? eventPath : path;
  return {
    event: new URL(event + url.search, url).href,
    ack: new URL(`${base}${COLLECTOR}/ack`, url).href,
    health: new URL(`${base}${COLLECTOR}/health`, url).href,
  };
}

/** The events of a batch as one request. @param channel its cookies lead a load balancer to the indexer that knows the channel. */
export async function eventRequest(
  config: SplunkHecConfig,
  endpoints: HecEndpoints,
  batch: Batch,
  channel: { readonly id: string; readonly cookies: readonly string[] } | undefined,
): Promise<HttpRequest> {
  const headers = {
    ...baseHeaders(config, channel?.id),
    ...cookieHeader(channel?.cookies ?? []),
    'content-type': 'application/json',
  };
  if (config.compression === 'none') {
    return { method: 'POST', url: endpoints.event, headers, body: batch.body.bytes() };
  }
  return {
    method: 'POST',
    url: endpoints.event,
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: await batch.body.compressed(gzipped),
  };
}

/** Asks which acknowledgements have come. The cookies lead a load balancer to the indexer that gave the ids. */
export function ackRequest(
  config: SplunkHecConfig,
  endpoints: HecEndpoints,
  {
    ids,
    channel,
    cookies,
  }: { readonly ids: readonly number[]; readonly channel: string; readonly cookies: readonly string[] },
): HttpRequest {
  return {
    method: 'POST',
    url: endpoints.ack,
    headers: {
      ...baseHeaders(config, channel),
      'content-type': 'application/json',
      ...cookieHeader(cookies),
    },
    body: JSON.stringify({ acks: ids }),
  };
}

function cookieHeader(cookies: readonly string[]): Readonly<Record<string, string>> {
  return cookies.length === 0 ? {} : { cookie: cookies.join('; ') };
}

/** Asks whether a collector takes events: 200 where it does, 503 where its queues are full. */
export function healthRequest(config: SplunkHecConfig, endpoints: HecEndpoints): HttpRequest {
  return { method: 'GET', url: endpoints.health, headers: baseHeaders(config, undefined) };
}

function baseHeaders(config: SplunkHecConfig, channel: string | undefined): Readonly<Record<string, string>> {
  return {
    authorization: `${config.auth_scheme ?? profileOf(config).scheme} ${config.token}`,
    ...(channel === undefined ? {} : { 'x-splunk-request-channel': channel }),
  };
}

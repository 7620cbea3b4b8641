/** What destinations are given in place of a network: it notes each request and answers as if the product had taken it. */
import { gunzipSync } from 'fflate';
import type { DestinationDeps } from '../../../src/destinations/deps.ts';
import type { HttpRequest } from '../../../src/destinations/http.ts';
import type { Clock } from '../../../src/shared/clock.ts';

import type { WireRequest } from './messages.ts';

export interface Nowhere {
  readonly deps: DestinationDeps;
  /** What was sent, in its order. */
  requests(): readonly WireRequest[];
}

/** What one answer has of all products: a destination reads what it knows. */
const TAKEN = JSON.stringify({
  ok: true,
  ts: '1.000100',
  channel: 'C000000000',
  text: 'Success',
  code: 0,
  status: 'success',
  access_token: 'made-up-access-token',
  token_type: 'Bearer',
  expires_in: 3600,
  errors: false,
  items: [{ create: { status: 201 } }],
});
/** Requests of one destination for one row. */
const MOST_REQUESTS = 50;

/** @param now ms since the epoch: what the clock says. */
export function nowhere(type: string, links: Readonly<Record<string, string>>, now: number): Nowhere {
  const noted: WireRequest[] = [];
  const note = (request: WireRequest) => {
    if (noted.length < MOST_REQUESTS) noted.push(request);
  };
  const clock = clockAt(now);
  return {
    requests: () => noted,
    deps: {
      clock,
      links,
      retryAfterMaxMs: 0,
      http: () => ({
        async send(request) {
          note(await wireOf(request));
          return {
            status: type === 'teams' || type === 'pagerduty' ? 202 : 200,
            header: () => undefined,
            cookies: [],
            body: type === 'slack' && !request.url.includes('/api/') ? 'ok' : TAKEN,
          };
        },
        async close() {},
      }),
      files: {
        async append(path, lines) {
          note({
            url: path === '-' ? 'standard output' : path,
            headers: [],
            body: decoded(lines),
            compressed: false,
          });
        },
      },
      kafka: () => ({
        topics: async (names) =>
          new Map(names.map((name) => [name, { partitions: 1, partitionOf: () => 0 }] as const)),
        producer: () => ({
          async append({ topic, messages }) {
            for (const { key, value, headers } of messages) {
              note({
                url: `topic ${topic}, key ${key}`,
                headers: Object.entries(headers),
                body: decoded(value),
                compressed: false,
              });
            }
          },
          close() {},
        }),
      }),
      credentials: () => ({ getToken: async () => ({ token: 'made-up-access-token' }) }),
    },
  };
}

async function wireOf({ method, url, headers, body = '' }: HttpRequest): Promise<WireRequest> {
  const all = Object.entries(headers);
  if (typeof body === 'string') return { method, url, headers: all, body, compressed: false };
  const isCompressed = body[0] === 0x1f && body[1] === 0x8b;
  const text = decoded(isCompressed ? gunzipSync(body) : body);
  return { method, url, headers: all, body: text, compressed: isCompressed };
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A clock that stands still: what is sent is the same whenever it is looked at. */
function clockAt(now: number): Clock {
  return {
    now: () => now,
    monotonic: () => 0,
    sleep: async (_ms, signal) => signal?.throwIfAborted(),
    after: () => () => {},
  };
}

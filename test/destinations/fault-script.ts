import { gunzipSync } from 'node:zlib';
import type { Fault, FaultHook, ReceivedRequest } from '../../lab/receivers/server.ts';

/** What a receiver does to its requests, as data: it may run in another process than the test. */
export type FaultScript =
  | { readonly kind: 'always'; readonly fault: Fault }
  /** One each for the first requests; the others are left alone. */
  | { readonly kind: 'first'; readonly faults: readonly Fault[] }
  /** To each request with this string in its body, as a filter in front of a destination does. */
  | { readonly kind: 'containing'; readonly text: string; readonly fault: Fault }
  /** Answers with what was sent, headers and all. */
  | { readonly kind: 'echo'; readonly status: number };

export function faultHook(script: FaultScript): FaultHook {
  switch (script.kind) {
    case 'always':
      return () => script.fault;
    case 'first': {
      const faults = [...script.faults];
      return () => faults.shift();
    }
    case 'containing':
      return (request) => (plainBody(request).includes(script.text) ? script.fault : undefined);
    case 'echo':
      return ({ path, headers }) => ({
        status: script.status,
        body: `you sent ${path} ${JSON.stringify(headers)}`,
      });
  }
}

/** The first bytes of a gzip member (RFC 1952, section 2.3.1). */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** The body as text, also where gzip is the content itself and no encoding of the transfer. */
function plainBody({ body, wire }: ReceivedRequest): string {
  return GZIP.equals(wire.subarray(0, GZIP.length)) ? gunzipSync(wire).toString() : body;
}

/** The HTTP server of all receivers: reads requests, injects faults, and counts. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeBody, type Intake, MOST_BYTES, type ReceiverReply } from './body.ts';
import { closeServer, listenOnLoopback } from './loopback.ts';

export type { ReceiverReply } from './body.ts';

/** A request as a receiver and its fault hook see it. */
export interface ReceivedRequest {
  /** 1 for the first. */
  readonly number: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly body: string;
  /** The length of the body on the wire, before it is decompressed. Bytes. */
  readonly wireBytes: number;
  /** The body as it came, before it is decompressed. */
  readonly wire: Uint8Array;
}

/**
 * A fault of one request:
 * - a response, which is sent without processing the request
 * - `reset`: the connection is reset, and the request is not accepted
 * - `half_reply`, `accept_then_reset`: the request is accepted, but its response is cut short, or never comes
 * - `delayMs`: the request is accepted after some time
 */
export type Fault =
  | ReceiverReply
  | 'reset'
  | 'half_reply'
  | 'accept_then_reset'
  | { readonly delayMs: number }
  | undefined;

export type FaultHook = (request: ReceivedRequest) => Fault | Promise<Fault>;

/** What all receivers have in common. */
export interface Receiver {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly port: number;
  /** The numbers of requests, of injected faults, of refused requests, and of accepted events. */
  readonly counts: Readonly<ReceiverCounts>;
  close(): Promise<void>;
}

export interface ReceiverCounts {
  requests: number;
  faults: number;
  refused: number;
  events: number;
}

/** Options of a receiver that keeps what it accepted, checks its length, and knows the time. */
export interface KeepingOptions<E> extends ReceiverOptions {
  /** The longest request after decoding. Bytes; default: the product's. */
  readonly maxBytes?: number;
  /** The receiver's clock, milliseconds since the epoch. Default: the wall clock. */
  readonly now?: () => number;
  /** Called for each accepted event, in order. */
  readonly onEvent?: (event: E) => void;
  /** Whether to keep every event in `received`, for small tests. */
  readonly store?: boolean;
}

export interface ReceiverOptions {
  /** 0: any free port. */
  readonly port?: number;
  readonly fault?: FaultHook;
}

/**
 * Starts an HTTP server on loopback that responds with `handle`, unless the fault hook decides otherwise. `intake` says which bodies the product
 * reads, and what it answers to others. Without it, gzip is decoded, a body with another encoding is passed on as it is, and a faulty one gets a
 * 400.
 */
export async function startReceiver(
  options: ReceiverOptions,
  counts: ReceiverCounts,
  handle: (request: ReceivedRequest) => ReceiverReply,
  intake: Intake = {},
): Promise<Receiver> {
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => incoming.socket.destroy());
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await bytesOf(incoming);
    if (raw === undefined) return reply(response, { status: 413, body: 'too large' });
    counts.requests += 1;
    const request: ReceivedRequest = {
      number: counts.requests,
      method: incoming.method ?? '',
      path: incoming.url ?? '/',
      headers: headersOf(incoming),
      body: '',
      wireBytes: raw.length,
      wire: raw,
    };
    const decoded = await decodeBody(raw, incoming.headers['content-encoding'], intake);
    if ('refused' in decoded) {
      counts.refused += 1;
      return reply(response, decoded.refused);
    }
    const whole = { ...request, body: decoded.text };
    const fault = await options.fault?.(whole);
    if (fault !== undefined) counts.faults += 1;
    if (fault === 'reset') return void incoming.socket.resetAndDestroy();
    if (typeof fault === 'object' && 'status' in fault) return reply(response, fault);
    if (typeof fault === 'object') await delay(fault.delayMs, undefined, { ref: false });
    const made = handle(whole);
    if (made.status >= 300) counts.refused += 1;
    if (fault === 'accept_then_reset') return void incoming.socket.resetAndDestroy();
    if (fault === 'half_reply') return halfReply(response, made);
    reply(response, made);
  }

  const port = await listenOnLoopback(server, options.port);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    counts,
    async close() {
      await closeServer(server);
    },
  };
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) return undefined;
  }
  return Buffer.concat(chunks, length);
}

function headersOf(incoming: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function reply(response: ServerResponse, made: ReceiverReply): void {
  const body = made.body ?? '';
  response.writeHead(made.status, {
    'content-type': body.startsWith('{') ? 'application/json' : 'text/plain',
    'content-length': Buffer.byteLength(body),
    ...made.headers,
  });
  response.end(body);
}

function halfReply(response: ServerResponse, made: ReceiverReply): void {
  const body = made.body ?? '';
  // The stated length is more than one byte too long, because a single blank is sent for an empty body and would complete the response.
  response.writeHead(made.status, { 'content-length': Buffer.byteLength(body) + 2, ...made.headers });
  response.write(body.slice(0, Math.ceil(body.length / 2)) || ' ', () => response.destroy());
}

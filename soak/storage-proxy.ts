/** A proxy in front of Azurite that makes requests fail in the ways of a real storage service. */

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../lab/generator/random.ts';
import { closeServer, listenOnLoopback } from '../lab/receivers/loopback.ts';

/**
 * A fault of one request to the storage:
 * - `refuse`: the request is not executed, and the response is an error
 * - `lie`: the request is executed, and the response is 500
 * - `reset`: the request is not executed, and the connection is reset; `forget`: it is executed, and the response never comes
 * - `cut`: the request is executed, and the response is cut short
 * - `hang`: no response for `forMs`, then a reset
 */
export type StorageFault =
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string }
  | { readonly kind: 'lie' | 'reset' | 'forget' | 'cut' }
  | { readonly kind: 'hang'; readonly forMs: number };

export interface StorageRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: string;
}

export interface StorageProxy {
  readonly port: number;
  close(): Promise<void>;
}

export interface StorageProxyOptions {
  /** On loopback. */
  readonly targetPort: number;
  /** Called for each request, in the order of arrival; undefined passes the request on. */
  readonly fault: (request: StorageRequest) => StorageFault | undefined;
}

const INTERNAL_ERROR = 'InternalError';

/** An HTTP proxy on loopback that breaks requests on their way to Azurite and back. */
export async function startStorageProxy({ targetPort, fault }: StorageProxyOptions): Promise<StorageProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const server = createServer((incoming, outgoing) => {
    const trouble = fault(describe(incoming));
    if (trouble?.kind === 'refuse') return refuse(incoming, outgoing, trouble.status, trouble.code);
    if (trouble?.kind === 'reset') return reset(incoming);
    if (trouble?.kind === 'hang') {
      incoming.resume();
      void delay(trouble.forMs, undefined, { ref: false }).then(() => reset(incoming));
      return;
    }
    passOn(incoming, outgoing, trouble?.kind);
  });

  function passOn(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    kind: StorageFault['kind'] | undefined,
  ) {
    const { method, url, headers } = incoming;
    const onward = request(
      { host: '127.0.0.1', port: targetPort, method, path: url, headers, agent },
      (answer) => {
        answer.on('error', () => reset(incoming));
        if (kind === undefined) {
          outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, date: worldTime() });
          answer.pipe(outgoing);
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks);
          if (kind === 'lie') return answerError(outgoing, 500, INTERNAL_ERROR);
          if (kind === 'forget' || body.length === 0) return reset(incoming);
          outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, date: worldTime() });
          outgoing.write(body.subarray(0, body.length >> 1), () => reset(incoming));
        });
      },
    );
    onward.on('error', () => reset(incoming));
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  }

  const port = await listenOnLoopback(server);
  return {
    port,
    async close() {
      await closeServer(server);
      agent.destroy();
    },
  };
}

/** The time of the soak's world for the `Date` header, because the relay uses it and Node would send the machine's time. */
function worldTime(): string {
  return new Date().toUTCString();
}

function describe({ method = '', url = '' }: IncomingMessage): StorageRequest {
  const [path = '', query = ''] = url.split('?', 2);
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // A path that cannot be decoded is compared as it is.
  }
  return { method, path: decoded, query };
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, status: number, code: string): void {
  incoming.resume();
  incoming.once('end', () => answerError(outgoing, status, code));
}

function answerError(outgoing: ServerResponse, status: number, code: string): void {
  outgoing.writeHead(status, {
    'content-type': 'application/xml',
    'x-ms-error-code': code,
    date: worldTime(),
  });
  outgoing.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>soak</Message></Error>`,
  );
}

function reset(incoming: IncomingMessage): void {
  incoming.socket.resetAndDestroy();
}

/** Draws a random fault, or none; `part` of the requests get one. Each call takes the same number of random numbers. */
export function drawStorageFault(random: Random, part: number): StorageFault | undefined {
  const happens = random.chance(part);
  const draw = random.next();
  const forMs = random.int(1_000, 20_000);
  if (!happens) return undefined;
  if (draw < 0.2) return { kind: 'refuse', status: 500, code: INTERNAL_ERROR };
  if (draw < 0.45) return { kind: 'refuse', status: 503, code: 'ServerBusy' };
  if (draw < 0.55) return { kind: 'lie' };
  if (draw < 0.7) return { kind: 'reset' };
  if (draw < 0.85) return { kind: 'forget' };
  if (draw < 0.97) return { kind: 'cut' };
  return { kind: 'hang', forMs };
}

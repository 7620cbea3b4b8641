import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, listenOnLoopback } from '../../lab/receivers/loopback.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import { type Receiver, startReceiver } from '../../lab/receivers/server.ts';
import type { HttpDestinationType } from '../../src/destinations/list.ts';
import { type FaultScript, faultHook } from '../destinations/fault-script.ts';
import { type Balancing, startHecCluster } from '../destinations/hec-cluster.ts';
import { keyOfClosed } from '../destinations/preset-receivers.ts';
import { type RunningReceiver, startReceiverOf } from '../destinations/receivers.ts';

/** Asks for a receiver. */
export interface ReceiverOrder {
  readonly kind: HttpDestinationType | 'hec_cluster' | 'closed' | 'telemetry';
  /** The token or the signature's secret it wants; empty: none. */
  readonly secret: string;
  readonly script?: FaultScript;
  /** Where the cases of a type have different receivers. */
  readonly variant?: string | undefined;
  /** Of a `hec_cluster`. */
  readonly balancing?: Balancing;
}

export interface ReceiverState {
  readonly origin: string;
  readonly url: string;
  readonly counts: Receiver['counts'];
  /** Ids of the events that arrived. */
  readonly arrived: readonly string[];
  /** A credential that the receiver has made. */
  readonly key?: string | undefined;
  /** Of `telemetry`. */
  readonly otlp?: Pick<OtlpReceiver, 'spans' | 'points' | 'complaints'>;
}

/**
 * Starts, shows and ends receivers for tests that cannot: `POST /` with a {@link ReceiverOrder} answers an id,
 * `GET /<id>` a {@link ReceiverState}, `DELETE /<id>` ends it.
 */
export async function startReceiverServer(): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const running = new Map<string, RunningReceiver>();
  const server = createServer((request, response) => {
    answer(request).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });

  async function answer(request: IncomingMessage): Promise<unknown> {
    if (request.method === 'POST') {
      const id = crypto.randomUUID();
      running.set(id, await start(JSON.parse(await text(request)) as ReceiverOrder));
      return id;
    }
    const id = (request.url ?? '/').slice(1);
    const one = running.get(id);
    if (!one) throw new Error(`no receiver ${id}`);
    if (request.method === 'DELETE') {
      running.delete(id);
      await one.receiver.close();
    }
    const { receiver, url, arrived, key } = one;
    const state: ReceiverState = {
      origin: receiver.origin,
      url,
      counts: receiver.counts,
      arrived: arrived(),
      key,
      ...(isOtlp(receiver) && {
        otlp: { spans: receiver.spans, points: receiver.points, complaints: receiver.complaints },
      }),
    };
    return state;
  }

  const port = await listenOnLoopback(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      for (const { receiver } of running.values()) await receiver.close();
      await closeServer(server);
    },
  };
}

async function start({ kind, secret, script, variant, balancing }: ReceiverOrder): Promise<RunningReceiver> {
  switch (kind) {
    case 'hec_cluster': {
      const cluster = await startHecCluster(secret, balancing ?? { cookies: true, isSticky: true });
      const { origin, indexing, close } = cluster;
      const arrived = () => indexing.received.map((event) => String(event.fields?.event_id));
      return { receiver: { ...indexing, origin, close }, url: origin, arrived };
    }
    case 'closed': {
      const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
      const receiver = await startReceiver({}, counts, () => ({ status: 200 }));
      await receiver.close();
      return {
        receiver: { ...receiver, close: async () => {} },
        url: receiver.origin,
        arrived: () => [],
        ...keyOfClosed(variant, receiver.origin),
      };
    }
    case 'telemetry': {
      const receiver = await startOtlpReceiver({ headers: { 'api-key': secret } });
      return { receiver, url: receiver.origin, arrived: () => [] };
    }
    default:
      return startReceiverOf(kind, secret, { ...(script && { fault: faultHook(script) }), variant });
  }
}

function isOtlp(receiver: Receiver): receiver is OtlpReceiver {
  return 'spans' in receiver;
}

import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { closeServer, listenOnLoopback } from '../../lab/receivers/loopback.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';

/** How the balancer of a cluster treats the two indexers behind it. */
export interface Balancing {
  /** Gives a cookie that names the indexer. */
  readonly cookies: boolean;
  /** Honours its cookie; else every question goes to the second indexer. */
  readonly isSticky: boolean;
}

export interface HecCluster {
  /** The balancer's. */
  readonly origin: string;
  /** Takes batches and never acknowledges one: it loses them before they are indexed. */
  readonly losing: HecReceiver;
  readonly indexing: HecReceiver;
  close(): Promise<void>;
}

/**
 * Two indexers behind a balancer on loopback. The first batch goes to the one that loses it, all others to the one that
 * indexes. Questions wait until both have a batch, so that the second knows an id 0 by then; and the second batch's own until
 * the first batch's has been answered, since an id is acknowledged once.
 */
export async function startHecCluster(token: string, { cookies, isSticky }: Balancing): Promise<HecCluster> {
  const losing = await startHecReceiver({ token, acknowledgeAfter: Number.MAX_SAFE_INTEGER });
  const indexing = await startHecReceiver({ token, acknowledgeAfter: 0, store: true });
  const bothTook = gate();
  const firstAsked = gate();
  let batches = 0;
  let taken = 0;

  async function targetOf(request: IncomingMessage): Promise<HecReceiver> {
    if (!request.url?.endsWith('/ack')) return batches++ === 0 ? losing : indexing;
    await bothTook.passed;
    const cookie = request.headers.cookie;
    if (cookie === 'LB=indexing') await firstAsked.passed;
    return isSticky && cookie === 'LB=losing' ? losing : indexing;
  }

  const server = createServer((request, response) => {
    forward(request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      () => request.socket.destroy(),
    );
  });

  async function forward(request: IncomingMessage) {
    const body = await buffer(request);
    const target = await targetOf(request);
    const { host: _, connection: _also, 'content-length': _too, ...headers } = request.headers;
    const reply = await fetch(`${target.origin}${request.url}`, {
      method: request.method ?? '',
      headers: headers as Record<string, string>,
      body,
    });
    const said = Buffer.from(await reply.arrayBuffer());
    const isQuestion = request.url?.endsWith('/ack') === true;
    if (!isQuestion && ++taken === 2) bothTook.open();
    if (isQuestion && request.headers.cookie !== 'LB=indexing') firstAsked.open();
    const name = target === losing ? 'losing' : 'indexing';
    return {
      status: reply.status,
      headers: {
        'content-type': 'application/json',
        ...(cookies && { 'set-cookie': `LB=${name}; Path=/` }),
      },
      body: said,
    };
  }

  const port = await listenOnLoopback(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    losing,
    indexing,
    async close() {
      await closeServer(server);
      await losing.close();
      await indexing.close();
    },
  };
}

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

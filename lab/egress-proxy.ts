/** A proxy on loopback: tunnels by CONNECT, and forwards plain requests. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { closeServer, listenOnLoopback } from './receivers/loopback.ts';

/** A status, or what a broken proxy does. */
type Refusal = number | 'hang' | 'reset';

export interface EgressProxyOptions {
  /** `user:password`: others get a 407. */
  readonly credentials?: string;
  /** Where a name leads: the proxy looks names up, and the relay does not. Default: as it is. */
  readonly lookup?: (host: string) => string;
  /** What the proxy answers in place of letting a request through; `hang`: nothing. */
  readonly answer?: Refusal | (() => Refusal | undefined);
}

export interface EgressProxy {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** `CONNECT host:port` and `POST http://host:port/path` of each request. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** Starts the proxy. */
export async function startEgressProxy(options: EgressProxyOptions = {}): Promise<EgressProxy> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const { credentials, lookup = (host: string) => host, answer } = options;

  /** Undefined: the request may pass. */
  function refusal({ headers }: IncomingMessage): Refusal | undefined {
    const given = Buffer.from((headers['proxy-authorization'] ?? '').replace('Basic ', ''), 'base64');
    if (credentials !== undefined && given.toString() !== credentials) return 407;
    return typeof answer === 'function' ? answer() : answer;
  }

  const server = createServer((incoming, response) => {
    forward(incoming, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    socket.on('error', () => {});
    const refused = refusal(incoming);
    if (refused === 'hang') return;
    if (refused === 'reset') return void socket.resetAndDestroy();
    if (refused !== undefined) return void socket.end(`HTTP/1.1 ${refused} No\r\nContent-Length: 0\r\n\r\n`);
    const { hostname, port } = new URL(`http://${incoming.url}`);
    const target = connect({ host: lookup(hostname), port: Number(port || 80) }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket);
      socket.pipe(target);
    });
    target.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
    socket.on('close', () => target.destroy());
  });

  function forward(incoming: IncomingMessage, response: ServerResponse): void {
    seen.push(`${incoming.method} ${incoming.url}`);
    const refused = refusal(incoming);
    if (refused === 'hang') return;
    if (refused === 'reset') return void incoming.socket.resetAndDestroy();
    if (refused !== undefined) return void response.writeHead(refused).end();
    const url = new URL(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const onward = request(
      {
        host: lookup(url.hostname),
        port: url.port || 80,
        path: url.pathname,
        method: incoming.method,
        headers,
      },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    incoming.pipe(onward);
  }

  const port = await listenOnLoopback(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    async close() {
      for (const socket of sockets) socket.destroy();
      await closeServer(server);
    },
  };
}

/** A proxy in front of Azurite that records requests and makes some of them fail. */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback } from './receivers/loopback.ts';

/** What the proxy does with a request instead of passing it on. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code?: string }
  /** Passes on so many bytes of the body, and then drops the connection. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Passes on so many bytes of the body, and then stalls. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Passes the reply on with these headers in place of its own. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> };

/** A proxy in front of Azurite that records requests and makes some of them fail. */
export interface FaultProxy {
  readonly url: string;
  readonly requests: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
  /** Called for each request; undefined passes the request on. */
  fault: (request: IncomingMessage) => Fault | undefined;
  close(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    proxy.requests.push({ method: incoming.method, url: incoming.url, headers: incoming.headers });
    const fault = proxy.fault(incoming);
    if (fault?.kind === 'status') return refuse(incoming, outgoing, fault);
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      const others = fault?.kind === 'headers' ? fault.headers : {};
      outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...others });
      if (!fault || fault.kind === 'headers') {
        answer.pipe(outgoing);
        return;
      }
      let left = fault.after;
      answer.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, left);
        left -= part.length;
        const last = left === 0;
        if (part.length > 0) outgoing.write(part, () => last && fault.kind === 'cut' && outgoing.destroy());
        else if (fault.kind === 'cut') outgoing.destroy();
      });
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const ownPort = await listenOnLoopback(server);
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${ownPort}`,
    requests: [],
    fault: () => undefined,
    async close() {
      await closeServer(server);
    },
  };
  return proxy;
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault & { kind: 'status' },
): void {
  incoming.resume();
  const code = fault.code ?? 'InternalError';
  outgoing.writeHead(fault.status, { 'content-type': 'application/xml', 'x-ms-error-code': code });
  outgoing.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  );
}

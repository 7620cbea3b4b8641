/** Serves the HTTP application on a port. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { systemClock } from '../../shared/clock.ts';
import { RelayError } from '../../shared/errors.ts';
import { systemAdvice, systemCodeOf, systemPhrase } from '../../shared/system-errors.ts';

/**
 * How long an idle connection stays open, milliseconds. Longer than the 60 s after which the usual balancers (nginx, AWS
 * ALB) close one of theirs: if the relay closes first, a request in flight gets no answer, the balancer sends
 * Event Grid 502, and its notification comes late.
 */
const KEEP_ALIVE_MS = 75_000;
/** Headers must have come by then; longer than the keep-alive, as Node counts from a connection's last request. */
const HEADERS_MS = 80_000;
/** A whole request must have come by then. Event Grid gives up after 30 s. */
const REQUEST_MS = 90_000;
/** How long requests that are being answered are waited for at the end. Milliseconds. */
const CLOSE_MS = 3_000;

/**
 * Listens; port 0 picks a free one. Throws a RelayError `cannot_listen`.
 *
 * @param fetch answers a request. Its second parameter is the address at the other end of the connection.
 */
export async function listen(
  fetch: (request: Request, address: string | undefined) => Response | Promise<Response>,
  host: string,
  port: number,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    getRequestListener((request, { incoming }) => fetch(request, incoming.socket.remoteAddress), {
      hostname: host,
    }),
  );
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const code = systemCodeOf(cause);
    const why = code === undefined ? '' : `: ${systemPhrase(code)}; ${systemAdvice(cause)}`;
    throw new RelayError('cannot_listen', `Cannot listen on ${host}:${port}${why}`, { cause });
  }
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : port };
}

/**
 * Closes the server within {@link CLOSE_MS}, whatever its clients do: idle connections at once, requests that are being
 * answered after that time. Event Grid repeats what got no answer.
 */
export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cancel = systemClock.after(CLOSE_MS, () => server.closeAllConnections());
  try {
    await closed;
  } finally {
    cancel();
  }
}

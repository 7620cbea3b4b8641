/** Requests to Azure Storage over connections of the process's own: the short way of `azure/direct.ts`. */
import http from 'node:http';
import https from 'node:https';
import type { Exchange, PlainReply } from '../../azure/direct.ts';
import { hasEnvironmentProxy } from './environment-proxy.ts';

/** For all clients of a process. Undefined where a proxy may be on the way, since then the SDK makes the connections. */
export function nodeExchange(env: Readonly<Record<string, string | undefined>>): Exchange | undefined {
  if (hasEnvironmentProxy(env)) return undefined;
  const plain = new http.Agent({ keepAlive: true });
  const secure = new https.Agent({ keepAlive: true });
  return async ({ method, url, headers, body }, signal) => {
    signal.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const { protocol, hostname, port, pathname, search } = new URL(url);
      const where = { hostname, port, path: pathname + search, method, headers };
      const request =
        protocol === 'https:'
          ? https.request({ ...where, agent: secure })
          : http.request({ ...where, agent: plain });
      const abort = () => request.destroy(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      request.on('error', reject);
      request.on('response', (response) => {
        const { statusCode: status = 0 } = response;
        const reply = { status, headers: headersOf(response) };
        if (method === 'GET' && (status === 200 || status === 206)) {
          resolve({ ...reply, readableStreamBody: response });
          return;
        }
        response.on('error', reject);
        response.resume();
        // Then, and not before, the connection is there for the next request.
        request.on('close', () => resolve(reply));
      });
      request.on('close', () => signal.removeEventListener('abort', abort));
      request.end(body);
    });
  };
}

function headersOf({ headers }: http.IncomingMessage): PlainReply['headers'] {
  return {
    get: (name) => textOf(headers[name.toLowerCase()]),
    *[Symbol.iterator]() {
      for (const [name, value] of Object.entries(headers)) yield [name, textOf(value) ?? ''];
    },
  };
}

/** The storage sends no header twice that the relay reads. */
function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

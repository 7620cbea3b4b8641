/** Serves the built console with the policy of the relay, and answers of its API that a test gives: for what concerns the shell alone. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { ROOT } from '../../scripts/root.ts';

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A reply of the API: its status and its body. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

export interface StaticConsole {
  /** `http://127.0.0.1:1234/console/`. */
  readonly url: string;
  /** Paths below the API that were asked for, in order. */
  readonly asked: string[];
  close(): void;
}

/** `answer` gets the path below /console/api/ with its query. */
export async function startStaticConsole(
  answer: (path: string) => Answer | Promise<Answer>,
): Promise<StaticConsole> {
  const folder = join(ROOT, 'dist/console');
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace(/^\/console\//, '');
    response.setHeader('content-security-policy', POLICY);
    if (path.startsWith('api/')) {
      asked.push(path.slice(4));
      const { status, body } = await answer(path.slice(4));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const name = /^assets\/[\w.-]+$/.test(path) ? path : 'index.html';
    response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream');
    response.end(await readFile(join(folder, name)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/console/`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

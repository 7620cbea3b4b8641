/**
 * Builds the playground as a page of its own, and serves it on this machine until Ctrl-C:
 *
 *   npm run playground -- [--out FOLDER] [--port PORT] [--no-serve]
 *
 * The folder, dist/playground by default, can be put on any static host: its addresses are relative, and its policy is in the page.
 */
import { once } from 'node:events';
import { readFile, realpath } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/shared/errors.ts';
import { buildPlayground } from './playground-build.ts';
import { ROOT } from './root.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
};

interface Options {
  readonly out: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly serve: boolean;
}

/** Throws an Error with a sentence for arguments that mean nothing. */
function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string', default: join(ROOT, 'dist/playground') },
      port: { type: 'string', default: '0' },
      'no-serve': { type: 'boolean', default: false },
    },
  });
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`--port ${values.port}: not a port`);
  return { out: resolve(values.out), port, serve: !values['no-serve'] };
}

/** Serves a folder's files on loopback. Resolves with the server's address and what ends it. */
export async function serveFolder(
  folder: string,
  port: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const root = await realpath(folder);
  const server = createServer((request, response) => {
    answer(root, request.url ?? '/', response).catch(() =>
      response.writeHead(404).end('There is no such file.'),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(root: string, url: string, response: ServerResponse): Promise<void> {
  const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  const file = await realpath(join(root, path.endsWith('/') ? `${path}index.html` : path));
  if (!file.startsWith(root + sep)) throw new Error('a file outside of the folder');
  const bytes = await readFile(file);
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  await buildPlayground(options.out);
  console.log(`Built ${options.out}`);
  if (!options.serve) return;
  const { url, close } = await serveFolder(options.out, options.port);
  console.log(`The playground is at ${url} until Ctrl-C`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await close();
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
  });
}

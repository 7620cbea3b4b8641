/** A blob in memory, servers that answer requests for its ranges with whatever a test writes, and a store that reads from them as the Node host does. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../../src/blobs/azure.ts';
import { nodeDownloads } from '../../../src/hosts/node/downloads.ts';
import { SELF_SIGNED } from '../../destinations/self-signed.ts';

export const SIZE = 9 * 1_048_576 + 5;
/** No two of its pages are alike. */
export const CONTENT = Buffer.from(
  Uint32Array.from({ length: SIZE / 4 + 1 }, (_, at) => at * 2_654_435_761).buffer,
  0,
  SIZE,
);
export const ref = { account: 'acc', container: 'rows', name: 'b.json' };

export type Options = Parameters<typeof createAzureBlobStore>[2];

export function storeAt(origin: string, options: Options = {}) {
  const text = `DefaultEndpointsProtocol=http;AccountName=acc;AccountKey=${Buffer.alloc(64).toString('base64')};BlobEndpoint=${origin}/acc`;
  const settings = { setting: 'storage', connection_string: text };
  const { service } = createBlobAccount(settings, undefined, { downloads: nodeDownloads({}) });
  return createAzureBlobStore(service, 'acc', { tries: 1, ...options });
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export function rangeIn(header: unknown): Range {
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(String(header)) ?? [];
  return { from: Number(from), to: Math.min(Number(to) + 1, SIZE) };
}

export function headFor(
  { from, to }: Range,
  length: Record<string, string> = { 'Content-Length': `${to - from}` },
) {
  return {
    ...length,
    'Content-Range': `bytes ${from}-${to - 1}/${SIZE}`,
    ETag: '"0x1"',
    'Last-Modified': new Date(0).toUTCString(),
    'x-ms-creation-time': new Date(0).toUTCString(),
    'x-ms-blob-type': 'AppendBlob',
  };
}

export function rawHead(range: Range, length?: Record<string, string>): string {
  const lines = Object.entries(headFor(range, length)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 206 Partial Content\r\n${lines.join('')}\r\n`;
}

export interface RawServer {
  readonly origin: string;
  /** All connections that it had. */
  readonly sockets: readonly Socket[];
  readonly close: () => Promise<void>;
}

/** A server that writes what it likes for each request. @param reply is given the range that was asked for. */
export async function serveRaw(
  reply: (socket: Socket, range: Range) => unknown,
  scheme: 'http' | 'https' = 'http',
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const accept = (socket: Socket) => {
    sockets.push(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      const range = rangeIn(/x-ms-range: *(\S+)/i.exec(text)?.[1]);
      text = '';
      void reply(socket, range);
    });
  };
  const server = scheme === 'http' ? createServer(accept) : createSecureServer(SELF_SIGNED, accept);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

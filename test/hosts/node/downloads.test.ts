/** Long downloads that the Node host reads by itself, from servers that answer as Azure Storage does, or not quite. */
import { once } from 'node:events';
import {
  type Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { closeServer, listenOnLoopback } from '../../../lab/receivers/loopback.ts';
import type { PassingBody } from '../../../src/azure/downloads.ts';
import { DownloadBody } from '../../../src/hosts/node/download-body.ts';
import { nodeDownloads } from '../../../src/hosts/node/downloads.ts';
import { SELF_SIGNED } from '../../destinations/self-signed.ts';
import {
  CONTENT,
  headFor,
  type Options,
  rangeIn,
  rawHead,
  ref,
  SIZE,
  serveRaw,
  storeAt,
} from './download-server.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const range = rangeIn(request.headers['x-ms-range']);
  response.writeHead(206, headFor(range)).end(CONTENT.subarray(range.from, range.to));
}

/** A server of blobs; how many connections it had. */
async function served(server: Server, scheme: 'http' | 'https' = 'http') {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listenOnLoopback(server);
  closers.push(() => closeServer(server));
  return { origin: `${scheme}://127.0.0.1:${port}`, sockets };
}

/** The origin of a server that writes what it likes for each request. */
async function servedRaw(reply: Parameters<typeof serveRaw>[0]): Promise<string> {
  const { origin, close } = await serveRaw(reply);
  closers.push(close);
  return origin;
}

async function bytesOf(origin: string, options?: Options, range = { start: 0, end: SIZE, isPassing: true }) {
  const chunks: Buffer[] = [];
  for await (const chunk of storeAt(origin, options).read(ref, range)) {
    // A reader takes its time, while further bytes come.
    await new Promise(setImmediate);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

describe('a long download', () => {
  it('has the bytes of the blob, and its requests share a connection', async () => {
    const { origin, sockets } = await served(createServer(answer));
    expect((await bytesOf(origin)).equals(CONTENT)).toBe(true);
    expect(sockets).toHaveLength(1);
  });

  it('has them over TLS', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { origin, sockets } = await served(createSecureServer(SELF_SIGNED, answer), 'https');
    expect((await bytesOf(origin)).equals(CONTENT)).toBe(true);
    expect(sockets).toHaveLength(1);
  });

  it('trusts no certificate that Node does not trust', async () => {
    const { origin } = await served(createSecureServer(SELF_SIGNED, answer), 'https');
    await expect(bytesOf(origin)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('has them where several are read at once', async () => {
    const { origin } = await served(createServer(answer));
    const store = storeAt(origin);
    const read = async (start: number) => {
      const chunks: Buffer[] = [];
      for await (const chunk of store.read(ref, { start, end: SIZE, isPassing: true })) {
        await new Promise(setImmediate);
        chunks.push(Buffer.from(chunk));
      }
      return Buffer.concat(chunks).equals(CONTENT.subarray(start));
    };
    expect(await Promise.all([0, 1, 65_536, 300_000, 5_000_000].map(read))).toEqual(Array(5).fill(true));
  });

  it('is read into memory that is used again only where the reader is done with it', async () => {
    const { origin } = await served(createServer(answer));
    const buffersOf = async (isPassing: boolean) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of storeAt(origin).read(ref, { start: 0, end: SIZE, isPassing }))
        chunks.push(chunk);
      return { buffers: new Set(chunks.map(({ buffer }) => buffer)).size, chunks };
    };
    expect((await buffersOf(true)).buffers).toBeLessThan(8);
    const kept = await buffersOf(false);
    expect(Buffer.concat(kept.chunks).equals(CONTENT)).toBe(true);
  });

  it('ends the request when its reader has enough', async () => {
    const { origin, sockets } = await served(createServer(answer));
    const options = { pieceBytes: SIZE };
    for await (const chunk of storeAt(origin, options).read(ref, { start: 0, end: SIZE })) {
      expect(CONTENT.subarray(0, chunk.length).equals(chunk)).toBe(true);
      break;
    }
    await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true));
  });

  it('is aborted in the middle', async () => {
    const { origin, sockets } = await served(
      createServer((request, response) => {
        const range = rangeIn(request.headers['x-ms-range']);
        response.writeHead(206, headFor(range)).write(CONTENT.subarray(0, 1_000_000));
      }),
    );
    const stop = new AbortController();
    const reason = new Error('enough');
    let bytes = 0;
    const read = async () => {
      for await (const chunk of storeAt(origin).read(ref, { start: 0, end: SIZE }, stop.signal)) {
        bytes += chunk.length;
        if (bytes > 900_000) setImmediate(() => stop.abort(reason));
      }
    };
    await expect(read()).rejects.toBe(reason);
    await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true));
  });

  it('may be slower than its limit as long as something comes', async () => {
    const range = { start: 0, end: 300_000, isPassing: true };
    const origin = await servedRaw(async (socket, asked) => {
      socket.write(rawHead(asked));
      const [rest, last] = [CONTENT.subarray(0, 299_980), CONTENT.subarray(299_980, 300_000)];
      socket.write(rest);
      for (const byte of last) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        socket.write(Buffer.of(byte));
      }
    });
    const bytes = await bytesOf(origin, { timeoutMs: 1_500 }, range);
    expect(bytes.equals(CONTENT.subarray(0, 300_000))).toBe(true);
  });

  it('ends where nothing comes within the limit, behind what has come', async () => {
    const origin = await servedRaw((socket, asked) => {
      socket.write(rawHead(asked));
      socket.write(CONTENT.subarray(0, 10_000));
    });
    let bytes = 0;
    const read = async () => {
      for await (const chunk of storeAt(origin, { timeoutMs: 500 }).read(ref, { start: 0, end: SIZE }))
        bytes += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ code: 'storage_unavailable', message: /within 0.5 s/ });
    expect(bytes).toBe(10_000);
  });

  it('ends at once where the connection was gone before its reader came', async () => {
    const origin = await servedRaw((socket) => {
      socket.write(rawHead({ from: 0, to: SIZE }));
      socket.end(CONTENT.subarray(0, 10_000));
    });
    const downloads = nodeDownloads({});
    const asked = request(origin, { agent: downloads?.agentFor(origin) as Agent }).end();
    const [reply] = (await once(asked, 'response')) as [IncomingMessage];
    reply.on('error', () => {});
    await new Promise((resolve) => reply.once('close', resolve));
    const body = downloads?.bodyIn(reply)?.body as unknown as PassingBody;
    expect(await body.next(60_000, undefined)).toHaveLength(10_000);
    await expect(body.next(60_000, undefined)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('has none of the bytes behind a body', async () => {
    const range = { start: 0, end: 300_000, isPassing: true };
    const origin = await servedRaw((socket, asked) => {
      socket.write(Buffer.concat([Buffer.from(rawHead(asked)), CONTENT.subarray(0, 300_010)]));
    });
    expect((await bytesOf(origin, {}, range)).equals(CONTENT.subarray(0, 300_000))).toBe(true);
  });
});

describe('a reply that is not plainly a part of a blob', () => {
  const range = { start: 0, end: 300_000, isPassing: true };
  const wanted = CONTENT.subarray(0, 300_000);

  it('may come in two parts of its head', async () => {
    const origin = await servedRaw(async (socket, asked) => {
      const head = rawHead(asked);
      socket.setNoDelay(true);
      socket.write(head.slice(0, 40));
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.write(head.slice(40));
      socket.write(wanted);
    });
    expect((await bytesOf(origin, {}, range)).equals(wanted)).toBe(true);
  });

  it('may say 100 before', async () => {
    const origin = await servedRaw((socket, asked) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      socket.write(rawHead(asked));
      socket.write(wanted);
    });
    expect((await bytesOf(origin, {}, range)).equals(wanted)).toBe(true);
  });

  it.each([
    ['in chunks', { 'Transfer-Encoding': 'chunked' }],
    ['of two lengths', { 'Content-Length': '300000', 'Content-length': '300000' }],
  ])('is judged by Node: %s', async (_, length) => {
    const origin = await servedRaw((socket, asked) => {
      socket.write(rawHead(asked, length as unknown as Record<string, string>));
      socket.write('493e0\r\n');
      socket.write(wanted);
      socket.write('\r\n0\r\n\r\n');
    });
    await expect(bytesOf(origin, {}, range)).rejects.toThrow();
  });

  it('is an error with its code', async () => {
    const { origin } = await served(
      createServer((_, response) => {
        response
          .writeHead(404, { 'x-ms-error-code': 'BlobNotFound' })
          .end('<Error><Code>BlobNotFound</Code></Error>');
      }),
    );
    await expect(bytesOf(origin)).rejects.toMatchObject({ code: 'blob_gone' });
  });
});

describe('the body of a download', () => {
  it('asks for more only when its reader has taken a page, and refuses nothing', async () => {
    let resumed = 0;
    const body = new DownloadBody(SIZE, () => {
      resumed += 1;
    });
    const piece = (at: number) => CONTENT.subarray(at * 65_536, (at + 1) * 65_536);
    expect([0, 1, 2].map((at) => body.add(piece(at)))).toEqual([true, true, true]);
    expect(body.add(piece(3))).toBe(false);
    expect(body.add(piece(4))).toBe(false);
    expect(resumed).toBe(0);
    const first = await body.next(1_000, undefined);
    expect(first?.equals(CONTENT.subarray(0, 4 * 65_536))).toBe(true);
    expect(resumed).toBe(1);
    expect(body.add(piece(5))).toBe(true);
    const second = await body.next(1_000, undefined);
    expect(second?.equals(CONTENT.subarray(4 * 65_536, 6 * 65_536))).toBe(true);
    expect(resumed).toBe(1);
    body.destroy();
  });

  it('is a stream with copies for who reads it as one', async () => {
    const body = new DownloadBody(200_000, () => {});
    for (const at of [0, 50_000, 100_000, 150_000]) body.add(CONTENT.subarray(at, at + 50_000));
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(CONTENT.subarray(0, 200_000))).toBe(true);
  });
});

describe('a proxy on the way', () => {
  it.each(['HTTPS_PROXY', 'http_proxy', 'all_proxy'])('leaves downloads to the SDK: %s', (name) => {
    expect(nodeDownloads({ [name]: 'http://proxy:3128' })).toBeUndefined();
    expect(nodeDownloads({ [name]: '' })).toBeDefined();
  });
});

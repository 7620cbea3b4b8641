/** What Node's HTTP client does beside what the contract of destinations asks of every host. */
import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_REPLY_BYTES } from '../../../src/destinations/http.ts';
import { nodeHttpClient } from '../../../src/hosts/node/http.ts';
import { systemClock } from '../../../src/shared/clock.ts';

const signal = new AbortController().signal;

describe('the HTTP client of Node', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** A client, and the address of a server. */
  async function listening(timeoutMs: number, onRequest: RequestListener) {
    const server = createServer(onRequest);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = nodeHttpClient({
      allowNetworks: ['127.0.0.0/8'],
      connections: 1,
      timeoutMs,
      clock: systemClock,
    });
    closers.push(
      () => client.close(),
      async () => {
        server.closeAllConnections();
        server.close();
      },
    );
    return { client, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  }

  async function open(answer: (response: ServerResponse) => void) {
    const { client, url: own } = await listening(5_000, (request, response) => {
      request.resume();
      request.on('end', () => answer(response));
    });
    return (url = own) =>
      client.send({ method: 'POST', url, headers: {}, body: Buffer.from('body') }, signal);
  }

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('reads a reply that came in %s, though nobody asked for that', async (encoding, compress) => {
    const send = await open((response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'set-cookie': ['a=1; Path=/', 'b=2'] });
      response.end(compress('{"code":0}'));
    });
    expect(await send()).toMatchObject({ status: 200, body: '{"code":0}', cookies: ['a=1', 'b=2'] });
  });

  it('reads no more of a compressed reply than of any other', async () => {
    const send = await open((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(50_000_000)));
    });
    expect((await send()).body).toHaveLength(MAX_REPLY_BYTES);
  });

  it('takes a compressed reply that ends too early for a lost connection', async () => {
    const send = await open((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('{"code":0}').subarray(0, 15));
    });
    await expect(send()).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('calls no port that other protocols have', async () => {
    const send = await open((response) => response.end());
    await expect(send('http://127.0.0.1:25/')).rejects.toMatchObject({ code: 'bad_port' });
  });

  describe('a body whose memory is used again', () => {
    /** More than sockets hold, so that it cannot be on its way whole while nobody reads it. */
    const LONG = 32 << 20;

    async function opened(onRequest: RequestListener) {
      const { client, url } = await listening(20_000, onRequest);
      return (body: Uint8Array, onBodySent: () => void) =>
        client.send({ method: 'POST', url, headers: {}, body, onBodySent }, signal);
    }

    it('arrives whole though it is overwritten as soon as the client allows, which is not before it was read', async () => {
      let isRead = false;
      let isSent = false;
      const digests: string[] = [];
      const lengths: (string | undefined)[] = [];
      const send = await opened((request, response) => {
        lengths.push(request.headers['content-length']);
        // The client has turns to write what it can.
        setImmediate(async () => {
          expect(isSent).toBe(false);
          isRead = true;
          const hash = createHash('sha256');
          for await (const piece of request) hash.update(piece as Buffer);
          digests.push(hash.digest('hex'));
          response.end();
        });
      });
      for (const filler of [1, 2]) {
        isRead = false;
        isSent = false;
        const body = new Uint8Array(LONG).fill(filler);
        const digest = createHash('sha256').update(body).digest('hex');
        const reply = await send(body, () => {
          expect(isRead).toBe(true);
          isSent = true;
          body.fill(0xee);
        });
        expect(reply.status).toBe(200);
        expect(digests.at(-1)).toBe(digest);
        expect(isSent).toBe(true);
      }
      expect(lengths).toEqual([String(LONG), String(LONG)]);
    });

    it('is refused before it was read, and the next request is sent', async () => {
      let requests = 0;
      const send = await opened((request, response) => {
        requests += 1;
        if (requests > 1) request.resume().on('end', () => response.end());
        else response.writeHead(413).end('too large');
      });
      const overwritten = (body: Uint8Array<ArrayBuffer>) => send(body, () => body.fill(0xee));
      expect(await overwritten(new Uint8Array(LONG))).toMatchObject({ status: 413, body: 'too large' });
      expect(await overwritten(new Uint8Array(LONG))).toMatchObject({ status: 200 });
    });

    it('fails as any other body when the connection is lost, and says nothing for a short one', async () => {
      const send = await opened((request) => request.socket.destroy());
      await expect(send(new Uint8Array(LONG), () => {})).rejects.toMatchObject({ code: 'connection_lost' });
      let isSent = false;
      await expect(
        send(new Uint8Array(10), () => {
          isSent = true;
        }),
      ).rejects.toMatchObject({ code: 'connection_lost' });
      expect(isSent).toBe(false);
    });
  });
});

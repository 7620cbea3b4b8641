/** What Node's HTTP client does beside what the contract of destinations asks of every host. */
import { createServer, type ServerResponse } from 'node:http';
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

  async function open(answer: (response: ServerResponse) => void) {
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => answer(response));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const client = nodeHttpClient({
      allowNetworks: ['127.0.0.0/8'],
      connections: 1,
      timeoutMs: 5_000,
      clock: systemClock,
    });
    closers.push(
      () => client.close(),
      async () => {
        server.closeAllConnections();
        server.close();
      },
    );
    const { port } = server.address() as AddressInfo;
    return (url = `http://127.0.0.1:${port}/`) =>
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
});

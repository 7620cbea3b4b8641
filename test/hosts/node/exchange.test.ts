/** Requests over connections of the process's own, from servers that answer as Azure Storage does, or not at all. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { closeServer, listenOnLoopback } from '../../../lab/receivers/loopback.ts';
import type { Exchange } from '../../../src/azure/direct.ts';
import { nodeExchange } from '../../../src/hosts/node/exchange.ts';
import { SELF_SIGNED } from '../../destinations/self-signed.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server, its address, and the connections it had. */
async function served(server: Server, scheme: 'http' | 'https' = 'http') {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listenOnLoopback(server);
  closers.push(() => closeServer(server));
  return { origin: `${scheme}://127.0.0.1:${port}`, sockets };
}

const exchange = (): Exchange => {
  const made = nodeExchange({});
  if (made) return made;
  throw new Error('there is no proxy');
};

function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const [status, content] = url.startsWith('/found') ? [200, 'content'] : [404, 'no such blob'];
  // Without a length, Node ends the connection after a reply to a HEAD.
  const length = Buffer.byteLength(content);
  response.writeHead(status, {
    'content-length': length,
    'x-ms-meta-Offset': '12',
    'x-told': headers['x-ask'],
  });
  response.end(content);
}

const never = () => new AbortController().signal;
const ask = (send: Exchange, url: string, method: 'GET' | 'HEAD' = 'GET', signal = never()) =>
  send({ method, url, headers: { 'x-ask': 'yes' } }, signal);
const bodyOf = async (reply: Awaited<ReturnType<Exchange>>) =>
  reply.readableStreamBody && (await text(reply.readableStreamBody));

describe('an exchange of Node', () => {
  it('has the status, the headers and the content, over one connection', async () => {
    const { origin, sockets } = await served(createServer(answer));
    const send = exchange();
    const found = await ask(send, `${origin}/found?a=b%2F`);
    expect(await bodyOf(found)).toBe('content');
    expect([found.status, found.headers.get('X-Told'), found.headers.get('x-none')]).toEqual([
      200,
      'yes',
      undefined,
    ]);
    expect(Object.fromEntries(found.headers)).toMatchObject({ 'x-ms-meta-offset': '12' });
    for (const [path, method, status] of [
      ['/found', 'HEAD', 200],
      ['/missing', 'HEAD', 404],
      ['/missing', 'GET', 404],
    ] as const) {
      const reply = await ask(send, origin + path, method);
      expect([reply.status, reply.readableStreamBody]).toEqual([status, undefined]);
    }
    expect(await bodyOf(await ask(send, `${origin}/found`))).toBe('content');
    expect(sockets).toHaveLength(1);
  });

  it('rejects where the connection ends without a reply, and connects anew', async () => {
    const { origin, sockets } = await served(
      createServer((request, response) => {
        if (sockets.length === 1) request.socket.destroy();
        else answer(request, response);
      }),
    );
    const send = exchange();
    await expect(ask(send, `${origin}/found`)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await ask(send, `${origin}/found`)).status).toBe(200);
    expect(sockets).toHaveLength(2);
  });

  it('ends with the signal, before a reply and in its body', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/body') response.writeHead(200, { 'content-length': '100' }).write('begin');
    });
    const { origin, sockets } = await served(server);
    const send = exchange();
    const silent = new AbortController();
    const waiting = ask(send, `${origin}/silent`, 'GET', silent.signal);
    await once(server, 'request');
    silent.abort(new Error('too long'));
    await expect(waiting).rejects.toThrow('too long');
    const stalled = new AbortController();
    const reply = await ask(send, `${origin}/body`, 'GET', stalled.signal);
    const reading = bodyOf(reply);
    stalled.abort(new Error('too long'));
    await expect(reading).rejects.toThrow();
    await expect(ask(send, `${origin}/found`, 'GET', AbortSignal.abort(new Error('over')))).rejects.toThrow(
      'over',
    );
    await expect.poll(() => sockets.filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  it('leaves nothing at a signal that outlives it', async () => {
    const { origin } = await served(createServer(answer));
    const { signal } = new AbortController();
    const counts = { added: 0, removed: 0 };
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      counts.added += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      counts.removed += 1;
      remove(...given);
    };
    const send = exchange();
    for (let n = 0; n < 3; n++) await ask(send, `${origin}/found`, 'HEAD', signal);
    await expect.poll(() => counts).toEqual({ added: 3, removed: 3 });
  });

  it('does not trust a certificate that nobody has signed', async () => {
    const server = createSecureServer(SELF_SIGNED, answer);
    const { origin } = await served(server, 'https');
    await expect(ask(exchange(), `${origin}/found`)).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
    });
  });

  it('is not there where a proxy may be on the way', () => {
    expect(nodeExchange({ HTTPS_PROXY: 'http://proxy:3128' })).toBeUndefined();
  });
});

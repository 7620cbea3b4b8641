import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { httpNotifier } from '../../lab/notifications.ts';
import { listenOnLoopback } from '../../lab/receivers/loopback.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** Answers with one status after the other and remembers what came. */
async function endpoint(...statuses: number[]): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  const port = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}/events?code=secret`, bodies };
}

const request = { contentType: 'application/json', body: '[]' };

describe('the notifier', () => {
  it('tries again until the endpoint has taken the notification', async () => {
    const { url, bodies } = await endpoint(503, 500, 200);
    await httpNotifier(url)(request);
    expect(bodies).toEqual(['[]', '[]', '[]']);
  });

  it.each([400, 401, 413])(
    'takes %i for final, as Event Grid does, and keeps the key to itself',
    async (status) => {
      const { url, bodies } = await endpoint(status);
      const error = await httpNotifier(url)(request).catch((thrown: unknown) => thrown);
      expect(String(error)).toContain(`answered ${status}`);
      expect(String(error)).not.toContain('secret');
      expect(bodies).toHaveLength(1);
    },
  );

  it('gives up when it is told to', async () => {
    const { url } = await endpoint(...Array.from({ length: 50 }, () => 503));
    await expect(httpNotifier(url)(request, AbortSignal.timeout(50))).rejects.toThrow();
  });
});

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { createApp } from '../../routes/app.ts';
import { createKeptAnswers } from '../../routes/kept-answers.ts';
import { createQueueService } from '../../src/azure/clients.ts';
import { queueConfig } from '../../src/config/schema.ts';
import { sourceAccount } from '../../src/event-grid/source.ts';
import { taskFromMessage } from '../../src/event-grid/tasks.ts';
import { createAzureQueue } from '../../src/queue/azure.ts';
import type { TaskQueue } from '../../src/queue/port.ts';
import { systemClock } from '../../src/shared/clock.ts';
import {
  blobCreatedData,
  CONTAINER,
  cloudEvent,
  eventGridEvent,
  NAME,
  PREFIX,
} from '../event-grid/samples.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { errorOf, KEY } from './fixture.ts';

let azurite: Azurite;
const servers: ServerType[] = [];
beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(async () => {
  for (const server of servers) server.close();
  await azurite.stop();
});

const sourceOf = () =>
  sourceAccount({ account: azurite.account, blobEndpoint: azurite.blobEndpoint, containerPrefix: PREFIX });
const event = (name: string) => ({
  id: name,
  eventType: 'Microsoft.Storage.BlobCreated',
  subject: '',
  data: { url: `${azurite.blobEndpoint}/${CONTAINER}/${name}` },
});

async function relay(queue?: TaskQueue) {
  const storage = { setting: 'storage', connection_string: azurite.connectionString };
  const service = createQueueService(storage, queueConfig.parse({}));
  const name = `tasks-${randomUUID()}`;
  const tasks = queue ?? createAzureQueue(service, name);
  if (!queue) await tasks.ensure();
  const app = createApp({
    events: {
      queue: tasks,
      sources: [sourceOf()],
      keys: [KEY],
      allowedOrigins: ['eventgrid.azure.net'],
      bodyLimit: 1_572_864,
      clock: systemClock,
      logger: silentLogger,
      metrics: silentMetrics,
    },
    monitoring: {
      kept: createKeptAnswers({ clock: systemClock, shares: true }),
      metrics: { render: async () => ({ contentType: 'text/plain', body: '' }) },
      checks: { queue: async () => void (await tasks.depth()) },
      clock: systemClock,
      logger: silentLogger,
    },
    logger: silentLogger,
  });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  const post = (body: string, type = 'application/json') =>
    fetch(`${url}/events?code=${KEY}`, { method: 'POST', headers: { 'content-type': type }, body });
  return { queue: tasks, client: service.getQueueClient(name), url, post, port: address.port };
}

describe('the endpoint on a real server, over a real queue', () => {
  it('puts notifications of both schemas on the queue, and the consumer reads them back', async () => {
    const { queue, post } = await relay();
    const url = `${azurite.blobEndpoint}/${CONTAINER}/${NAME}`;
    const data = blobCreatedData(url);
    const grid = await post(JSON.stringify([eventGridEvent({ data })]));
    const cloud = await post(JSON.stringify(cloudEvent({ data })), 'application/cloudevents+json');
    expect([grid.status, cloud.status]).toEqual([200, 200]);
    const messages = await queue.receive(32, 30);
    const tasks = messages.flatMap((message) => taskFromMessage(message.body, [sourceOf()]).tasks);
    expect(tasks).toHaveLength(2);
    for (const task of tasks) {
      expect(task.blob).toEqual({ account: azurite.account, container: CONTAINER, name: NAME });
    }
  });

  it('reads what Event Grid put on the queue itself', async () => {
    const { queue, client } = await relay();
    const data = blobCreatedData(`${azurite.blobEndpoint}/${CONTAINER}/${NAME}`);
    await client.sendMessage(JSON.stringify(eventGridEvent({ data })));
    await client.sendMessage(Buffer.from(JSON.stringify(cloudEvent({ data }))).toString('base64'));
    const messages = await queue.receive(32, 30);
    const tasks = messages.flatMap((message) => taskFromMessage(message.body, [sourceOf()]).tasks);
    expect(tasks.map((task) => task.blob.name)).toEqual([NAME, NAME]);
  });

  it('takes 500 events in one request', async () => {
    const { queue, post } = await relay();
    const body = JSON.stringify(Array.from({ length: 500 }, (_, n) => event(`${n}.json`)));
    const response = await post(body);
    expect(await response.json()).toEqual({ queued: 500, ignored: 0 });
    expect((await queue.depth()).ready).toBe(500);
  }, 60_000);

  it('answers a body of 2 MB with 413 and takes the next request', async () => {
    const { post } = await relay();
    const response = await post(' '.repeat(2_000_000));
    expect(response.status).toBe(413);
    expect((await errorOf(response)).code).toBe('too_large');
    expect((await post('[]')).status).toBe(200);
  });

  it('answers a chunked body of 2 MB with 413', async () => {
    const { url, post } = await relay();
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        if (sent > 2_000_000) controller.close();
        else controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const response = await fetch(`${url}/events?code=${KEY}`, init);
    expect(response.status).toBe(413);
    expect((await post('[]')).status).toBe(200);
  });

  it('survives a client that goes away in the middle of its body', async () => {
    const { port, post, queue } = await relay();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST /events?code=${KEY} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[{`,
    );
    socket.destroy();
    await once(socket, 'close');
    expect((await post('[]')).status).toBe(200);
    expect((await queue.depth()).ready).toBe(0);
  });

  it('answers 503 while the queue is down, on the endpoint and in /readyz', async () => {
    const down = azurite.connectionString.replace(/(QueueEndpoint=http:\/\/127\.0\.0\.1):\d+/, '$1:1');
    const service = createQueueService(
      { setting: 'storage', connection_string: down },
      queueConfig.parse({}),
    );
    const { url, post } = await relay(createAzureQueue(service, 'tasks'));
    const response = await post(JSON.stringify([event('a.json')]));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('10');
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { queue: { error: { code: 'queue_unavailable' } } } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

it('writes a short answer at once, and makes no stream of it', async () => {
  const app = createApp({ logger: silentLogger });
  const plain: boolean[] = [];
  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const answer = await app.fetch(request);
      // What @hono/node-server writes by itself is kept there, until somebody asks for the body as a stream.
      plain.push(Object.getOwnPropertySymbols(answer).some(({ description }) => description === 'cache'));
      return answer;
    },
  });
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(await answer.json()).toEqual({ status: 'ok' });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(plain).toEqual([true]);
});

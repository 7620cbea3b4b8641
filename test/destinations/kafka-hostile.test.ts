/** Brokers that are broken, or that are none: nothing that they answer may end the process, fill its memory, or stop it for ever. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MockBroker, startMockBroker } from '../../lab/kafka-broker.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { RetryableError } from '../../src/destinations/errors.ts';
import { kafkaConfig } from '../../src/destinations/kafka/config.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { nodeKafkaClient } from '../../src/hosts/node/kafka/client.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { startKafkaProxy } from '../support/kafka-proxy.ts';
import { hasKcat } from '../support/kcat.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const signal = new AbortController().signal;
const deps = { ...depsOf(nodeHttpClient, systemClock), kafka: nodeKafkaClient };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function destination(port: number, timeout: string): Destination {
  const made = createDestination(
    'bus',
    kafkaConfig.parse({
      type: 'kafka',
      brokers: [`127.0.0.1:${port}`],
      topic: 'hostile',
      encryption: 'none',
      allow_networks: ['127.0.0.0/8'],
      timeout,
    }),
    deps,
  );
  closers.push(() => made.close());
  return made;
}

/** Answers the first bytes of each connection. */
async function answering(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

describe('an answer that is none of the protocol', () => {
  it.each([
    ['of no bytes', [0, 0, 0, 0]],
    ['of too few bytes', [0, 0, 0, 2, 1, 1]],
    ['of fewer than no bytes', [0xff, 0xff, 0xff, 0xfc]],
    ['of the fewest bytes that can be named', [0x80, 0, 0, 0]],
  ])('is no reply: %s', async (_, bytes) => {
    const port = await answering((socket) => socket.write(Buffer.from(bytes)));
    const bus = destination(port, '5s');
    const failed = bus.send(batchOf(bus, [envelope(1)]), signal);
    await expect(failed).rejects.toBeInstanceOf(RetryableError);
    await expect(failed).rejects.toMatchObject({
      code: 'bad_reply',
      message: expect.stringContaining(`:${port}`),
    });
  });

  it('is not kept in memory while it goes on: a page from a web server has a gigabyte, as Kafka would read it', async () => {
    let most = 0;
    const port = await answering((socket) => {
      let sent = 0;
      const more = () => {
        sent += 65_536;
        most = Math.max(most, sent);
        if (!socket.destroyed && sent < 64 * 1_048_576) socket.write(Buffer.alloc(65_536), more);
      };
      socket.write('HTTP/1.1 200 OK\r\n\r\n', more);
    });
    const bus = destination(port, '5s');
    await expect(bus.send(batchOf(bus, [envelope(1)]), signal)).rejects.toMatchObject({
      code: 'bad_reply',
    });
    expect(most).toBeLessThan(16 * 1_048_576);
  });
});

describe.skipIf(!hasKcat)('a broker that asks for a wait of weeks', () => {
  let broker: MockBroker;
  beforeAll(async () => {
    broker = await startMockBroker();
  });
  afterAll(() => broker.kill());

  it('is asked again after the time that one request may take', async () => {
    const proxy = await startKafkaProxy({ target: broker.port });
    closers.push(() => proxy.close());
    const bus = destination(proxy.port, '400ms');
    await bus.send(batchOf(bus, [envelope(1)], 'msg_0'), signal).catch(() => {});
    proxy.throttleMs = 2_147_483_647;
    await bus.send(batchOf(bus, [envelope(2)], 'msg_1'), signal);
    proxy.throttleMs = 0;
    const batch = batchOf(bus, [envelope(3)], 'msg_2');
    const sent = () => bus.send(batch, signal);
    await sent().catch(sent).catch(sent);
    const ids = (await broker.read('hostile')).map(({ headers }) => headers.ce_id);
    expect(ids.filter((id) => id === envelope(3).id)).toHaveLength(1);
  });
});

/** The destination over the Kafka protocol, against librdkafka's mock cluster, behind a proxy that loses and changes replies. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MockBroker, startMockBroker } from '../../lab/kafka-broker.ts';
import { parseConfig } from '../../src/config/load.ts';
import { redact } from '../../src/config/redact.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import { kafkaConfig } from '../../src/destinations/kafka/config.ts';
import { keyAndValue } from '../../src/destinations/kafka/encode.ts';
import type { KafkaClientFactory, KafkaClientOptions } from '../../src/destinations/kafka-client.ts';
import type { Batch, Destination } from '../../src/destinations/port.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { nodeKafkaClient } from '../../src/hosts/node/kafka/client.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { type KafkaProxy, type Produced, startKafkaProxy } from '../support/kafka-proxy.ts';
import { hasKcat } from '../support/kcat.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, envelope, eventRecord } from './samples.ts';
import { SELF_SIGNED } from './self-signed.ts';

const signal = new AbortController().signal;
const deps = { ...depsOf(nodeHttpClient, systemClock), kafka: nodeKafkaClient };
const PASSWORD =
  'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0';

let topics = 0;
let broker: MockBroker;
let proxy: KafkaProxy;
let topic = '';
const open: { close(): Promise<void> }[] = [];
const warnings: Error[] = [];
const onWarning = (warning: Error) => warnings.push(warning);

function destination(over: Readonly<Record<string, unknown>> = {}): Destination {
  const made = createDestination(
    'bus',
    kafkaConfig.parse({
      type: 'kafka',
      brokers: [`127.0.0.1:${proxy.port}`],
      topic,
      encryption: 'none',
      allow_networks: ['127.0.0.0/8'],
      timeout: '20s',
      ...over,
    }),
    deps,
  );
  open.push(made);
  return made;
}

/** Devices take turns, so that several partitions have some. */
const rows = (count: number, devices = 7) =>
  Array.from({ length: count }, (_, at) =>
    envelope(at, { event: { ...envelope(at).event, DeviceId: `device-${at % devices}` } }),
  );
const idsIn = async (of = topic) => (await broker.read(of)).map(({ headers }) => headers.ce_id ?? '');
const failureOf = (sent: Promise<void>) =>
  sent.then(
    () => expect.fail('the batch was accepted'),
    (error: unknown) => error,
  );
/** Parts of a batch as delivery/ cuts them: of the same deliveries. */
const part = (batch: Batch, from: number, to?: number): Batch => ({
  ...batch,
  id: `${batch.id}-${from}`,
  items: batch.items.slice(from, to),
});

describe.skipIf(!hasKcat)('kafka', () => {
  beforeAll(async () => {
    process.on('warning', onWarning);
    broker = await startMockBroker();
  });
  afterAll(async () => {
    process.off('warning', onWarning);
    await broker.kill();
  });
  beforeEach(async () => {
    topics += 1;
    topic = `topic-${topics}`;
    proxy = await startKafkaProxy({ target: broker.port });
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
    await vi.waitFor(() => expect(proxy.open()).toBe(0), 30_000);
    await proxy.close();
  });

  describe('what arrives', () => {
    it('has key, headers and value, each device in its order and in the partition that Java would choose', async () => {
      const bus = destination();
      await bus.send(batchOf(bus, rows(50)), signal);
      await bus.send(batchOf(bus, [alert(99)], 'msg_2'), signal);
      const messages = await broker.read(topic);
      expect(messages).toHaveLength(51);
      const first = messages.find(({ headers }) => headers.ce_id === envelope(3).id);
      expect(first).toMatchObject({
        key: 'device-3',
        headers: {
          'content-type': 'application/json',
          ce_specversion: '1.0',
          ce_type: 'defender.event',
          ce_subject: 'DeviceProcessEvents',
          ce_source: '/tenants/11111111-2222-3333-4444-555555555555/tables/DeviceProcessEvents',
          ce_time: envelope(3).time,
        },
      });
      expect(JSON.parse(first?.value ?? '')).toEqual(eventRecord(rows(4)[3] ?? envelope(0)));
      expect(Math.abs((first?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
      for (let device = 0; device < 7; device += 1) {
        const own = messages.filter(({ key }) => key === `device-${device}`);
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
        const numbers = own.map(({ value }) => JSON.parse(value).event.ReportId);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
      const told = messages.find(({ headers }) => headers.ce_type === 'defender.alert');
      expect(told?.headers.ce_id).toBe(alert(99).alertId);
      for (const key of ['device-0', 'device-5', 'Ä-€']) {
        await bus.send(batchOf(bus, [envelope(1, { event: { DeviceId: key } })], key), signal);
        const own = (await broker.read(topic)).find((message) => message.key === key);
        expect(own?.partition).toBe(await broker.partitionOf(`${topic}-probe`, key));
      }
    });

    it('has the key that the config says, or the event id, and is compressed or not', async () => {
      const plain = destination({ key: '{Table|lower}/{AccountUpn}', compression: 'none', shape: 'raw' });
      await plain.send(batchOf(plain, [envelope(1), envelope(2, { event: { Text: 'é' } })]), signal);
      const gzip = destination({ idempotent: false });
      await gzip.send(batchOf(gzip, [envelope(3)]), signal);
      const messages = await broker.read(topic);
      expect(messages.map(({ key }) => key).toSorted()).toEqual([
        envelope(2).id,
        envelope(3).event.DeviceId,
        'deviceprocessevents/alice@contoso.example',
      ]);
      expect(proxy.produced.map(({ compression }) => compression)).toEqual([0, 0, 1]);
      expect(proxy.produced.map(({ producerId }) => producerId > 0n)).toEqual([true, true, false]);
    });

    it('goes to the topic of its row', async () => {
      const bus = destination();
      const other = `${topic}-alerts`;
      const batch = batchOf(bus, [
        envelope(1),
        envelope(2, { metadata: { topic: other } }),
        envelope(3, { metadata: { topic: other } }),
      ]);
      await bus.send(batch, signal);
      expect(await idsIn()).toEqual([envelope(1).id]);
      expect(await idsIn(other)).toEqual([envelope(2).id, envelope(3).id]);
    });

    it('is a whole batch in several record batches, none of them larger than the cluster takes', async () => {
      const bus = destination({ max_message_bytes: '8KiB', compression: 'none' });
      await bus.send(batchOf(bus, rows(40, 1)), signal);
      expect(proxy.produced.length).toBeGreaterThan(3);
      for (const { records } of proxy.produced) expect(records.length).toBeLessThan(8_192);
      expect(await idsIn()).toEqual(rows(40).map(({ id }) => id));
    });
  });

  describe('refused rows', () => {
    it('are named when they are too large, before anything is sent; the others are sent once', async () => {
      const bus = destination();
      const all = rows(1_000);
      all[500] = envelope(500, { event: { Script: 'x'.repeat(1_200_000) } });
      const batch = batchOf(bus, all);
      const error = await failureOf(bus.send(batch, signal));
      expect(error).toBeInstanceOf(RowsRefusedError);
      expect(error).toMatchObject({ code: 'too_large', rows: [500] });
      expect(proxy.produced).toEqual([]);
      await bus.send(part(batch, 0, 500), signal);
      await bus.send(part(batch, 501), signal);
      const ids = await idsIn();
      expect(ids).toHaveLength(999);
      expect(new Set(ids).size).toBe(999);
    });

    it('are found among others when the cluster finds a message too large, and nothing is there twice', async () => {
      const bus = destination({ compression: 'none' });
      const all = rows(40, 3);
      all[17] = envelope(17, { event: { DeviceId: 'device-2', Script: 'POISON' } });
      proxy.fate = ({ records }) => (records.includes('POISON') ? 10 : 'append');
      const batch = batchOf(bus, all);
      const error = await failureOf(bus.send(batch, signal));
      expect(error).toMatchObject({ name: 'RowsRefusedError', code: 'too_large', rows: [17] });
      for (const each of [part(batch, 0, 17), part(batch, 18)]) await bus.send(each, signal);
      expect((await idsIn()).toSorted()).toEqual(
        rows(40)
          .flatMap(({ id }, at) => (at === 17 ? [] : [id]))
          .toSorted(),
      );
      const alone = await failureOf(bus.send(part(batch, 17, 18), signal));
      expect(alone).toMatchObject({ name: 'RowsRefusedError', rows: [0] });
    });

    it('leave it to bisecting when the cluster does not say which: what was taken is not sent again', async () => {
      const bus = destination({ compression: 'none' });
      const all = rows(20, 20);
      all[3] = envelope(3, { event: { DeviceId: 'device-3', Script: 'POISON' } });
      proxy.fate = ({ records }) => (records.includes('POISON') ? 87 : 'append');
      const batch = batchOf(bus, all);
      expect(await failureOf(bus.send(batch, signal))).toMatchObject({
        code: 'rows_refused',
        rows: undefined,
      });
      for (const each of [part(batch, 0, 3), part(batch, 4)]) await bus.send(each, signal);
      expect((await idsIn()).toSorted()).toEqual(
        rows(20)
          .flatMap(({ id }, at) => (at === 3 ? [] : [id]))
          .toSorted(),
      );
    });
  });

  describe('a lost acknowledgement', () => {
    it('and a restart leave copies with the same id, key and partition, by which they can be folded', async () => {
      const before = destination();
      const batch = batchOf(before, rows(30));
      await before.send(batch, signal);
      await before.close();
      const after = destination();
      await after.send(batchOf(after, rows(30)), signal);
      const messages = await broker.read(topic);
      expect(messages).toHaveLength(60);
      const copies = Map.groupBy(messages, ({ headers }) => headers.ce_id);
      expect(copies.size).toBe(30);
      for (const [one, other] of copies.values()) {
        expect([one?.key, one?.partition, one?.value]).toEqual([other?.key, other?.partition, other?.value]);
      }
    });

    it('is asked for again under the same number, so that the cluster has the records once', async () => {
      const bus = destination();
      proxy.fate = () => (proxy.produced.length === 1 ? 'lose' : 'append');
      await bus.send(batchOf(bus, rows(10, 1)), signal);
      const [first, again] = proxy.produced;
      expect(proxy.produced).toHaveLength(2);
      expect(again).toEqual(first);
    });

    it('leaves the number to the same batch and to no other, which the cluster would take for it and drop', async () => {
      const bus = destination();
      proxy.fate = () => 'lose';
      const batch = batchOf(bus, rows(10, 1), 'msg_lost');
      expect(await failureOf(bus.send(batch, signal))).toMatchObject({
        name: 'RetryableError',
        code: 'connection_lost',
      });
      const tried = proxy.produced.length;
      proxy.fate = () => 'append';
      await bus.send(batchOf(bus, rows(10, 1), 'msg_other'), signal);
      await bus.send(batch, signal);
      const [first] = proxy.produced;
      const [other, again] = proxy.produced.slice(tried);
      expect(other?.producerId).not.toBe(first?.producerId);
      expect(again).toMatchObject({
        producerId: first?.producerId,
        sequence: first?.sequence,
        count: first?.count,
      });
      // What is then sent by it goes on behind.
      await bus.send(batchOf(bus, rows(10, 1), 'msg_next'), signal);
      const next = proxy.produced.at(-1);
      expect(next?.sequence).toBe(10);
    });

    it('stays in doubt when the tries after it are refused for another reason', async () => {
      const bus = destination();
      proxy.fate = () => (proxy.produced.length === 1 ? 'lose' : 6);
      const batch = batchOf(bus, rows(10, 1), 'msg_lost');
      expect(await failureOf(bus.send(batch, signal))).toMatchObject({ code: 'server_error' });
      const [first] = proxy.produced;
      proxy.fate = () => 'append';
      await bus.send(batchOf(bus, rows(10, 1), 'msg_other'), signal);
      expect(proxy.produced.at(-1)?.producerId).not.toBe(first?.producerId);
      await bus.send(batch, signal);
      expect(proxy.produced.at(-1)).toMatchObject({
        producerId: first?.producerId,
        sequence: first?.sequence,
      });
    });

    it('in the middle of a batch is repeated under the same number, whatever of the batch is there by then', async () => {
      const bus = destination({ max_message_bytes: '8KiB' });
      const batch = batchOf(bus, rows(60, 5), 'msg_middle');
      const seen = new Map<number, number>();
      let doubtful: Produced | undefined;
      proxy.fate = (produced) => {
        const count = (seen.get(produced.partition) ?? 0) + 1;
        seen.set(produced.partition, count);
        if (doubtful === undefined && count === 2) doubtful = produced;
        return produced.partition === doubtful?.partition ? 'lose' : 'append';
      };
      await failureOf(bus.send(batch, signal));
      const tried = proxy.produced.length;
      proxy.fate = () => 'append';
      await bus.send(batch, signal);
      const again = proxy.produced.slice(tried).find(({ partition }) => partition === doubtful?.partition);
      expect(again).toMatchObject({
        producerId: doubtful?.producerId,
        sequence: doubtful?.sequence,
        count: doubtful?.count,
      });
    });

    it('of a part of a batch repeats that part only', async () => {
      const bus = destination();
      const batch = batchOf(bus, rows(30, 30), 'msg_part');
      let unlucky = -1;
      proxy.fate = ({ partition }) => {
        if (unlucky === -1) unlucky = partition;
        return partition === unlucky ? 19 : 'append';
      };
      expect(await failureOf(bus.send(batch, signal))).toMatchObject({
        name: 'RetryableError',
        code: 'server_error',
      });
      proxy.fate = () => 'append';
      await bus.send(batch, signal);
      expect((await idsIn()).toSorted()).toEqual(
        rows(30)
          .map(({ id }) => id)
          .toSorted(),
      );
    });

    it('is not waited for where the cluster has the records already', async () => {
      const bus = destination();
      proxy.fate = () => 46;
      await bus.send(batchOf(bus, rows(3, 1)), signal);
      expect(proxy.produced).toHaveLength(1);
    });

    it.each([45, 59])(
      'ends the use of a producer that the cluster lost track of (error %i)',
      async (code) => {
        const bus = destination();
        proxy.fate = () => code;
        const batch = batchOf(bus, rows(3, 1));
        expect(await failureOf(bus.send(batch, signal))).toMatchObject({ code: 'server_error' });
        const [first] = proxy.produced;
        proxy.fate = () => 'append';
        await bus.send(batch, signal);
        expect(proxy.produced.at(-1)?.producerId).not.toBe(first?.producerId);
        expect(await idsIn()).toHaveLength(3);
      },
    );
  });

  it.each([
    [7, 'RetryableError', 'timeout'],
    [19, 'RetryableError', 'server_error'],
    [20, 'RetryableError', 'server_error'],
    [3, 'DestinationRefusedError', 'not_found'],
    [29, 'DestinationRefusedError', 'not_authorized'],
    [31, 'DestinationRefusedError', 'not_authorized'],
    [76, 'DestinationRefusedError', 'refused'],
    [18, 'RowsRefusedError', 'too_large'],
    [32, 'RowsRefusedError', 'rows_refused'],
    [4711, 'RetryableError', 'server_error'],
  ])('takes error %i for a %s, %s', async (code, name, meant) => {
    const bus = destination();
    proxy.fate = () => code;
    const error = await failureOf(bus.send(batchOf(bus, rows(1)), signal));
    expect(error).toMatchObject({ name, code: meant });
    proxy.fate = () => 'append';
    await bus.send(batchOf(bus, rows(2)), signal);
    expect(await idsIn()).toHaveLength(2);
  });

  it.each([
    [3, 'not_found'],
    [29, 'not_authorized'],
  ])(
    'takes error %i in metadata for a refusal of the destination, and creates no topic',
    async (code, meant) => {
      const bus = destination();
      proxy.topicError = code;
      const error = await failureOf(bus.send(batchOf(bus, rows(1)), signal));
      expect(error).toBeInstanceOf(DestinationRefusedError);
      expect(error).toMatchObject({ code: meant });
      proxy.topicError = 0;
      await bus.send(batchOf(bus, rows(1)), signal);
    },
  );

  describe('the way there', () => {
    it('may be gone, and come back', async () => {
      const bus = destination();
      const first = await startMockBroker();
      proxy.target = first.port;
      await bus.send(batchOf(bus, [envelope(1)], 'msg_1'), signal);
      await first.kill();
      const batch = batchOf(bus, [envelope(2)], 'msg_2');
      expect(await failureOf(bus.send(batch, signal))).toBeInstanceOf(RetryableError);
      expect(await failureOf(bus.send(batch, signal))).toBeInstanceOf(RetryableError);
      // Another one, which knows nothing of producers and topics.
      proxy.target = broker.port;
      await bus.send(batch, signal).catch(() => bus.send(batch, signal));
      expect(await idsIn()).toEqual([envelope(2).id]);
    });

    it('may lead nowhere', async () => {
      const nowhere = await startKafkaProxy({ target: broker.port });
      await nowhere.close();
      const bus = destination({ brokers: [`127.0.0.1:${nowhere.port}`] });
      expect(await failureOf(bus.send(batchOf(bus, rows(1)), signal))).toMatchObject({
        name: 'RetryableError',
        code: 'unreachable',
      });
      const second = destination({ brokers: [`127.0.0.1:${nowhere.port}`, `127.0.0.1:${proxy.port}`] });
      await second.send(batchOf(second, rows(1)), signal);
    });

    it('may be silent: the batch is given up in time, and sent once when it answers again', async () => {
      const bus = destination({ timeout: '400ms' });
      // On a busy machine, the first connection may take longer.
      await vi.waitFor(() => bus.send(batchOf(bus, [envelope(1)], 'msg_1'), signal), 30_000);
      broker.freeze();
      const began = performance.now();
      try {
        const batch = batchOf(bus, [envelope(2)], 'msg_2');
        expect(await failureOf(bus.send(batch, signal))).toMatchObject({
          name: 'RetryableError',
          code: 'timeout',
        });
        expect(performance.now() - began).toBeLessThan(30_000);
      } finally {
        broker.thaw();
      }
      const patient = destination();
      await patient.send(batchOf(patient, [envelope(3)]), signal);
    });

    it('is left when the signal fires, also before anything is sent', async () => {
      const bus = destination();
      await expect(bus.send(batchOf(bus, rows(1)), AbortSignal.abort(new Error('over')))).rejects.toThrow(
        'over',
      );
      expect(proxy.produced).toEqual([]);
      const controller = new AbortController();
      const reason = new Error('claim lost');
      broker.freeze();
      try {
        const sent = bus.send(batchOf(bus, rows(1)), controller.signal);
        await delay(50);
        controller.abort(reason);
        await expect(sent).rejects.toBe(reason);
      } finally {
        broker.thaw();
      }
      await bus.send(batchOf(bus, rows(1)), signal);
    });

    it('may not lead to addresses that are not allowed: neither the first broker’s nor those it names', async () => {
      const refused = destination({ allow_networks: [] });
      expect(await failureOf(refused.send(batchOf(refused, rows(1)), signal))).toMatchObject({
        name: 'DestinationRefusedError',
        code: 'address_refused',
        message: expect.stringContaining('127.0.0.1'),
      });
      const byName = destination({ allow_networks: [], brokers: [`localhost:${proxy.port}`] });
      expect(await failureOf(byName.send(batchOf(byName, rows(1)), signal))).toMatchObject({
        code: 'address_refused',
      });
      expect(proxy.open()).toBe(0);
      const bus = destination();
      proxy.advertised = { host: '10.20.0.1' };
      expect(await failureOf(bus.send(batchOf(bus, rows(1)), signal))).toMatchObject({
        name: 'DestinationRefusedError',
        code: 'address_refused',
        message: expect.stringContaining('10.20.0.1'),
      });
    });
  });

  describe('TLS and signing in', () => {
    let secure: KafkaProxy;
    beforeEach(async () => {
      secure = await startKafkaProxy({ target: broker.port, tls: SELF_SIGNED });
    });
    afterEach(async () => {
      for (const each of open.splice(0)) await each.close();
      await secure.close();
    });
    const encrypted = (over: Readonly<Record<string, unknown>> = {}) =>
      destination({
        brokers: [`127.0.0.1:${secure.port}`],
        encryption: 'tls',
        tls: { ca: SELF_SIGNED.cert },
        ...over,
      });

    it('trusts the authorities that it is told to, and no others', async () => {
      const bus = encrypted();
      await bus.send(batchOf(bus, rows(5)), signal);
      expect(await idsIn()).toHaveLength(5);
      const wary = encrypted({ tls: undefined });
      expect(await failureOf(wary.send(batchOf(wary, rows(1)), signal))).toMatchObject({
        name: 'DestinationRefusedError',
        code: 'bad_certificate',
      });
    });

    it('signs in as Event Hubs wants it, on every connection, and says nothing of the password', async () => {
      const sasl = { mechanism: 'plain', username: '$ConnectionString', password: PASSWORD };
      secure.accepts = (mechanism, bytes) =>
        mechanism === 'PLAIN' && bytes.endsWith(`\0$ConnectionString\0${PASSWORD}`);
      const bus = encrypted({ sasl });
      await bus.send(batchOf(bus, rows(5)), signal);
      expect(await idsIn()).toHaveLength(5);
      expect(secure.signedIn.length).toBeGreaterThanOrEqual(2);
      secure.accepts = () => false;
      const other = encrypted({ sasl });
      const error = await failureOf(other.send(batchOf(other, rows(1)), signal));
      expect(error).toMatchObject({ name: 'DestinationRefusedError', code: 'not_authorized' });
      expect(`${error instanceof Error ? error.stack : ''}${JSON.stringify(error)}`).not.toContain(
        'c2VjcmV0',
      );
    });

    it('signs in with an access token, and keeps the rows where there is none', async () => {
      let status = 200;
      let token = 'a-token';
      const server = createServer((_, reply) => {
        reply.writeHead(status, { 'content-type': 'application/json' });
        reply.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3_600 }));
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as AddressInfo;
      const sasl = {
        mechanism: 'oauthbearer',
        token_url: `http://127.0.0.1:${port}/token`,
        client_id: 'xdr-relay',
        client_secret: 'client-secret',
      };
      secure.accepts = (mechanism, bytes) =>
        mechanism === 'OAUTHBEARER' && bytes.includes('auth=Bearer a-token\x01');
      try {
        const bus = encrypted({ sasl });
        await bus.send(batchOf(bus, rows(5)), signal);
        expect(await idsIn()).toHaveLength(5);
        // A token that was taken back is asked for anew.
        secure.accepts = (_, bytes) => bytes.includes('auth=Bearer b-token\x01');
        const kept = encrypted({ sasl });
        expect(await failureOf(kept.send(batchOf(kept, rows(1)), signal))).toMatchObject({
          code: 'not_authorized',
        });
        token = 'b-token';
        await vi.waitFor(() => kept.send(batchOf(kept, rows(1)), signal), { timeout: 30_000, interval: 500 });
        status = 401;
        const other = encrypted({ sasl });
        expect(await failureOf(other.send(batchOf(other, rows(1)), signal))).toMatchObject({
          name: 'DestinationRefusedError',
          code: 'not_authorized',
          message: expect.stringContaining('token endpoint'),
        });
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  });

  it('takes batches at the same time, each by a producer of its own, and keeps Node quiet', async () => {
    const bus = destination();
    const batches = Array.from({ length: 6 }, (_, at) =>
      batchOf(bus, rows(200).slice(at * 30, at * 30 + 30), `msg_${at}`),
    );
    await Promise.all(batches.map((batch) => bus.send(batch, signal)));
    await Promise.all(batches.map((batch, at) => bus.send({ ...batch, id: `again_${at}` }, signal)));
    expect(await idsIn()).toHaveLength(360);
    // For each producer and partition the numbers are without holes and none is given twice.
    const expected = new Map<string, number>();
    for (const { producerId, partition, sequence, count } of proxy.produced) {
      const key = `${producerId}/${partition}`;
      expect(sequence).toBe(expected.get(key) ?? 0);
      expected.set(key, sequence + count);
    }
    expect(warnings.map(({ name }) => name)).not.toContain('TimeoutNegativeWarning');
  });
});

describe('kafka without a cluster', () => {
  it('is refused where the host has no sockets, with what to use in its place', () => {
    const config = kafkaConfig.parse({ type: 'kafka', brokers: ['kafka.example:9093'], topic: 'defender' });
    expect(() => createDestination('bus', config, depsOf(nodeHttpClient))).toThrow(
      /destinations\.bus: this host opens no connections of its own: run the relay on Node, or send to a webhook/,
    );
  });

  it('connects to Event Hubs as docs/destinations/kafka.md has it', async () => {
    const page = await readFile(new URL('../../docs/destinations/kafka.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/```yaml\n([^`]*destinations:\n[^`]*servicebus[^`]*)```/g)].map(
      ([, yaml]) => yaml,
    );
    const seen: KafkaClientOptions[] = [];
    const kafka: KafkaClientFactory = (options) => {
      seen.push(options);
      return nodeKafkaClient(options);
    };
    for (const example of examples) {
      const { config, diagnostics } = parseConfig(String(example), 'relay.yaml', {
        EVENT_HUBS_CONNECTION_STRING: PASSWORD,
        EVENT_HUBS_CLIENT_SECRET: 'client-secret',
      });
      expect(diagnostics).toEqual([]);
      const entry = config?.destinations['event-hubs'];
      if (!entry) return expect.fail('no destination');
      await createDestination('event-hubs', entry, { ...deps, kafka }).close();
      const { diagnostics: warned } = parseConfig(
        String(example).replace('compression: none', 'compression: gzip'),
        'relay.yaml',
        { EVENT_HUBS_CONNECTION_STRING: PASSWORD, EVENT_HUBS_CLIENT_SECRET: 'client-secret' },
      );
      expect(warned).toMatchObject([
        { severity: 'warning', message: expect.stringContaining('Premium and Dedicated') },
      ]);
    }
    expect(seen).toMatchObject([
      {
        brokers: ['contoso.servicebus.windows.net:9093'],
        isEncrypted: true,
        compression: 'none',
        isIdempotent: true,
        signIn: { mechanism: 'plain', username: '$ConnectionString', password: PASSWORD },
      },
      {
        brokers: ['contoso.servicebus.windows.net:9093'],
        isEncrypted: true,
        signIn: { mechanism: 'oauthbearer' },
      },
    ]);
    expect(redact(PASSWORD)).not.toContain('c2VjcmV0');
  });

  it('has key and value in one payload, whatever they hold', () => {
    const bus = createDestination(
      'bus',
      kafkaConfig.parse({ type: 'kafka', brokers: ['kafka.example:9093'], topic: 'defender', key: '{Name}' }),
      { ...depsOf(nodeHttpClient), kafka: nodeKafkaClient },
    );
    for (const name of ['a"b', 'a\\', '\\"', 'é€😀', '","value":', '{"key":"', 'a\nb']) {
      const made = envelope(1, { event: { Name: name, Text: '"}' } });
      const [item] = batchOf(bus, [made]).items;
      const { key, value } = keyAndValue(item?.payload() ?? new Uint8Array());
      expect(key).toBe(name);
      expect(JSON.parse(Buffer.from(value).toString())).toEqual(eventRecord(made));
    }
    expect(() => keyAndValue(Buffer.from('{"other":1}'))).toThrow(TypeError);
  });

  it.each([
    [{ proxy: { url: 'http://proxy.example:3128' } }, 'cannot be reached through an HTTP proxy'],
    [{ encryption: 'none', tls: { ca: SELF_SIGNED.cert } }, 'has no use'],
    [{ brokers: ['kafka.example'] }, 'a host and a port'],
    [{ brokers: ['https://kafka.example:9093'] }, 'a host and a port'],
    [{ brokers: ['kafka.example:70000'] }, 'a port up to 65535'],
    [{ topic: 'a b' }, '249 letters'],
    [{ topic: '..' }, '249 letters'],
    [{ key: '{DeviceId' }, 'placeholders'],
  ])('refuses %j', (over, message) => {
    const { error } = kafkaConfig.safeParse({
      type: 'kafka',
      brokers: ['kafka.example:9093'],
      topic: 'defender',
      ...over,
    });
    expect(JSON.stringify(error?.issues)).toContain(message);
  });
});

/** Random faults against a broker that takes repetitions out by producer and number, as Kafka does: nothing is lost, and nothing is there twice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MockBroker, startMockBroker } from '../../lab/kafka-broker.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { RetryableError } from '../../src/destinations/errors.ts';
import { kafkaConfig } from '../../src/destinations/kafka/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { nodeKafkaClient } from '../../src/hosts/node/kafka/client.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { type KafkaProxy, type Produced, startKafkaProxy } from '../support/kafka-proxy.ts';
import { hasKcat } from '../support/kcat.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const OUT_OF_ORDER = 45;
/** NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS: nothing was appended. */
const REFUSALS = [6, 19];
/** REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS_AFTER_APPEND: it was. */
const DOUBTS = [7, 20];
const LANES = 4;
const BATCHES = 6;
const ROWS = 12;

let broker: MockBroker;
let proxy: KafkaProxy;

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a partition's leader keeps of a producer: its last record batch (Apache Kafka, "ProducerStateManager"). */
interface Last {
  readonly sequence: number;
  readonly count: number;
}

function strictBroker(random: () => number) {
  const log: string[] = [];
  const last = new Map<string, Last>();
  const found = { outOfOrder: 0, repeated: 0, lost: 0 };
  const fate = (produced: Produced) => {
    const { producerId, topic, partition, sequence, count, records } = produced;
    const key = `${producerId}/${topic}/${partition}`;
    const before = last.get(key);
    const next = before ? before.sequence + before.count : 0;
    const isRepeated = before?.sequence === sequence && before.count === count;
    if (sequence !== next && !isRepeated) {
      found.outOfOrder += 1;
      return OUT_OF_ORDER;
    }
    const chance = random();
    if (chance < 0.15) return REFUSALS[Math.floor(random() * 2)] ?? 6;
    if (isRepeated) found.repeated += 1;
    else {
      last.set(key, { sequence, count });
      for (const [, id] of records.toString('latin1').matchAll(/"kind":"event","id":"([0-9a-f]{32})"/g))
        log.push(id ?? '');
    }
    if (chance < 0.45) {
      found.lost += 1;
      return chance < 0.35 ? 'lose' : (DOUBTS[Math.floor(random() * 2)] ?? 7);
    }
    return 0;
  };
  return { log, found, fate };
}

describe.skipIf(!hasKcat)('kafka under random faults', () => {
  beforeAll(async () => {
    broker = await startMockBroker();
  });
  afterAll(() => broker.kill());
  beforeEach(async () => {
    proxy = await startKafkaProxy({ target: broker.port });
  });
  afterEach(() => proxy.close());

  it.each([1, 2, 3])('has each event once, with seed %i', async (seed) => {
    const { log, found, fate } = strictBroker(randomOf(seed));
    proxy.fate = fate;
    const bus = createDestination(
      'bus',
      kafkaConfig.parse({
        type: 'kafka',
        brokers: [`127.0.0.1:${proxy.port}`],
        topic: 'faults',
        encryption: 'none',
        compression: 'none',
        max_message_bytes: '8KiB',
        timeout: '20s',
        allow_networks: ['127.0.0.0/8'],
      }),
      { ...depsOf(nodeHttpClient, systemClock), kafka: nodeKafkaClient },
    );
    const signal = new AbortController().signal;
    const all = Array.from({ length: LANES * BATCHES * ROWS }, (_, at) =>
      envelope(at, { event: { DeviceId: `device-${at % 5}`, Padding: 'x'.repeat(1_500) } }),
    );
    const lane = async (number: number) => {
      for (let n = 0; n < BATCHES; n += 1) {
        const from = (number * BATCHES + n) * ROWS;
        const batch = {
          ...batchOf(bus, all.slice(from, from + ROWS), `msg_${from}`),
          lane: `lane-${number}`,
        };
        for (let tries = 1; ; tries += 1) {
          try {
            await bus.send(batch, signal);
            break;
          } catch (error) {
            expect(error).toBeInstanceOf(RetryableError);
            expect(tries).toBeLessThan(50);
          }
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
    await bus.close();
    expect(log.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect(found.outOfOrder).toBe(0);
    // Otherwise the test would show nothing.
    expect(found.lost).toBeGreaterThan(20);
    expect(found.repeated).toBeGreaterThan(10);
  });
});

/** After a lost reply only the same record batches may go by the producer that sent them: others would be dropped as repetitions. */
import { expect, it } from 'vitest';
import type { Chunk } from '../../src/destinations/kafka/chunks.ts';
import { Producers } from '../../src/destinations/kafka/producers.ts';
import type { KafkaProducer } from '../../src/destinations/kafka-client.ts';
import type { EncodedDelivery } from '../../src/destinations/port.ts';
import { envelope } from './samples.ts';

const itemOf = (n: number): EncodedDelivery => ({
  head: envelope(n),
  bytes: 1,
  payload: () => new Uint8Array([n]),
});

function chunkOf(...items: readonly EncodedDelivery[]): Chunk {
  const outgoing = items.map((item, row) => ({
    item,
    row,
    topic: 'defender',
    message: { key: 'a', value: item.payload(), headers: {}, timestamp: 0 },
    bytes: 101,
  }));
  return { topic: 'defender', partition: 0, outgoing };
}

function rig(most = 2) {
  const closed: KafkaProducer[] = [];
  const made: KafkaProducer[] = [];
  const producers = new Producers(
    {
      topics: async () => new Map(),
      producer() {
        const producer: KafkaProducer = {
          append: async () => {},
          close: () => void closed.push(producer),
        };
        made.push(producer);
        return producer;
      },
    },
    most,
  );
  return { producers, closed, made };
}

const [one, two] = [itemOf(1), itemOf(2)];

it('is given again for the same deliveries in the same record batches', () => {
  const { producers, closed } = rig();
  const first = producers.take('batch', [chunkOf(one, two)]);
  producers.park('batch', first, [chunkOf(one, two)]);
  expect(producers.take('batch', [chunkOf(one, two)])).toBe(first);
  expect(closed).toEqual([]);
});

it.each<[string, readonly Chunk[]]>([
  ['fewer deliveries', [chunkOf(one)]],
  ['other deliveries', [chunkOf(one, itemOf(2))]],
  ['another order', [chunkOf(two, one)]],
  ['more record batches', [chunkOf(one), chunkOf(two)]],
  ['another partition', [{ ...chunkOf(one, two), partition: 1 }]],
])('is not given again for %s, and is closed', (_, chunks) => {
  const { producers, closed } = rig();
  const first = producers.take('batch', [chunkOf(one, two)]);
  producers.park('batch', first, [chunkOf(one, two)]);
  expect(producers.take('batch', chunks)).not.toBe(first);
  expect(closed).toEqual([first]);
});

it('is not given to another batch while it is parked, and the longest parked one makes room', () => {
  const { producers, closed } = rig(1);
  const first = producers.take('a', [chunkOf(one)]);
  producers.park('a', first, [chunkOf(one)]);
  const second = producers.take('b', [chunkOf(two)]);
  expect(second).not.toBe(first);
  producers.park('b', second, [chunkOf(two)]);
  expect(closed).toEqual([first]);
});

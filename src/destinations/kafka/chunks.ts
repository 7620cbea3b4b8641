/** Divides a batch into record batches: by topic and partition, in order, none larger than the cluster takes. */
import type { KafkaMessage, KafkaTopic } from '../kafka-client.ts';
import type { EncodedDelivery } from '../port.ts';

/** A delivery on its way. */
export interface Outgoing {
  readonly item: EncodedDelivery;
  /** Its index in the batch. */
  readonly row: number;
  readonly topic: string;
  readonly message: KafkaMessage;
  /** What it takes in a record batch, at most. */
  readonly bytes: number;
}

/** Goes to one partition as one record batch. */
export interface Chunk {
  readonly topic: string;
  readonly partition: number;
  /** At least one. */
  readonly outgoing: readonly Outgoing[];
}

/** Of a record: lengths, offset, time and attributes (Apache Kafka, "Record"); and its share of the head of a batch, which is 61 bytes. */
const OVERHEAD = 100;
/** Of a header: two lengths. */
const HEADER_OVERHEAD = 4;

/** What a message takes in a record batch, at most. Bytes. */
export function sizeOf({ key, value, headers }: KafkaMessage): number {
  // A UTF-16 unit is three bytes of UTF-8 at most.
  const texts = Object.entries(headers).reduce(
    (sum, [name, text]) => sum + (name.length + text.length) * 3 + HEADER_OVERHEAD,
    key.length * 3,
  );
  return texts + value.length + OVERHEAD;
}

/** For each partition its record batches, which must be sent one after the other. */
export function chunksByPartition(
  all: readonly Outgoing[],
  topics: ReadonlyMap<string, KafkaTopic>,
  mostBytes: number,
): readonly (readonly Chunk[])[] {
  const partitions = Map.groupBy(all, ({ topic, message }) => {
    const partition = topics.get(topic)?.partitionOf(message.key) ?? 0;
    return `${partition}/${topic}`;
  });
  return [...partitions].map(([name, outgoing]) => {
    const [partition = '', topic = ''] = name.split('/', 2);
    return cut(outgoing, mostBytes).map((part) => ({ topic, partition: Number(partition), outgoing: part }));
  });
}

function cut(outgoing: readonly Outgoing[], mostBytes: number): readonly (readonly Outgoing[])[] {
  const parts: Outgoing[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of outgoing) {
    bytes += one.bytes;
    if (bytes > mostBytes) {
      parts.push([]);
      bytes = one.bytes;
    }
    parts.at(-1)?.push(one);
  }
  return parts;
}

/** Both halves of a chunk of two deliveries or more. */
export function halves({ outgoing, ...to }: Chunk): readonly Chunk[] {
  const middle = Math.ceil(outgoing.length / 2);
  return [outgoing.slice(0, middle), outgoing.slice(middle)].map((part) => ({ ...to, outgoing: part }));
}

/** Whether these are the same deliveries, in the same record batches. The order among partitions does not matter. */
export function isSame(one: readonly Chunk[], other: readonly Chunk[]): boolean {
  const others = inOrder(other);
  return (
    one.length === other.length &&
    inOrder(one).every(({ topic, partition, outgoing }, at) => {
      const that = others[at];
      return (
        that?.topic === topic &&
        that.partition === partition &&
        that.outgoing.length === outgoing.length &&
        that.outgoing.every(({ item }, row) => item === outgoing[row]?.item)
      );
    })
  );
}

/** Those of one partition stay as they are. */
function inOrder(chunks: readonly Chunk[]): readonly Chunk[] {
  return chunks.toSorted(
    (a, b) => a.partition - b.partition || (a.topic < b.topic ? -1 : Number(a.topic > b.topic)),
  );
}

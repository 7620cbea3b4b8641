/** Sends batches to topics: every delivery to the partition of its key, acknowledged by all replicas in sync. */
import { DeadlineError, withDeadline } from '../../shared/deadline.ts';
import type { Sender, SocketSenderDeps } from '../descriptor.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import { type KafkaProducer, KafkaProtocolError } from '../kafka-client.ts';
import type { Batch, EncodedDelivery } from '../port.ts';
import { type Chunk, chunksByPartition, halves, type Outgoing, sizeOf } from './chunks.ts';
import type { KafkaConfig } from './config.ts';
import { keyAndValue, messageHeaders } from './encode.ts';
import { Producers } from './producers.ts';
import {
  hasLostTrack,
  isAboutRecords,
  isDuplicate,
  isSignInRefused,
  isTooLarge,
  protocolTrouble,
} from './reply.ts';
import { openSignIn } from './sign-in.ts';
import { Topics } from './topics.ts';

/** Where `timeout` says nothing. Milliseconds. */
export const TIMEOUT_MS = 60_000;

/** One partition answers in this time or is asked again. Milliseconds. */
const REQUEST_MS = 30_000;

export function kafkaSender(config: KafkaConfig, deps: SocketSenderDeps): Sender {
  const { clock } = deps;
  const timeoutMs = config.timeout ?? TIMEOUT_MS;
  const signIn = openSignIn(config, deps);
  const client = deps.kafka({
    brokers: config.brokers,
    allowNetworks: config.allow_networks ?? [],
    isEncrypted: config.encryption === 'tls',
    tls: config.tls,
    signIn: signIn?.with,
    compression: config.compression,
    isIdempotent: config.idempotent,
    timeoutMs: Math.min(timeoutMs, REQUEST_MS),
  });
  const topics = new Topics(client, clock);
  const producers = new Producers(client, deps.concurrency);
  // Of batches that came to no good end: their other deliveries must not be appended again with what is left of them.
  const appended = new WeakSet<EncodedDelivery>();
  const running = new Map<string, Promise<void>>();

  return {
    async send(batch, signal) {
      signal.throwIfAborted();
      const left = batch.items.flatMap((item, row) => (appended.has(item) ? [] : [outgoing(item, row)]));
      refuseTooLarge(left);
      if (left.length > 0) {
        try {
          await withDeadline(timeoutMs, signal, (inner) => inTurn(batch, left, inner), clock);
        } catch (error) {
          if (!(error instanceof DeadlineError)) throw error;
          throw new RetryableError('timeout', `Kafka did not take the batch within ${timeoutMs} ms`);
        }
      }
      for (const item of batch.items) appended.delete(item);
    },
    async close() {
      await Promise.allSettled(running.values());
      producers.close();
      await signIn?.close();
    },
  };

  function outgoing(item: EncodedDelivery, row: number): Outgoing {
    const { key, value } = keyAndValue(item.payload());
    const message = { key, value, headers: messageHeaders(item.head), timestamp: clock.now() };
    const own = typeof config.topic === 'string' ? config.topic : config.topic.default;
    return { item, row, topic: item.head.metadata?.topic ?? own, message, bytes: sizeOf(message) };
  }

  function refuseTooLarge(all: readonly Outgoing[]): void {
    const refused = all.filter(({ bytes }) => bytes > config.max_message_bytes);
    const [first] = refused;
    if (!first) return;
    throw new RowsRefusedError(
      'too_large',
      `A message of ${first.bytes} bytes is larger than max_message_bytes, ${config.max_message_bytes}`,
      { rows: refused.map(({ row }) => row) },
    );
  }

  /** An earlier send of the same batch that was cut off may still be on its way to its end, which shows what became of its producer. */
  async function inTurn(batch: Batch, left: readonly Outgoing[], signal: AbortSignal): Promise<void> {
    const name = `${batch.lane}\n${batch.id}`;
    const before = running.get(name);
    const mine = Promise.allSettled([before]).then(() => {
      signal.throwIfAborted();
      return deliver(name, left, signal);
    });
    running.set(name, mine);
    try {
      await mine;
    } finally {
      if (running.get(name) === mine) running.delete(name);
    }
  }

  async function deliver(name: string, left: readonly Outgoing[], signal: AbortSignal): Promise<void> {
    const known = await topics.of(new Set(left.map(({ topic }) => topic)), signal).catch((error: unknown) => {
      if (!(error instanceof KafkaProtocolError)) throw error;
      if (isSignInRefused(error)) signIn?.refused();
      throw protocolTrouble(error);
    });
    const partitions = chunksByPartition(left, known, config.max_message_bytes);
    const chunks = partitions.flat();
    const producer = producers.take(name, chunks);
    const work: Work = { producer, signal, undone: new Set(chunks), refused: [], troubles: [] };
    await Promise.all(partitions.map((each) => appendEach(each, work)));
    settle(name, chunks, work);
    if (work.troubles.length > 0) throw worst(work);
    if (work.refused.length > 0) {
      const message = 'Kafka answered MESSAGE_TOO_LARGE to a message that was sent alone';
      throw new RowsRefusedError('too_large', message, { rows: work.refused });
    }
  }

  async function appendEach(chunks: readonly Chunk[], work: Work): Promise<void> {
    for (const chunk of chunks) {
      try {
        await append(chunk, work);
        work.undone.delete(chunk);
      } catch (error) {
        topics.forget(chunk.topic);
        work.troubles.push({ error, chunk });
        return;
      }
    }
  }

  async function append(chunk: Chunk, work: Work): Promise<void> {
    const { topic, partition, outgoing: parts } = chunk;
    try {
      const messages = parts.map(({ message }) => message);
      await work.producer.append({ topic, partition, messages }, work.signal);
    } catch (error) {
      if (!(error instanceof KafkaProtocolError)) throw error;
      if (isTooLarge(error)) {
        const [first] = parts;
        if (parts.length === 1 && first) work.refused.push(first.row);
        else for (const half of halves(chunk)) await append(half, work);
        return;
      }
      if (!isDuplicate(error)) throw error;
    }
    for (const { item } of parts) appended.add(item);
  }

  function settle(name: string, chunks: readonly Chunk[], { producer, troubles, undone }: Work): void {
    const errors = troubles.map(({ error }) => error);
    const isProtocol = (error: unknown, is: (error: KafkaProtocolError) => boolean) =>
      error instanceof KafkaProtocolError && is(error);
    if (errors.some((error) => isProtocol(error, isSignInRefused))) signIn?.refused();
    if (errors.some((error) => isProtocol(error, hasLostTrack))) producer.close();
    else if (errors.every((error) => isProtocol(error, isAboutRecords))) producers.release(producer);
    else
      producers.park(
        name,
        producer,
        chunks.filter((chunk) => undone.has(chunk)),
      );
  }
}

/** What becomes of one batch. */
interface Work {
  readonly producer: KafkaProducer;
  readonly signal: AbortSignal;
  /** What has not been appended, as far as is known. */
  readonly undone: Set<Chunk>;
  /** Rows that are too large for the cluster. */
  readonly refused: number[];
  readonly troubles: { readonly error: unknown; readonly chunk: Chunk }[];
}

/** What a person has to fix goes before what passes, and that before what is about rows, which shows again with the next try. */
function worst({ troubles }: Work): unknown {
  const errors = troubles.map(({ error, chunk }) =>
    error instanceof KafkaProtocolError ? protocolTrouble(error, chunk.topic) : error,
  );
  return (
    errors.find((error) => error instanceof DestinationRefusedError) ??
    errors.find((error) => !(error instanceof RowsRefusedError)) ??
    errors[0]
  );
}

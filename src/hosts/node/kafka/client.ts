/** The Kafka protocol on Node, by kafkajs. */
import type { Kafka, Producer, RetryOptions, SASLOptions } from 'kafkajs';
import { RetryableError } from '../../../destinations/errors.ts';
import {
  type KafkaClientFactory,
  type KafkaClientOptions,
  type KafkaMessage,
  type KafkaProducer,
  KafkaProtocolError,
  type KafkaRecords,
  type KafkaTopic,
} from '../../../destinations/kafka-client.ts';
import { Connections } from './connections.ts';

/** Longest a connection may take to open, and a sign-in. Milliseconds. */
const CONNECT_MS = 10_000;
/** Metadata of the cluster is asked for again after this. Milliseconds. */
const METADATA_MS = 180_000;
/** kafkajs tries again by itself so often, for leaders that moved and connections that were closed while idle: delivery has the long waits. */
const RETRY: RetryOptions = { retries: 2, initialRetryTime: 50, maxRetryTime: 500 };

/** So many brokers that are down do not keep the others from being asked about topics: each try asks any of them. */
const TRIES = 3;

export const nodeKafkaClient: KafkaClientFactory = (options) => ({
  async topics(names, signal) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await topicsOf(options, names, signal);
      } catch (error) {
        if (tries === TRIES || signal.aborted || !(error instanceof RetryableError)) throw error;
      }
    }
  },
  producer: () => new NodeProducer(options),
});

async function topicsOf(
  options: KafkaClientOptions,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KafkaTopic>> {
  const { Partitioners } = await import('./kafkajs.ts');
  const connections = new Connections(options);
  const kafka = await openKafka(options, connections);
  const admin = kafka.admin();
  const partition = Partitioners.DefaultPartitioner();
  try {
    return await connections.run(
      signal,
      async () => {
        await admin.connect();
        const found = new Map<string, KafkaTopic>();
        for (const name of names) {
          const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
          const partitionMetadata = topics.find((each) => each.name === name)?.partitions ?? [];
          const partitions = partitionMetadata.length;
          if (partitions === 0) continue;
          const partitionOf = (key: string) =>
            partition({ topic: name, partitionMetadata, message: { key, value: null } });
          found.set(name, { partitions, partitionOf });
        }
        return found;
      },
      () => {},
    );
  } finally {
    connections.cut();
    admin.disconnect().catch(() => {});
  }
}

class NodeProducer implements KafkaProducer {
  readonly #options: KafkaClientOptions;
  readonly #connections: Connections;
  #connecting: Promise<Producer> | undefined;

  constructor(options: KafkaClientOptions) {
    this.#options = options;
    this.#connections = new Connections(options);
  }

  async append({ topic, partition, messages }: KafkaRecords, signal: AbortSignal): Promise<void> {
    const { compression, timeoutMs } = this.#options;
    const { CompressionTypes } = await import('./kafkajs.ts');
    const sending = async () => {
      const producer = await this.#connected();
      const done = await producer.send({
        topic,
        acks: -1,
        timeout: timeoutMs,
        compression: compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
        messages: messages.map((message) => ({ ...toKafkajs(message), partition })),
      });
      // kafkajs leaves records out whose partition its metadata does not have, and says nothing.
      if (done.some((each) => each.topicName === topic && each.partition === partition)) return;
      throw new KafkaProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
    };
    await this.#connections.run(signal, sending, () => this.#forget());
  }

  close(): void {
    this.#forget();
    this.#connections.cut();
  }

  /** What is sent afterwards is sent under another id. */
  #forget(): void {
    const was = this.#connecting;
    this.#connecting = undefined;
    was?.then((producer) => producer.disconnect()).catch(() => {});
  }

  #connected(): Promise<Producer> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  /** Gets the producer's id: once, since another one would begin its numbers anew. */
  async #connect(): Promise<Producer> {
    const kafka = await openKafka(this.#options, this.#connections);
    const producer = kafka.producer({
      idempotent: this.#options.isIdempotent,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MS,
      retry: RETRY,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      producer.disconnect().catch(() => {});
      throw error;
    }
  }
}

async function openKafka(options: KafkaClientOptions, connections: Connections): Promise<Kafka> {
  const { Kafka, logLevel } = await import('./kafkajs.ts');
  const { brokers, isEncrypted, timeoutMs } = options;
  const sasl = saslOf(options, connections);
  return new Kafka({
    clientId: 'xdr-relay',
    brokers: [...brokers],
    ssl: isEncrypted,
    ...(sasl && { sasl }),
    connectionTimeout: Math.min(timeoutMs, CONNECT_MS),
    authenticationTimeout: Math.min(timeoutMs, CONNECT_MS),
    requestTimeout: timeoutMs,
    // Each try asks the next of the brokers.
    retry: { ...RETRY, retries: Math.max(RETRY.retries ?? 0, brokers.length) },
    logLevel: logLevel.NOTHING,
    socketFactory: connections.factory,
  });
}

function saslOf({ signIn, brokers }: KafkaClientOptions, connections: Connections): SASLOptions | undefined {
  if (signIn?.mechanism !== 'oauthbearer') return signIn && { ...signIn };
  const { mechanism, token } = signIn;
  return {
    mechanism,
    async oauthBearerProvider() {
      try {
        return { value: await token() };
      } catch (error) {
        connections.note(error, brokers.join());
        throw error;
      }
    },
  };
}

function toKafkajs({ key, value, headers, timestamp }: KafkaMessage) {
  return {
    key,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: { ...headers },
    timestamp: String(timestamp),
  };
}

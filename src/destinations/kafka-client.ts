/** The port to a cluster that speaks the Kafka protocol: what a host with sockets supplies. */
import type { TlsSetting } from './egress.ts';

/** How the relay signs in (Apache Kafka, "Authentication using SASL"). */
export type KafkaSignIn =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'oauthbearer';
      /** An access token that is good for a while. Throws as a destination's `send` does. */
      token(): Promise<string>;
    };

export interface KafkaClientOptions {
  /** `host:port` of those that are asked first. The others are those that they name. */
  readonly brokers: readonly string[];
  /** Networks beyond the public internet in which brokers may be, as CIDR blocks: also those that other brokers name. */
  readonly allowNetworks: readonly string[];
  readonly isEncrypted: boolean;
  readonly tls?: TlsSetting | undefined;
  readonly signIn?: KafkaSignIn | undefined;
  readonly compression: 'gzip' | 'none';
  /** Whether producers number what they send, so that the cluster drops what it has already. */
  readonly isIdempotent: boolean;
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number;
}

/** A topic of the cluster. */
export interface KafkaTopic {
  readonly partitions: number;
  /** The partition of a key, as Java's and librdkafka's (`murmur2`) producers choose it. */
  partitionOf(key: string): number;
}

export interface KafkaMessage {
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

export interface KafkaRecords {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
}

/** Sends with an id of its own, under which the cluster knows what it has of it. Not to be used by two batches at once. */
export interface KafkaProducer {
  /**
   * Appends messages to one partition as one record batch; resolves when all replicas in sync have it. Where it fails, the same records may be
   * appended again: the cluster then has them once, as long as nothing else is appended to the partition in between.
   *
   * Throws {@link KafkaProtocolError}; RetryableError (`timeout`, `unreachable`, `connection_lost`); DestinationRefusedError
   * (`address_refused`, `bad_certificate`). When the signal fires, the connections are cut and the promise rejects soon after.
   */
  append(records: KafkaRecords, signal: AbortSignal): Promise<void>;
  /** Cuts the connections. */
  close(): void;
}

export interface KafkaClient {
  /** What there is of these topics; none is created. Throws as `append` does. */
  topics(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, KafkaTopic>>;
  /** It connects with its first records. */
  producer(): KafkaProducer;
}

/** Opens nothing yet. */
export type KafkaClientFactory = (options: KafkaClientOptions) => KafkaClient;

/** The cluster answered with an error of the protocol (Apache Kafka, "Protocol errors"). */
export class KafkaProtocolError extends Error {
  /** Such as `MESSAGE_TOO_LARGE`. */
  readonly type: string;

  constructor(type: string) {
    super(type);
    this.name = new.target.name;
    this.type = type;
  }
}

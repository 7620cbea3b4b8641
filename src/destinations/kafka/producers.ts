/**
 * The producers of one destination: each is used by one batch at a time, since the numbers that a producer gives its records must not have
 * holes or be given twice.
 */
import type { KafkaClient, KafkaProducer } from '../kafka-client.ts';
import { type Chunk, isSame } from './chunks.ts';

interface Parked {
  readonly producer: KafkaProducer;
  /** What it may have appended, or not. */
  readonly chunks: readonly Chunk[];
}

export class Producers {
  readonly #client: KafkaClient;
  readonly #most: number;
  readonly #idle: KafkaProducer[] = [];
  readonly #parked = new Map<string, Parked>();
  #isClosed = false;

  /** @param most how many of each kind are kept. */
  constructor(client: KafkaClient, most: number) {
    this.#client = client;
    this.#most = most;
  }

  /**
   * A producer for a batch that sends these chunks. After a lost reply it is the one that sent them before, under the same numbers, so that
   * the cluster drops what it has already. Whatever else that producer sent would be taken for the lost records, and dropped unseen.
   */
  take(batch: string, chunks: readonly Chunk[]): KafkaProducer {
    const parked = this.#parked.get(batch);
    this.#parked.delete(batch);
    if (parked && isSame(parked.chunks, chunks)) return parked.producer;
    parked?.producer.close();
    return this.#idle.pop() ?? this.#client.producer();
  }

  /** The producer knows what became of everything that it sent. */
  release(producer: KafkaProducer): void {
    if (this.#isClosed || this.#idle.length >= this.#most) producer.close();
    else this.#idle.push(producer);
  }

  /** Nobody knows whether these chunks were appended: the producer waits for the same batch. The longest parked one makes room. */
  park(batch: string, producer: KafkaProducer, chunks: readonly Chunk[]): void {
    if (this.#isClosed) {
      producer.close();
      return;
    }
    this.#parked.get(batch)?.producer.close();
    this.#parked.set(batch, { producer, chunks });
    for (const [oldest, { producer: waiting }] of this.#parked) {
      if (this.#parked.size <= this.#most) break;
      this.#parked.delete(oldest);
      waiting.close();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const producer of this.#idle.splice(0)) producer.close();
    for (const { producer } of this.#parked.values()) producer.close();
    this.#parked.clear();
  }
}

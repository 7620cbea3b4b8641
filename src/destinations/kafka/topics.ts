/** What is known of a cluster's topics: asked for once, and again after a while or a failure. */
import type { Clock } from '../../shared/clock.ts';
import { DestinationRefusedError } from '../errors.ts';
import type { KafkaClient, KafkaTopic } from '../kafka-client.ts';

/** Partitions that are added are used after this time. Below the 4 minutes that Event Hubs asks for. Milliseconds. */
const FRESH_MS = 180_000;

interface Known {
  readonly topic: KafkaTopic;
  /** Monotonic, milliseconds. */
  readonly until: number;
}

export class Topics {
  readonly #client: KafkaClient;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #known = new Map<string, Known>();

  constructor(client: KafkaClient, clock: Pick<Clock, 'monotonic'>) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Every one of them. Throws as the client does, and `not_found` for one that there is not. */
  async of(names: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlyMap<string, KafkaTopic>> {
    const now = this.#clock.monotonic();
    const asked = [...names].filter((name) => (this.#known.get(name)?.until ?? now) <= now);
    if (asked.length > 0) {
      const found = await this.#client.topics(asked, signal);
      for (const [name, topic] of found) this.#known.set(name, { topic, until: now + FRESH_MS });
    }
    return new Map(
      [...names].map((name) => {
        const known = this.#known.get(name);
        if (!known) throw new DestinationRefusedError('not_found', `Kafka has no topic ${name}`);
        return [name, known.topic];
      }),
    );
  }

  forget(name: string): void {
    this.#known.delete(name);
  }
}

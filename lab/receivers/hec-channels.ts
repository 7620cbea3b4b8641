/**
 * The channels of an indexer, and its acknowledgements:
 *
 * - https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment
 * - limits.conf, [http_input]: `max_number_of_ack_channel`, `max_number_of_acked_requests_pending_query_per_ack_channel`
 * - inputs.conf, [http]: `maxIdleTime`
 */

/** A waiting id when it is asked for. */
export interface AskedAck {
  readonly channel: string;
  readonly id: number;
  /** How often it was asked for before. */
  readonly asked: number;
  /** Milliseconds since the request that got it. */
  readonly ageMs: number;
}

/** Decides whether an id is acknowledged now. Ids may be acknowledged in any order, and some never. */
export type AckRule = (ack: AskedAck) => boolean;

export interface ChannelLimits {
  /** The most channels. */
  readonly channels: number;
  /** The most waiting ids of one channel. */
  readonly pending: number;
  /** When an idle channel is forgotten. Milliseconds. */
  readonly idleMs: number;
}

interface Channel {
  next: number;
  usedAt: number;
  /** By waiting id, how often it was asked for, and when it was given. */
  readonly waiting: Map<number, { asked: number; readonly since: number }>;
}

/**
 * The channels of one indexer. Ids count from 0 in each channel, and the indexer does not know channels of other indexers. They are only in
 * memory, like Splunk's, so a restart forgets them.
 */
export class Channels {
  readonly #limits: ChannelLimits;
  readonly #isDone: AckRule;
  /** The channels, the longest idle first. */
  readonly #channels = new Map<string, Channel>();

  constructor(limits: ChannelLimits, isDone: AckRule) {
    this.#limits = limits;
    this.#isDone = isDone;
  }

  /** Whether a request of this channel cannot get an id, as there are too many channels or waiting ids. */
  isAtCapacity(channel: string): boolean {
    this.#forgetIdle();
    const state = this.#channels.get(channel);
    if (state === undefined) return this.#channels.size >= this.#limits.channels;
    return state.waiting.size >= this.#limits.pending;
  }

  /** The next id of a channel. */
  nextId(channel: string): number {
    const state = this.#channels.get(channel) ?? { next: 0, usedAt: 0, waiting: new Map() };
    this.#use(channel, state);
    const id = state.next;
    state.next += 1;
    state.waiting.set(id, { asked: 0, since: performance.now() });
    return id;
  }

  /** Whether ids are acknowledged. Splunk forgets an id once it has told so, and does not know ids of other channels. */
  ask(channel: string, ids: readonly number[]): Readonly<Record<string, boolean>> {
    this.#forgetIdle();
    const state = this.#channels.get(channel);
    if (state) this.#use(channel, state);
    return Object.fromEntries(
      ids.map((id) => [String(id), state !== undefined && this.#askOne(channel, id, state)]),
    );
  }

  /** How many ids wait in all channels. */
  get pending(): number {
    return [...this.#channels.values()].reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  #askOne(channel: string, id: number, { waiting }: Channel): boolean {
    const ack = waiting.get(id);
    if (ack === undefined) return false;
    const isDone = this.#isDone({ channel, id, asked: ack.asked, ageMs: performance.now() - ack.since });
    if (isDone) waiting.delete(id);
    ack.asked += 1;
    return isDone;
  }

  #use(channel: string, state: Channel): void {
    state.usedAt = performance.now();
    this.#channels.delete(channel);
    this.#channels.set(channel, state);
  }

  #forgetIdle(): void {
    const before = performance.now() - this.#limits.idleMs;
    for (const [channel, { usedAt }] of this.#channels) {
      if (usedAt >= before) return;
      this.#channels.delete(channel);
    }
  }
}

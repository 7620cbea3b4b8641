/** Hands batches of one lane over before those in front of them are acknowledged, where a destination acknowledges later than it receives. */
import { isSendError, type SendError } from './failure.ts';
import type { Encoded } from './segment.ts';

/** The batches of one lane that may wait for their acknowledgement at once. A channel of a receiver must keep that many ids. */
const MOST_BATCHES = 256;

/** How a batch that was handed over ended. */
export interface Outcome {
  /** Undefined if the destination has acknowledged the batch. */
  readonly error: SendError | undefined;
  /** From the request to the acknowledgement. Milliseconds. */
  readonly ms: number;
}

export interface AheadDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /**
   * Sends a batch, calls `onReceived` when the destination has it, and resolves when it has acknowledged it. Rejects with a
   * {@link SendError}, or with what ends the lane.
   */
  readonly deliver: (items: readonly Encoded[], onReceived: () => void) => Promise<void>;
  /** Whether a batch may be handed over before those in front of it are accepted. */
  readonly mayGo: () => boolean;
  /** The sealed batches of the lane, in order, without the one that is being sent. */
  readonly sealed: () => readonly (readonly Encoded[])[];
}

interface Entry {
  state: 'sending' | 'received' | 'failed';
  readonly memory: number;
  outcome: Promise<Outcome>;
}

/**
 * The batches that were handed over and are not settled. They are sent in order, one request after the other, so that each row is sent for
 * the first time after all rows before it; only the waits for acknowledgements overlap. After a failure nothing more is handed over until
 * the lane has settled the batch that failed: it is sent again by itself, and batches behind it that the destination has already received
 * are not.
 */
export class Ahead {
  readonly #deps: AheadDeps;
  /** By the batch's list of items, in order. */
  readonly #entries = new Map<readonly Encoded[], Entry>();
  #sending: Promise<void> = Promise.resolve();
  #isSending = false;
  #memory = 0;

  constructor(deps: AheadDeps) {
    this.#deps = deps;
  }

  /** The memory of the batches that were handed over, in bytes. */
  get memory(): number {
    return this.#memory;
  }

  has(items: readonly Encoded[]): boolean {
    return this.#entries.has(items);
  }

  /** How the batch ended; hands it over if it was not. Asked once for each batch, in order. Rejects with what ends the lane. */
  async outcome(items: readonly Encoded[]): Promise<Outcome> {
    const entry = this.#entries.get(items) ?? this.#begin(items);
    try {
      return await entry.outcome;
    } finally {
      this.#entries.delete(items);
      this.#memory -= entry.memory;
    }
  }

  /** Hands the next batch over if it is time. Called whenever that may have changed. */
  next(): void {
    if (this.#isSending || this.#entries.size >= MOST_BATCHES || !this.#deps.mayGo()) return;
    for (const { state } of this.#entries.values()) if (state === 'failed') return;
    const items = this.#deps.sealed().find((each) => !this.#entries.has(each));
    if (items) this.#begin(items);
  }

  /** Resolves when no request is on its way, whether or not batches wait for their acknowledgements. */
  async quiet(): Promise<void> {
    while (this.#isSending) await this.#sending;
  }

  #begin(items: readonly Encoded[]): Entry {
    const memory = items.reduce((sum, item) => sum + item.memory, 0);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sending = promise;
    this.#isSending = true;
    const sent = () => {
      this.#isSending = false;
      resolve();
    };
    const entry: Entry = { state: 'sending', memory, outcome: Promise.resolve({ error: undefined, ms: 0 }) };
    this.#entries.set(items, entry);
    this.#memory += memory;
    entry.outcome = this.#run(items, entry, sent);
    // It is asked for later; until then, a failure must not count as unhandled.
    entry.outcome.catch(() => {});
    return entry;
  }

  async #run(items: readonly Encoded[], entry: Entry, sent: () => void): Promise<Outcome> {
    const began = this.#deps.now();
    try {
      await this.#deps.deliver(items, () => {
        entry.state = 'received';
        sent();
        this.next();
      });
      return { error: undefined, ms: this.#deps.now() - began };
    } catch (error) {
      const isSending = entry.state === 'sending';
      entry.state = 'failed';
      if (isSending) sent();
      if (isSendError(error)) return { error, ms: this.#deps.now() - began };
      throw error;
    }
  }
}

/** One document of groups, several consumers that fold into it and say what is due, and what becomes of each alert. */
import type { Alert } from '../../../src/alerts/groups/alert.ts';
import { due, type Manner } from '../../../src/alerts/groups/due.ts';
import { fold } from '../../../src/alerts/groups/fold.ts';
import { prune } from '../../../src/alerts/groups/prune.ts';
import { failed, said, saidMessage } from '../../../src/alerts/groups/said.ts';
import { type Shard, shardSchema } from '../../../src/alerts/groups/state.ts';
import type { Phase } from '../../../src/alerts/message.ts';

/**
 * What becomes of a write: it is done; another consumer wrote first, so that it starts over; the process dies before it or just after it, so
 * that nobody knows; the storage fails.
 */
export const FATES = ['done', 'conflict', 'dies before', 'dies after', 'fails'] as const;
export type Fate = (typeof FATES)[number];

/** What becomes of a message: it is taken; it is not; it is taken, and the process dies before it can write that down. */
export const ANSWERS = ['taken', 'not taken', 'taken, dies'] as const;
export type Answer = (typeof ANSWERS)[number];

export interface Said {
  readonly at: number;
  readonly id: string;
  readonly phase: Phase;
  readonly scope: 'group' | 'rule';
  readonly count: number;
}

const START = Date.UTC(2026, 10, 23, 7);
/** The longest pause after a failed message. */
const BACKOFF_MS = 60_000;

export class SimulatedShard {
  readonly #manner: Manner;
  #shard: Shard | undefined;
  #now = START;
  /** What one consumer's clock is wrong by. Milliseconds. */
  readonly #skews: number[];
  /** Alerts whose offset was not passed, so that they are read again. */
  #unpassed: Alert[] = [];
  readonly messages: Said[] = [];
  /** By group, the highest count that was in a message or in the state. */
  readonly counts = new Map<string, number>();
  readonly ungrouped: string[] = [];
  readonly occurrences = new Set<string>();
  mostBytes = 0;

  constructor(manner: Manner, skews: readonly number[]) {
    this.#manner = manner;
    this.#skews = [...skews];
  }

  get now(): number {
    return this.#now;
  }

  get shard(): Shard | undefined {
    return this.#shard;
  }

  get unpassed(): number {
    return this.#unpassed.length;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  /** Hands rows to a consumer, behind those whose offset was not passed. */
  read(alerts: readonly Alert[], consumer: number, fate: Fate): void {
    for (const { occurrence } of alerts) this.occurrences.add(occurrence);
    const batch = [...this.#unpassed, ...alerts];
    this.#unpassed = batch;
    if (batch.length === 0) return;
    const options = { rule: 'rule', wantsEnd: this.#manner.wantsEnd };
    const overflow: Alert[] = [];
    const isPassed = this.#update(consumer, fate, (shard, now) => {
      const folded = fold(shard, batch, options, now);
      overflow.splice(0, overflow.length, ...folded.overflow);
      return folded.shard;
    });
    if (!isPassed) return;
    // What has no room is said by itself before the offset passes.
    this.ungrouped.push(...overflow.map(({ occurrence }) => occurrence));
    this.#unpassed = [];
  }

  /**
   * A consumer says the first thing that is due. Returns whether anything was.
   *
   * @param meanwhile happens between the message and the record of it.
   */
  say(consumer: number, answer: Answer, fate: Fate, meanwhile?: () => void): boolean {
    const { shard } = this;
    if (!shard) return false;
    const now = this.#timeOf(consumer);
    const [first] = due(shard, now, this.#manner).messages;
    if (!first) {
      this.#update(consumer, fate, (stored, at) => stored && prune(stored, at, this.#manner.wantsEnd));
      return false;
    }
    const { id, phase, message } = first;
    if (answer === 'not taken') {
      this.#update(
        consumer,
        fate,
        (stored, at) =>
          stored && failed(stored, id, { retryAt: at + BACKOFF_MS, isRefusal: false, accepted: 0 }, at),
      );
      return true;
    }
    this.messages.push({ at: this.#now, id, phase, scope: message.scope, count: message.count });
    this.#raise(id, message.count);
    meanwhile?.();
    if (answer === 'taken, dies') return true;
    this.#update(
      consumer,
      fate,
      (stored, at) => stored && said(stored, [saidMessage(first, `posted ${id}`, at)], at),
    );
    return true;
  }

  /** The time until some consumer has to look again; 0 if nothing is stored. Milliseconds. */
  get untilNext(): number {
    const { shard } = this;
    if (!shard) return 0;
    const waits = this.#skews.map((_, n) => due(shard, this.#timeOf(n), this.#manner).next - this.#timeOf(n));
    return Math.max(0, Math.min(...waits));
  }

  #timeOf(consumer: number): number {
    return this.#now + (this.#skews[consumer % this.#skews.length] ?? 0);
  }

  /** Loads, changes, writes. Returns whether the consumer knows that it is written. */
  #update(
    consumer: number,
    fate: Fate,
    change: (shard: Shard | undefined, now: number) => Shard | undefined,
  ): boolean {
    const now = this.#timeOf(consumer);
    const before = this.shard;
    const after = change(before, now);
    if (after === before) return true;
    if (fate === 'dies before' || fate === 'fails') return false;
    // The one that was faster removed what is over.
    if (fate === 'conflict') {
      this.#write(before && prune(before, now, this.#manner.wantsEnd));
      this.#write(change(this.shard, now));
      return true;
    }
    this.#write(after);
    return fate === 'done';
  }

  #write(shard: Shard | undefined): void {
    const stored = JSON.stringify(shard) ?? '';
    // As it is read from the state container.
    this.#shard = stored === '' ? undefined : shardSchema.parse(JSON.parse(stored));
    this.mostBytes = Math.max(this.mostBytes, Buffer.byteLength(stored));
    for (const { id, count } of shard?.groups ?? []) this.#raise(id, count);
  }

  #raise(id: string, count: number): void {
    this.counts.set(id, Math.max(this.counts.get(id) ?? 0, count));
  }
}

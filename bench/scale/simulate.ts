/** A discrete simulation of consumers that follow growing blobs: looks, reads, deliveries and checkpoints, with their costs. */
import type { OperationType } from '../../src/shared/storage-operations.ts';
import { percentile } from '../measure.ts';
import { Machine, Timeline, type Worker } from './machine.ts';
import type { Costs, Result, Settings, Workload } from './model.ts';

/** A read is delivered in parts of so many bytes: what a batch holds. */
const PART_BYTES = 1 << 20;
/** Each consumer's own operations in an hour, as counted by the proxy: heartbeats, the others' heartbeats, the queue with back-off, the sweep. */
const OWN_AN_HOUR: Readonly<Partial<Record<OperationType, number>>> = { write: 144, list: 60, queue: 360 };
/** Of a look that finds the blob grown, beside its checkpoint: the claim, which is held while there is something to read. */
const CLAIMS = 0.38;

interface Blob {
  rows: number;
  delivered: number;
  /** When rows were counted last. */
  countedAt: number;
  checkpointAt: number;
  lastLookAt: number;
}

/** Simulates so many seconds. Each blob is followed by the consumer that has the fewest. Deterministic. */
export function simulate(costs: Costs, workload: Workload, settings: Settings, seconds: number): Result {
  const timeline = new Timeline();
  const shared = settings.sharedCores === undefined ? undefined : new Machine(timeline, settings.sharedCores);
  const processOf = () => (shared ?? new Machine(timeline, 1)).process();
  const storage = processOf();
  const receiver = processOf();
  const operations: Record<OperationType, number> = {
    write: 0,
    list: 0,
    read: 0,
    other: 0,
    queue: 0,
    free: 0,
  };
  const ages: number[] = [];
  const total = { delivered: 0, drainedAt: undefined as number | undefined };
  const backlog = workload.backlog * workload.blobs;

  const operate = (type: OperationType, rows: number, then: () => void) => {
    operations[type] += 1;
    storage.do(costs.storageOperation + rows * costs.storageRow, () =>
      timeline.after(costs.storageLatency, then),
    );
  };
  const consumers = Array.from(
    { length: settings.consumers },
    () => new Consumer(processOf(), timeline, settings.blobsAtOnce),
  );
  const followed = Math.min(workload.blobs, settings.consumers * settings.follow);
  for (let n = 0; n < followed; n++) {
    const consumer = consumers[n % consumers.length];
    const blob: Blob = {
      rows: workload.backlog,
      delivered: 0,
      countedAt: 0,
      checkpointAt: -Infinity,
      lastLookAt: 0,
    };
    // Blobs are not looked at in step: their first looks are spread over an interval.
    if (consumer)
      timeline.at((n / followed) * (workload.backlog > 0 ? 0 : settings.pollMin), () => look(consumer, blob));
  }

  function look(consumer: Consumer, blob: Blob): void {
    consumer.enter(() => {
      operate('other', 0, () => {
        const { now } = timeline;
        blob.rows += (now - blob.countedAt) * workload.rowsPerSecond;
        blob.countedAt = now;
        const fresh = Math.floor(blob.rows - blob.delivered);
        if (fresh < 1) consumer.process.do(costs.look, () => leave(consumer, blob));
        else visit(consumer, blob, fresh);
      });
    });
  }

  function visit(consumer: Consumer, blob: Blob, fresh: number): void {
    operations.other += CLAIMS;
    const since = blob.lastLookAt;
    blob.lastLookAt = timeline.now;
    consumer.process.do(costs.visit, () => {
      operate('read', fresh, () => deliver({ consumer, blob, left: fresh, since }));
    });
  }

  function deliver({ consumer, blob, left, since }: Reading): void {
    const rows = Math.min(left, Math.max(1, Math.floor(PART_BYTES / workload.rowBytes)));
    consumer.process.do(rows * costs.row, () => {
      receiver.do(rows * costs.receiverRow, () =>
        timeline.after(costs.destinationLatency, () => {
          blob.delivered += rows;
          total.delivered += rows;
          // Rows were appended evenly since the look before: this is the age of the one in the middle.
          ages.push(timeline.now - (since + blob.lastLookAt) / 2);
          if (total.drainedAt === undefined && backlog > 0 && total.delivered >= backlog)
            total.drainedAt = timeline.now;
          if (left > rows) deliver({ consumer, blob, left: left - rows, since });
          else checkpoint(consumer, blob);
        }),
      );
    });
  }

  function checkpoint(consumer: Consumer, blob: Blob): void {
    if (timeline.now - blob.checkpointAt < settings.checkpointEvery) {
      leave(consumer, blob);
      return;
    }
    blob.checkpointAt = timeline.now;
    operate('write', 0, () => leave(consumer, blob));
  }

  function leave(consumer: Consumer, blob: Blob): void {
    consumer.leave();
    timeline.after(settings.pollMin, () => look(consumer, blob));
  }

  timeline.runUntil(seconds);
  for (const [type, count] of Object.entries(OWN_AN_HOUR)) {
    operations[type as OperationType] += (count * settings.consumers * seconds) / 3600;
  }
  return {
    seconds,
    delivered: total.delivered,
    offered: backlog + workload.blobs * workload.rowsPerSecond * seconds,
    drainedAt: total.drainedAt,
    p50: percentile(ages, 0.5),
    p99: percentile(ages, 0.99),
    operations,
    busiest: Math.max(...consumers.map(({ process }) => process.used)) / seconds,
    places:
      consumers.reduce((sum, consumer) => sum + consumer.taken(seconds), 0) /
      (seconds * consumers.length * settings.blobsAtOnce),
    unfollowed: workload.blobs - followed,
  };
}

interface Reading {
  readonly consumer: Consumer;
  readonly blob: Blob;
  /** Rows that are not delivered yet. */
  readonly left: number;
  /** When the blob was looked at before. */
  readonly since: number;
}

/** A consumer: one thread, and so many blobs at once. */
class Consumer {
  readonly process: Worker;
  readonly #timeline: Timeline;
  readonly #waiting: (() => void)[] = [];
  readonly #places: number;
  #free: number;
  #taken = 0;
  #countedAt = 0;

  constructor(process: Worker, timeline: Timeline, blobsAtOnce: number) {
    this.process = process;
    this.#timeline = timeline;
    this.#places = blobsAtOnce;
    this.#free = blobsAtOnce;
  }

  /** How long its places were taken, summed over the places. Seconds. */
  taken(until: number): number {
    return this.#taken + (until - this.#countedAt) * (this.#places - this.#free);
  }

  #change(by: number): void {
    this.#taken = this.taken(this.#timeline.now);
    this.#countedAt = this.#timeline.now;
    this.#free += by;
  }

  /** Begins when there is room. */
  enter(begin: () => void): void {
    if (this.#free === 0) {
      this.#waiting.push(begin);
      return;
    }
    this.#change(-1);
    begin();
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#change(1);
  }
}

/** Whole processes that follow blobs over one storage in memory, on one simulated clock: they can be killed, suspended and stopped, and the storage can be out. */
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { payloadOf } from '../../../lab/delivery.ts';
import { memoryPorts } from '../../../lab/memory/ports.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { BlobError } from '../../../src/blobs/errors.ts';
import type { BlobStore } from '../../../src/blobs/port.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import type { Batch, Destination } from '../../../src/destinations/port.ts';
import { QueueError } from '../../../src/queue/errors.ts';
import type { QueueMessage } from '../../../src/queue/port.ts';
import { TASK_VERSION, type Task } from '../../../src/queue/task.ts';
import { watchedQueue } from '../../../src/queue/watched-queue.ts';
import { assembleRelay, type Relay } from '../../../src/relay/assemble.ts';
import type { RelayPorts } from '../../../src/relay/ports.ts';
import type { BlobRef } from '../../../src/shared/blob-ref.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import type { Row } from '../../../src/shared/event.ts';
import { ASSEMBLY, begunState, HOUR, MINUTE, NAME, SETTINGS } from '../harness.ts';

export interface WorldOptions {
  readonly cores?: readonly number[];
  readonly capacity?: number;
  /** Without timers of their own: consumers of the version before, which know the queue's tasks only. */
  readonly isOld?: boolean;
  /** `delivery.checkpoint_every`. Milliseconds. */
  readonly checkpointEveryMs?: number;
  /** `tail.poll_max`. Milliseconds. */
  readonly pollMaxMs?: number;
  /** How long the storage takes to answer a look. Milliseconds. */
  readonly lookMs?: number;
}

/** One process; from its death on nothing that it does has an effect, and nothing comes back to it. */
export interface Process {
  readonly name: string;
  readonly relay: Relay;
  readonly metrics: ReturnType<typeof recordingMetrics>;
  /** Requests to the storage, by what they do. */
  readonly calls: Map<string, number>;
  /** When its timers fired, each moment once. Monotonic, milliseconds. */
  readonly wakes: Set<number>;
  isDead: boolean;
  stop(): void;
  kill(): void;
  suspend(): void;
  resume(): void;
  /** Its wall clock is off by so much. Milliseconds. */
  skew: number;
  readonly ended: Promise<unknown>;
  hasEnded: boolean;
}

export function fleetWorld(options: WorldOptions = {}) {
  const clock = new FakeClock(HOUR + MINUTE);
  const ports = memoryPorts(clock);
  const { blobs, checkpoints, queue } = ports;
  const arrived = new Map<string, number>();
  const written: { readonly key: string; readonly at: number }[] = [];
  /** When each process looked at each blob. */
  const looks: { readonly process: string; readonly blob: string; readonly at: number }[] = [];
  const faults: string[] = [];
  /** Rows that came again. */
  const repeats: string[] = [];
  const processes: Process[] = [];
  let isOut = false;
  let numbers = 0;

  function start({
    cores = 1,
    isOld = options.isOld ?? false,
  }: {
    cores?: number;
    isOld?: boolean;
  } = {}): Process {
    const name = `p${++numbers}`;
    const stop = new AbortController();
    const calls = new Map<string, number>();
    const wakes = new Set<number>();
    const held: (() => void)[] = [];
    let isSuspended = false;
    const state = { isDead: false, skew: 0, hasEnded: false };
    const forever = () => new Promise<never>(() => {});
    /** Resolves when the process runs; never where it is dead. */
    const alive = async () => {
      while (isSuspended) await new Promise<void>((resolve) => held.push(resolve));
      if (state.isDead) await forever();
    };
    const own: Clock = {
      now: () => clock.now() + state.skew,
      monotonic: () => clock.monotonic(),
      after: (ms, work) => {
        let isCancelled = false;
        const cancel = clock.after(Math.ceil(ms), () => {
          wakes.add(clock.monotonic());
          alive().then(() => !isCancelled && work());
        });
        return () => {
          isCancelled = true;
          cancel();
        };
      },
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const end = () => {
            cancel();
            reject(signal?.reason);
          };
          const cancel = own.after(ms, () => {
            signal?.removeEventListener('abort', end);
            resolve();
          });
          signal?.addEventListener('abort', end, { once: true });
        }),
    };
    const count = (what: string) => calls.set(what, (calls.get(what) ?? 0) + 1);
    /** A request of this process. */
    async function request<T>(what: string, failure: () => Error, work: () => Promise<T>): Promise<T> {
      await alive();
      count(what);
      if (isOut) throw failure();
      const answer = await work();
      await alive();
      return answer;
    }
    const noBlobs = () => new BlobError('storage_unavailable', 'out');
    const noState = () => new CheckpointError('storage_unavailable', 'out');
    const noQueue = () => new QueueError('queue_unavailable', 'out');
    async function* listed<T>(
      what: string,
      failure: () => Error,
      list: () => AsyncIterable<T>,
    ): AsyncGenerator<T> {
      const items = await request(what, failure, async () => {
        const all: T[] = [];
        for await (const item of list()) all.push(item);
        return all;
      });
      yield* items;
    }
    const ownBlobs: BlobStore = {
      ...blobs,
      stat: (ref: BlobRef) =>
        request('stat', noBlobs, async () => {
          looks.push({ process: name, blob: ref.container, at: clock.monotonic() });
          if (options.lookMs !== undefined) await own.sleep(options.lookMs);
          return blobs.stat(ref);
        }),
      peek: (ref: BlobRef, from: number) =>
        request('peek', noBlobs, async () => {
          looks.push({ process: name, blob: ref.container, at: clock.monotonic() });
          return blobs.peek(ref, from);
        }),
      // All pieces are read before the first is handed on, so none may be in the memory of the next.
      read: (ref, range, signal) =>
        listed('read', noBlobs, () => blobs.read(ref, { ...range, isPassing: false }, signal)),
      list: (...args: Parameters<typeof blobs.list>) => listed('list', noBlobs, () => blobs.list(...args)),
      containers: (prefix: string) => listed('containers', noBlobs, () => blobs.containers(prefix)),
      folders: (...args: Parameters<typeof blobs.folders>) =>
        listed('folders', noBlobs, () => blobs.folders(...args)),
    };
    const ownCheckpoints = {
      ...checkpoints,
      load: (ref: BlobRef) => request('load', noState, () => checkpoints.load(ref)),
      save: (...args: Parameters<typeof checkpoints.save>) =>
        request('save', noState, () => checkpoints.save(...args)),
      claim: (...args: Parameters<typeof checkpoints.claim>) =>
        request(args[0].container.startsWith('insights') ? 'claim' : 'other claim', noState, async () => {
          const claim = await checkpoints.claim(...args);
          return (
            claim && {
              durationMs: claim.durationMs,
              renew: () => request('renew', noState, () => claim.renew()),
              release: () =>
                request(args[0].container.startsWith('insights') ? 'release' : 'other claim', noState, () =>
                  claim.release(),
                ).catch(() => {}),
            }
          );
        }),
      list: (...args: Parameters<typeof checkpoints.list>) =>
        listed('list', noState, () => checkpoints.list(...args)),
    };
    const { documents } = ports;
    const ownDocuments = {
      ...documents,
      get: (id: string) => request('document', noState, () => documents.get(id)),
      put: (...args: Parameters<typeof documents.put>) =>
        request('beat', noState, () => documents.put(...args)),
      remove: (...args: Parameters<typeof documents.remove>) =>
        request('remove', noState, () => documents.remove(...args)),
      list: (prefix: string) => listed('documents', noState, () => documents.list(prefix)),
    };
    const message = (one: QueueMessage): QueueMessage => ({
      ...one,
      renew: (seconds) => request('queue', noQueue, () => one.renew(seconds)),
      complete: () => request('queue', noQueue, () => one.complete()),
      release: (seconds) => request('queue', noQueue, () => one.release(seconds)),
    });
    const ownQueue = {
      name: 'tasks',
      ensure: async () => {},
      send: (body: string, seconds?: number) => request('queue', noQueue, () => queue.send(body, seconds)),
      receive: (...args: Parameters<typeof queue.receive>) =>
        request('poll', noQueue, async () => (await queue.receive(...args)).map(message)),
      depth: () => queue.depth(),
    };
    const metrics = recordingMetrics();
    const services = { clock: own, logger: silentLogger, metrics };
    const [source] = ports.sources;
    if (!source) throw new Error('no source');
    const ownPorts: RelayPorts = {
      ...ports,
      sources: [{ ...source, blobs: ownBlobs, checkpoints: ownCheckpoints, documents: ownDocuments }],
      documents: ownDocuments,
      sharedClaims: ownCheckpoints,
      queue: ownQueue,
    };
    const sink: Destination = {
      type: 'sink',
      name: 'splunk',
      concurrency: 4,
      batch: { items: 100, bytes: 1 << 20, ageMs: 1_000 },
      encoding: {
        key: 'keys',
        separator: '',
        write({ head, event }, writer) {
          writer.text(`${head.table} ${event.n}`);
        },
      },
      async send({ items }: Batch) {
        await own.sleep(50);
        await alive();
        for (const item of items) {
          const key = payloadOf(item);
          if (arrived.has(key)) repeats.push(key);
          else arrived.set(key, clock.monotonic());
        }
      },
      async close() {},
    };
    const relay = assembleRelay({
      ports: ownPorts,
      services,
      settings: {
        ...ASSEMBLY,
        consumer: { ...ASSEMBLY.consumer, concurrency: 8 },
        sweeps: {
          intervalMs: 5 * MINUTE,
          recentMs: 120 * MINUTE,
          wideIntervalMs: 60 * MINUTE,
          wideMs: 120 * MINUTE,
        },
        visits: {
          ...SETTINGS,
          pollMinMs: Math.min(4_000, options.pollMaxMs ?? 4_000),
          pollMaxMs: options.pollMaxMs ?? SETTINGS.pollMaxMs,
          checkpointEveryMs: options.checkpointEveryMs ?? 1_000,
        },
      },
      destinations: new Map([['splunk', sink]]),
      rules: () => ({
        version: 'test',
        evaluate: (row: Row) => ({ kind: 'forwarded', event: row.properties, routes: [{ to: 'splunk' }] }),
      }),
      ...(!isOld && {
        following: {
          host: name,
          cores,
          capacity: options.capacity ?? 250,
          queue: watchedQueue(ownQueue, own),
        },
      }),
      state: begunState(services, 1 << 28),
    });
    const ended = relay.run({ stop: stop.signal, abort: new AbortController().signal }).then(
      () => {
        state.hasEnded = true;
      },
      (error: unknown) => {
        faults.push(`${name} ended with ${error instanceof Error ? error.stack : String(error)}`);
      },
    );
    const process: Process = {
      name,
      relay,
      metrics,
      calls,
      wakes,
      get isDead() {
        return state.isDead;
      },
      get hasEnded() {
        return state.hasEnded;
      },
      get skew() {
        return state.skew;
      },
      set skew(ms) {
        state.skew = ms;
      },
      stop: () => stop.abort(new Error('stop')),
      kill() {
        state.isDead = true;
      },
      suspend() {
        isSuspended = true;
      },
      resume() {
        isSuspended = false;
        for (const go of held.splice(0)) go();
      },
      ended,
    };
    processes.push(process);
    return process;
  }

  const refOf = (table: string): BlobRef => ({
    account: blobs.account,
    container: `insights-logs-advancedhunting-${table.toLowerCase()}`,
    name: NAME,
  });
  const counts = new Map<string, number>();
  /** Tells one of the processes of a blob. */
  async function hint(table: string, id: string = crypto.randomUUID()): Promise<void> {
    const task: Task = {
      v: TASK_VERSION,
      id,
      blob: refOf(table),
      origin: 'notification',
    };
    await queue.send(JSON.stringify(task));
  }
  return {
    clock,
    queue,
    checkpoints,
    documents: ports.documents,
    arrived,
    written,
    looks,
    faults,
    repeats,
    processes,
    start,
    refOf,
    outage(is: boolean) {
      isOut = is;
    },
    /** Appends one row; the first append of a blob is announced. */
    async append(table: string, announce = true) {
      const n = counts.get(table) ?? 0;
      counts.set(table, n + 1);
      const ref = refOf(table);
      const properties = { Timestamp: '2026-11-23T07:00:00.1234567Z', n };
      const text = `${JSON.stringify({ time: '2026-11-23T07:04:00Z', tenantId: 't', category: `AdvancedHunting-${table}`, properties })}\r\n`;
      blobs.append(ref.container, ref.name, Buffer.from(text));
      written.push({ key: `${table} ${n}`, at: clock.monotonic() });
      if (n === 0 && announce) await hint(table);
    },
    hint,
    /** By row, how long it took; those that have not come count until now. */
    latencies(since = 0): number[] {
      return written
        .filter(({ at }) => at >= since)
        .map(({ key, at }) => (arrived.get(key) ?? clock.monotonic()) - at);
    },
    missing: () => written.filter(({ key }) => !arrived.has(key)).map(({ key }) => key),
    /** How often the process that looks at a blob changed since then, by blob. */
    changes(since: number): Map<string, number> {
      const last = new Map<string, string>();
      const found = new Map<string, number>();
      for (const { process, blob, at } of looks) {
        if (at < since) continue;
        const before = last.get(blob);
        last.set(blob, process);
        found.set(blob, (found.get(blob) ?? 0) + (before !== undefined && before !== process ? 1 : 0));
      }
      return found;
    },
  };
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

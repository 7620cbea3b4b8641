/** Several relay processes over one storage, on a simulated clock: rows go in, destinations misbehave, and what became of each row is known. */

import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { payloadOf } from '../../lab/delivery.ts';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { MemoryQueue } from '../../lab/memory/queue.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { cursorsOf } from '../../src/checkpoints/cursors.ts';
import { encodingBy } from '../../src/destinations/encoding.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Batch, BatchLimits, Destination } from '../../src/destinations/port.ts';
import { encodeTask, TASK_VERSION, type Task } from '../../src/queue/task.ts';
import { assembleRelay, type Handler, type Relay } from '../../src/relay/assemble.ts';
import type { RelayDeps, RelaySettings } from '../../src/relay/source/deps.ts';
import type { BlobRef } from '../../src/shared/blob-ref.ts';
import type { Route, Row } from '../../src/shared/event.ts';
import { ASSEMBLY, begunState, HOUR, MINUTE, NAME } from './harness.ts';

/** Receivers are sent what tells the rows apart, and nothing else. */
const KEYS = encodingBy({ kind: 'keys' }, () => (delivery, writer) => {
  const { table, rule } = delivery.head;
  writer.json({ table, n: delivery.event.n, alert: rule !== undefined });
});

/** A clock that knows when somebody wakes next. */
class SimulatedClock extends FakeClock {
  readonly #wakes: number[] = [];

  override after(ms: number, work: () => void): () => void {
    // Clocks tell whole milliseconds.
    const whole = Math.ceil(ms);
    this.wakeAt(this.monotonic() + whole);
    return super.after(whole, work);
  }

  /** Something happens then. Monotonic milliseconds. */
  wakeAt(at: number): void {
    this.#wakes.push(at);
  }

  /** The next moment at which something happens, and not after `limit`. */
  next(limit: number): number {
    this.#wakes.sort((a, b) => b - a);
    while ((this.#wakes.at(-1) ?? limit) <= this.monotonic()) this.#wakes.pop();
    return Math.min(limit, this.#wakes.at(-1) ?? limit);
  }
}

class SimulatedQueue extends MemoryQueue {
  readonly #simulated: SimulatedClock;

  constructor(clock: SimulatedClock) {
    super('tasks', clock);
    this.#simulated = clock;
  }

  override async send(body: string, delaySeconds = 0): Promise<void> {
    this.#simulated.wakeAt(this.#simulated.monotonic() + delaySeconds * 1000);
    return super.send(body, delaySeconds);
  }

  override async receive(max: number, seconds: number) {
    const messages = await super.receive(max, seconds);
    return messages.map((message) => ({
      ...message,
      release: (delay: number) => {
        this.#simulated.wakeAt(this.#simulated.monotonic() + delay * 1000);
        return message.release(delay);
      },
    }));
  }
}

export type Kind =
  | '400'
  | '403'
  | '500'
  | 'reset'
  | 'silence'
  | '429'
  | '429 for a day'
  | 'named'
  | 'changing';

/** One answer of a destination; a request that is not answered takes 30 s. */
async function answer(
  kind: Kind,
  clock: SimulatedClock,
  { turnNumber, named }: { readonly turnNumber: number; readonly named: number },
  signal: AbortSignal,
) {
  switch (kind) {
    case '400':
      throw new RowsRefusedError('rows_refused', 'answered 400');
    case 'named':
      throw new RowsRefusedError('rows_refused', 'answered 400', { rows: [named] });
    case '403':
      throw new DestinationRefusedError('not_authorized', 'answered 403');
    case '500':
      throw new RetryableError('server_error', 'answered 500');
    case 'reset':
      throw new RetryableError('connection_lost', 'reset');
    case '429':
      throw new RetryableError('throttled', 'answered 429', { retryAfterMs: 1_000 });
    case '429 for a day':
      throw new RetryableError('throttled', 'answered 429', { retryAfterMs: 15 * MINUTE });
    case 'silence':
      await clock.sleep(30_000, signal);
      throw new RetryableError('timeout', 'no answer in time');
    case 'changing': {
      const kinds = ['500', '403', 'silence', 'reset', '400'] as const;
      return answer(kinds[turnNumber % kinds.length] ?? '500', clock, { turnNumber, named }, signal);
    }
  }
}

/** What one delivery is known by. */
export interface Key {
  readonly table: string;
  readonly n: number;
  /** Not of the row itself, but of an alert about it. */
  readonly alert: boolean;
}
export const keyText = ({ table, n, alert }: Key): string => `${table} ${n}${alert ? ' alert' : ''}`;

export interface Receiver {
  readonly name: string;
  readonly requests: { readonly at: number; readonly keys: readonly string[]; readonly isOk: boolean }[];
  /** When each delivery was accepted first. Simulated milliseconds. */
  readonly arrived: Map<string, number>;
  /** Deliveries that failed in a request of their own. */
  readonly failedAlone: Set<string>;
  /** What it does with a request by its content. */
  poison: (key: Key) => Kind | undefined;
  /** What it does with every request. */
  outage: Kind | undefined;
  latencyMs: number;
}

export interface SimulationOptions {
  readonly destinations: Readonly<Record<string, Partial<BatchLimits> & { readonly concurrency?: number }>>;
  readonly processes?: number;
  readonly concurrency?: number;
  readonly settings?: Partial<RelaySettings>;
  readonly memory?: number;
}

const SETTINGS: RelaySettings = {
  latenessMs: 15 * MINUTE,
  pollMinMs: 5_000,
  pollMaxMs: MINUTE,
  rowBytes: 1 << 20,
  bufferBytes: 1 << 20,
  retry: { retryForMs: 60_000, retryMinMs: 500, retryMaxMs: 30_000 },
  isolateAfterMs: 15 * MINUTE,
  checkpointEveryMs: 1_000,
  visitMs: 30_000,
  visitBytes: 1 << 30,
  silentAfterMs: 86_400_000,
};

export function simulate({
  destinations,
  processes = 1,
  concurrency = 8,
  settings,
  memory = 1 << 28,
}: SimulationOptions) {
  const clock = new SimulatedClock(HOUR + MINUTE);
  const ports = memoryPorts(clock, new SimulatedQueue(clock));
  const { blobs, checkpoints, documents, deadLetters, queue } = ports;
  /** By destination: deliveries that were dead letters at some time. */
  const isolated = new Map(Object.keys(destinations).map((name) => [name, new Set<string>()]));
  const faults: string[] = [];
  const expected = new Map<string, { end: number; keys: string[] }[]>();

  const receivers = new Map<string, Receiver>();
  let turns = 0;
  function receiver(name: string): Receiver {
    const found = receivers.get(name);
    if (!found) throw new Error(`no receiver ${name}`);
    return found;
  }
  function sink(
    name: string,
    { concurrency: places = 4, ...limits }: SimulationOptions['destinations'][string],
  ): Destination {
    return {
      type: 'sink',
      name,
      concurrency: places,
      batch: { items: 5, bytes: 1 << 20, ageMs: 60_000, ...limits },
      encoding: KEYS,
      async send(batch: Batch, signal: AbortSignal) {
        const one = receiver(name);
        const keys = batch.items.map((item): Key => JSON.parse(payloadOf(item)));
        const texts = keys.map(keyText);
        const at = clock.monotonic();
        if (one.latencyMs > 0) await clock.sleep(one.latencyMs, signal);
        const bad = keys.findIndex((key) => one.poison(key) !== undefined);
        const poison = keys[bad] && one.poison(keys[bad]);
        const kind = one.outage ?? poison;
        one.requests.push({ at, keys: texts, isOk: kind === undefined });
        if (kind !== undefined) {
          if (texts.length === 1 && texts[0] !== undefined) one.failedAlone.add(texts[0]);
          await answer(kind, clock, { turnNumber: turns++, named: Math.max(0, bad) }, signal);
        }
        for (const text of texts) if (!one.arrived.has(text)) one.arrived.set(text, clock.monotonic());
      },
      async close() {},
    };
  }
  for (const name of Object.keys(destinations)) {
    receivers.set(name, {
      name,
      requests: [],
      arrived: new Map(),
      failedAlone: new Set(),
      poison: () => undefined,
      outage: undefined,
      latencyMs: 20,
    });
  }
  const routes: Route[] = Object.keys(destinations).map((to) => ({ to }));
  const alerts: Route[] = routes.map(({ to }) => ({ to, severity: 'high', rule: { title: 'r' } }));

  const { put } = deadLetters;
  Object.assign(deadLetters, {
    async put(letter: Parameters<typeof put>[0]) {
      await put(letter);
      if (letter.payload !== undefined)
        isolated.get(letter.destination ?? '')?.add(keyText(JSON.parse(letter.payload)));
    },
  });
  const { save } = checkpoints;
  Object.assign(checkpoints, {
    async save(...args: Parameters<typeof save>) {
      const [ref, checkpoint] = args;
      for (const { ref: of, cursor } of cursorsOf(checkpoint)) {
        const { offset, counts } = cursor;
        const { destination } = of;
        // What a replay passes went out before, so that its own offset proves nothing.
        const one = of.replay ? undefined : receivers.get(destination);
        const before = (expected.get(refText(ref)) ?? []).filter(({ end }) => end <= offset);
        const open = before
          .flatMap(({ keys }) => keys)
          .filter((key) => !one?.arrived.has(key) && !isolated.get(destination)?.has(key));
        if (one && open.length > 0)
          faults.push(`${destination} of ${refText(ref)} is at ${offset}, past ${open[0]}`);
        if (counts && counts.rows !== before.length)
          faults.push(
            `${destination}: counts ${counts.rows} rows, and ${before.length} lie before ${offset}`,
          );
        if (counts && counts.rows !== counts.delivered + counts.filtered + counts.deadLettered)
          faults.push('counts do not add up');
      }
      return save(...args);
    },
  });

  interface Process {
    readonly relay: Relay;
    readonly deps: RelayDeps;
    readonly handler: Handler;
    readonly stop: AbortController;
    readonly running: Set<Promise<void>>;
    readonly regular: Promise<unknown>;
  }
  const live: Process[] = [];
  function start(): Process {
    const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
    const relay = assembleRelay({
      ports,
      services,
      settings: { ...ASSEMBLY, visits: { ...SETTINGS, ...settings } },
      destinations: new Map(Object.entries(destinations).map(([name, limits]) => [name, sink(name, limits)])),
      rules: () => ({
        version: 'test',
        evaluate: (row: Row) => ({
          kind: 'forwarded',
          event: row.properties,
          routes: row.properties.alert === true ? [...routes, ...alerts] : routes,
        }),
      }),
      state: begunState(services, memory),
    });
    const [source] = relay.sources;
    if (!source) throw new Error('no source');
    const stop = new AbortController();
    const stopping = { stop: stop.signal, abort: new AbortController().signal };
    const process = {
      relay,
      deps: source.deps,
      handler: relay.handler(stopping, concurrency),
      stop,
      running: new Set<Promise<void>>(),
      regular: relay.followDestinations(stop.signal),
    };
    live.push(process);
    return process;
  }
  for (let each = 0; each < processes; each++) start();

  async function settle() {
    for (;;) {
      for (let turn_ = 0; turn_ < 3; turn_++) await turn();
      let taken = 0;
      for (const { handler, stop, running } of live) {
        const free = concurrency - (running.size - handler.slowRunning());
        if (free <= 0 || stop.signal.aborted) continue;
        const messages = await queue.receive(Math.min(free, 2), 120);
        taken += messages.length;
        for (const message of messages) {
          const work = handler.handle(message).finally(() => running.delete(work));
          running.add(work);
        }
      }
      if (taken === 0) return;
    }
  }

  const refText = ({ container, name }: Pick<BlobRef, 'container' | 'name'>) => `${container}/${name}`;
  const blobOf = (table: string, hour: number): BlobRef => ({
    account: blobs.account,
    container: `insights-logs-advancedhunting-${table.toLowerCase()}`,
    name: NAME.replace('h=07', `h=${String(hour).padStart(2, '0')}`),
  });

  return {
    clock,
    queue,
    checkpoints,
    deadLetters,
    documents,
    receivers,
    receiver,
    isolated,
    faults,
    live,
    expected,
    blobOf,
    /** Appends rows and tells the relay. */
    async write(
      table: string,
      hour: number,
      rows: readonly { readonly n: number; readonly alert?: boolean }[],
      notify = true,
    ) {
      const ref = blobOf(table, hour);
      const known = expected.get(refText(ref)) ?? [];
      expected.set(refText(ref), known);
      for (const { n, alert = false } of rows) {
        const properties = { Timestamp: '2026-11-23T07:00:00.1234567Z', n, ...(alert && { alert }) };
        const text = `${JSON.stringify({ time: '2026-11-23T07:04:00Z', tenantId: 't', category: `AdvancedHunting-${table}`, properties })}\r\n`;
        blobs.append(ref.container, ref.name, Buffer.from(text));
        const keys = [keyText({ table, n, alert: false }), ...(alert ? [keyText({ table, n, alert })] : [])];
        known.push({ end: (known.at(-1)?.end ?? 0) + Buffer.byteLength(text), keys });
      }
      const task: Task = { v: TASK_VERSION, id: crypto.randomUUID(), blob: ref, origin: 'notification' };
      if (notify) await queue.send(encodeTask(task));
    },
    /** Lets time pass. */
    async pass(ms: number) {
      const until = clock.monotonic() + ms;
      for (;;) {
        await settle();
        if (clock.monotonic() >= until) return;
        clock.advance(clock.next(until) - clock.monotonic());
      }
    },
    /** Ends one process and starts another. */
    async restart(index: number) {
      const [old] = live.splice(index, 1);
      if (!old) return;
      old.stop.abort(new Error('stop'));
      start();
      const ended = Promise.all([...old.running, old.regular, old.relay.settled()]);
      let isEnded = false;
      ended.then(() => {
        isEnded = true;
      });
      const limit = clock.monotonic() + 5 * MINUTE;
      while (!isEnded && clock.monotonic() < limit) {
        await settle();
        if (!isEnded) clock.advance(Math.min(1_000, clock.next(limit) - clock.monotonic()) || 1);
      }
      if (!isEnded) faults.push('a process did not end within 5 minutes of its stop');
      if (old.deps.memory.used !== 0) faults.push(`a stopped process holds ${old.deps.memory.used} bytes`);
    },
    async stopAll() {
      for (const { stop } of live) stop.abort(new Error('stop'));
      for (let each = 0; each < 60; each++) {
        await settle();
        clock.advance(1_000);
      }
      for (const { deps, running } of live) {
        if (running.size > 0) faults.push(`${running.size} visits go on a minute after the stop`);
        else if (deps.memory.used !== 0)
          faults.push(`${deps.memory.used} bytes of memory are never given back`);
      }
    },
    /** Letters by destination. */
    async letters(isolating: boolean) {
      const found: { destination: string; key: string }[] = [];
      for await (const { name, destination = '' } of deadLetters.list({ isolating })) {
        const stored = await deadLetters.get(name);
        found.push({ destination, key: keyText(JSON.parse(stored?.letter.payload ?? '{}')) });
      }
      return found;
    },
  };
}

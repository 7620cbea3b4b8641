import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { Sink } from '../../lab/memory/sink.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { encodeTask, TASK_VERSION, type Task } from '../../src/queue/task.ts';
import { assembleRelay } from '../../src/relay/assemble.ts';
import type { HostServices } from '../../src/relay/ports.ts';
import { createProcessState, type ProcessState } from '../../src/relay/process-state.ts';
import type { AssemblySettings } from '../../src/relay/settings.ts';
import type { RelaySettings } from '../../src/relay/source/deps.ts';
import type { RuleSet } from '../../src/rules/ruleset.ts';
import type { BlobRef } from '../../src/shared/blob-ref.ts';
import type { Route, Row } from '../../src/shared/event.ts';

export const HOUR = Date.UTC(2026, 10, 23, 7);
export const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
export const NAME = 'tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
export const MINUTE = 60_000;

export const SETTINGS: RelaySettings = {
  latenessMs: 15 * MINUTE,
  pollMinMs: 5_000,
  pollMaxMs: MINUTE,
  rowBytes: 1 << 20,
  bufferBytes: 1 << 20,
  retry: { retryForMs: 0, retryMinMs: 1, retryMaxMs: 5 },
  isolateAfterMs: 15 * MINUTE,
  checkpointEveryMs: 1_000,
  visitMs: 30_000,
  visitBytes: 1 << 30,
  silentAfterMs: 86_400_000,
};

/** What a relay in a test is assembled with, but for its visits. */
export const ASSEMBLY: Omit<AssemblySettings, 'visits'> = {
  consumer: { concurrency: 1, visibilitySeconds: 120, dequeueLimit: 5 },
  sweeps: {
    intervalMs: 15 * MINUTE,
    recentMs: 120 * MINUTE,
    wideIntervalMs: 360 * MINUTE,
    wideMs: 2_880 * MINUTE,
  },
  retryAfterMaxMs: 15 * MINUTE,
  former: new Map(),
};

/** The state of a process that knows that it reads its only source from the beginning. */
export function begunState(services: HostServices, memoryBytes: number): ProcessState {
  const state = createProcessState({ memoryBytes }, services);
  state.begins.set(undefined, { isDecided: true, start: undefined });
  return state;
}

/** A relay in one process, on the memory adapters and a clock of our own. */
export function relay(
  names: readonly string[] = ['splunk', 'hook'],
  settings: Partial<RelaySettings> = {},
  rules: Partial<RuleSet> = {},
) {
  const clock = new FakeClock(HOUR + MINUTE);
  const metrics = recordingMetrics();
  const sinks = new Map(names.map((name) => [name, new Sink(name)]));
  const ports = memoryPorts(clock);
  const { blobs, checkpoints, documents, deadLetters, queue } = ports;
  const services = { clock, logger: silentLogger, metrics };
  const routes: Route[] = names.map((to) => ({ to }));
  const assembled = assembleRelay({
    ports,
    services,
    settings: { ...ASSEMBLY, visits: { ...SETTINGS, ...settings } },
    destinations: sinks,
    rules: () => ({
      version: 'test',
      evaluate: (row: Row) =>
        row.properties.drop === true
          ? { kind: 'filtered', filter: 'test' }
          : { kind: 'forwarded', event: row.properties, routes },
      ...rules,
    }),
    state: begunState(services, 1 << 28),
  });
  const [source] = assembled.sources;
  if (!source) throw new Error('no source');
  const { deps, begin } = source;
  const stop = new AbortController();
  const abort = new AbortController();
  const stopping = { stop: stop.signal, abort: abort.signal };
  const ref: BlobRef = { account: blobs.account, container: CONTAINER, name: NAME };
  const { handle } = assembled.handler(stopping);

  /** Works on everything that is on the queue now; tells how many messages that was. */
  const work = async (): Promise<number> => {
    const messages = await queue.receive(32, 120);
    for (const message of messages) await handle(message);
    return messages.length;
  };
  return {
    clock,
    metrics,
    blobs,
    checkpoints,
    documents,
    deadLetters,
    queue,
    deps,
    /** Where the reading of the source begins. */
    begin,
    stop,
    abort,
    stopping,
    ref,
    work,
    /** Puts other destinations into force, as a changed relay.yaml does. */
    change: (destinations: ReadonlyMap<string, Sink>) =>
      assembled.change({ ...ASSEMBLY, visits: { ...SETTINGS, ...settings } }, destinations),
    closed: () => assembled.close(),
    /** As {@link work}, with all of them at once. */
    async workTogether(): Promise<number> {
      const messages = await queue.receive(32, 120);
      await Promise.all(messages.map(handle));
      return messages.length;
    },
    sink(name: string): Sink {
      const sink = sinks.get(name);
      if (!sink) throw new Error(`no sink ${name}`);
      return sink;
    },
    append(text: string, name = NAME) {
      blobs.append(CONTAINER, name, Buffer.from(text));
    },
    notify(blob: BlobRef = ref) {
      const task: Task = { v: TASK_VERSION, id: crypto.randomUUID(), blob, origin: 'notification' };
      return queue.send(encodeTask(task));
    },
    /** Tries the isolated rows that are due again. */
    async retryIsolated() {
      for (const name of deps.destinations.keys()) await assembled.retryIsolated(name, stop.signal);
    },
    /** Lets time pass in steps and works on what comes due, until nothing is left or `ms` have gone. */
    async pass(ms: number, stepMs = 5_000) {
      for (let gone = 0; gone < ms; gone += stepMs) {
        clock.advance(stepMs);
        while ((await work()) > 0);
      }
    },
    async checkpoint(blob: BlobRef = ref) {
      return (await checkpoints.load(blob))?.checkpoint;
    },
    async letters() {
      const found: { reason: string; destination: string | undefined }[] = [];
      for (const isolating of [false, true]) {
        for await (const { reason, destination } of deadLetters.list({ isolating }))
          found.push({ reason, destination });
      }
      return found;
    },
  };
}

/** A Defender row with its line end; `n` tells it from the others. */
export function row(n: number, more: Readonly<Record<string, unknown>> = {}): string {
  const properties = { Timestamp: '2026-11-23T07:00:00.1234567Z', n, ...more };
  return `${JSON.stringify({ time: '2026-11-23T07:04:00Z', tenantId: 't', category: 'AdvancedHunting-DeviceEvents', properties })}\r\n`;
}

export const rows = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => row(from + i)).join('');

export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

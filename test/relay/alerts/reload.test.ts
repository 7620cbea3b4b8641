/** Alerts for people while relay.yaml changes: their destination is removed, replaced, and put back. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { memoryPorts } from '../../../lab/memory/ports.ts';
import { Sink } from '../../../lab/memory/sink.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { Message } from '../../../src/alerts/message.ts';
import type { Destination } from '../../../src/destinations/port.ts';
import { RECORDS } from '../../../src/destinations/record.ts';
import { foldingDestination } from '../../../src/relay/alerts/people.ts';
import { waitingAlerts } from '../../../src/relay/alerts/status.ts';
import { assembleRelay } from '../../../src/relay/assemble.ts';
import { createProcessState } from '../../../src/relay/process-state.ts';
import { createSilenceBook } from '../../../src/relay/silences/book.ts';
import { ASSEMBLY, SETTINGS } from '../harness.ts';
import { batchOf, START } from './world.ts';

const MINUTE = 60_000;
const never = new AbortController().signal;

function reloadable() {
  const clock = new FakeClock(START);
  const ports = memoryPorts(clock);
  const metrics = recordingMetrics();
  const services = { clock, logger: silentLogger, metrics };
  const said: Message[] = [];
  /** While set, a message is under way until it resolves. */
  let slow: Promise<void> | undefined;

  /** As relay.yaml names it, made anew at each change. */
  const chat = (): Destination => ({
    name: 'soc',
    type: 'slack',
    batch: { items: 500, bytes: 1 << 20, ageMs: 0 },
    concurrency: 4,
    encoding: RECORDS,
    messenger: {
      updates: 'none',
      wantsEnd: false,
      intervalMs: 1_000,
      async say(message) {
        said.push(message);
        await slow;
        return undefined;
      },
      async digest(messages) {
        said.push(...messages);
      },
    },
    send: async () => {
      throw new Error('people are told by the notifier');
    },
    close: async () => {},
  });
  const splunk = new Sink('splunk');
  const of = (...some: readonly Destination[]) => new Map(some.map((one) => [one.name, one]));
  const settings = { ...ASSEMBLY, visits: SETTINGS };
  const first = chat();
  const relay = assembleRelay({
    ports,
    services,
    settings,
    destinations: of(splunk, first),
    rules: () => ({ version: 'test', evaluate: () => ({ kind: 'filtered', filter: 'all' }) }),
    state: createProcessState({ memoryBytes: 1 << 20 }, services),
  });
  // What another consumer folds: this one only says it.
  const other = foldingDestination(first, {
    ...services,
    documents: ports.documents,
    deadLetters: ports.deadLetters,
    joinWaitMs: () => 0,
    silences: createSilenceBook({ ...services, documents: ports.documents }),
  });
  return {
    clock,
    metrics,
    said,
    relay,
    chat,
    counts: () => said.map((message) => (message.kind === 'alert' ? message.count : 0)),
    hold(until: Promise<void> | undefined) {
      slow = until;
    },
    async fold(...rows: readonly number[]) {
      await other?.destination.send(batchOf(rows), never);
    },
    change: (...some: readonly Destination[]) => relay.change(settings, of(splunk, ...some)),
    waiting: async () => (await waitingAlerts(ports.documents, clock.now())).map(({ pending }) => pending),
  };
}

describe('alerts for people, when relay.yaml changes', () => {
  it('wait in the state while their destination is removed, and are said when it is back', async () => {
    const r = reloadable();
    const stop = new AbortController();
    const running = r.relay.followDestinations(stop.signal);
    await r.fold(1);
    await r.clock.run(15_000);
    expect(r.counts()).toEqual([1]);

    await r.fold(2, 3);
    await r.change();
    await r.clock.run(20 * MINUTE);
    expect(r.counts()).toEqual([1]);
    expect(await r.waiting()).toEqual([2]);
    // A destination that is not in force has no figures here: "status" tells of what waits for it.
    expect(r.metrics.gaugeValue('xdr_relay_alerts_pending', { destination: 'soc' })).toBeUndefined();

    await r.change(r.chat());
    await r.clock.run(15_000);
    expect(r.counts()).toEqual([1, 3]);
    stop.abort();
    await r.clock.run(MINUTE);
    await running;
  });

  it('are said once where the message is under way while the destination is replaced', async () => {
    const r = reloadable();
    const stop = new AbortController();
    const running = r.relay.followDestinations(stop.signal);
    const answer = Promise.withResolvers<void>();
    r.hold(answer.promise);
    await r.fold(1, 2);
    await r.clock.run(12_000);
    expect(r.counts()).toEqual([2]);

    await r.change(r.chat());
    await r.clock.run(30_000);
    // The new one does not begin while the message of the old one is under way: it holds the lease.
    expect(r.counts()).toEqual([2]);
    answer.resolve();
    r.hold(undefined);
    await r.clock.run(30_000);
    expect(r.counts()).toEqual([2]);
    expect(await r.waiting()).toEqual([0]);
    await r.fold(3);
    await r.clock.run(11 * MINUTE);
    expect(r.counts()).toEqual([2, 3]);
    stop.abort();
    await r.clock.run(MINUTE);
    await running;
  });
});

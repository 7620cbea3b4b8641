import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { payloadOf, shapes } from '../../lab/delivery.ts';
import { createMemoryDeadLetters } from '../../lab/memory/dead-letters.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import type { Batch } from '../../src/destinations/port.ts';
import { foldingDestination, leftOverOf } from '../../src/relay/alerts/people.ts';
import type { Envelope } from '../../src/shared/event.ts';
import { faultHook } from './fault-script.ts';
import { plainOf } from './otlp-plain.ts';
import type { Bench, BenchOptions } from './register-destination-tests.ts';
import { alert, batchOf, envelope } from './samples.ts';

const START = Date.UTC(2026, 10, 27);
const MINUTE = 60_000;
const SIGNAL = new AbortController().signal;

/** What a record says of itself, wherever its format has it. The receivers check it against the schemas. */
interface Said {
  readonly id: unknown;
  readonly group: { readonly count: number; readonly phase: string } | undefined;
}

/** What every destination for machines does with `group_alerts`, against a real server. */
export function registerGroupedTests(
  name: string,
  makeBench: (options: BenchOptions) => Promise<Bench>,
): void {
  describe(`${name}: groups of alerts for machines`, () => {
    const benches: Bench[] = [];
    afterEach(async () => {
      for (const bench of benches.splice(0)) {
        await bench.destination.close();
        await bench.receiver.close();
      }
    });

    async function world(options: BenchOptions = {}) {
      const { script } = options;
      const bench = await makeBench({ ...options, ...(script && { fault: faultHook(script) }) });
      benches.push(bench);
      const accepted: Said[] = [];
      const clock = new FakeClock(START, { sleepPasses: true });
      const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
      const documents = createMemoryStateDocuments();
      const deadLetters = createMemoryDeadLetters(services);
      const deps = {
        ...services,
        documents,
        deadLetters,
        joinWaitMs: () => 0,
        shapes: () => shapes,
        silences: { current: vi.fn(), count: vi.fn(), close: async () => {} },
      };
      const destination = {
        ...bench.destination,
        async send(batch: Batch, signal: AbortSignal) {
          await bench.destination.send(batch, signal);
          accepted.push(...batch.items.map((item) => saidIn(JSON.parse(recordIn(payloadOf(item))))));
        },
      };
      const grouped = { ...destination, groupsAlerts: true };
      const consumer = () => {
        const made = foldingDestination(grouped, deps);
        if (!made) throw new Error('it folds nothing');
        return made;
      };
      const one = consumer();
      const pass = (by = one) => by.notifier.pass({ ms: 30_000, aheadMs: 0 }, SIGNAL);
      const send = (envelopes: readonly Envelope[], by = one) =>
        by.destination.send({ ...batchOf(by.destination, envelopes), reading: 'first' }, SIGNAL);
      return { ...bench, ...deps, destination, accepted, consumer, pass, send };
    }

    it('go as one record, at once, and later ones at most once in `repeat` with the same id; events as they come', async () => {
      const { send, pass, accepted, arrived, clock } = await world();
      await send([envelope(1), alert(2), alert(3), envelope(4)]);
      expect(arrived()).toEqual([envelope(1).id, envelope(4).id]);
      await pass();
      expect(arrived()).toEqual([envelope(1).id, envelope(4).id, alert(2).id]);
      const first = accepted.at(-1);
      expect(first?.group).toMatchObject({ count: 2, phase: 'first', first_alert_id: alert(2).alertId });
      await send([alert(5), envelope(6)]);
      await pass();
      expect(accepted.filter(({ group }) => group)).toHaveLength(1);
      clock.advance(10 * MINUTE);
      await pass();
      expect(accepted.at(-1)).toMatchObject({ id: first?.id, group: { count: 3, phase: 'update' } });
      expect(accepted.filter(({ group }) => group)).toHaveLength(2);
      clock.advance(60 * MINUTE);
      await pass();
      expect(accepted.filter(({ group }) => group)).toHaveLength(2);
    });

    it('count each rule by itself, and an alert that is read again once', async () => {
      const { send, pass, accepted } = await world();
      const other = { ...alert(1), rule: { title: 'Another', id: 'another' }, alertId: 'f'.repeat(32) };
      await send([alert(1), other, alert(2)]);
      await send([alert(1), other, alert(2)]);
      await pass();
      expect(accepted.map(({ group }) => group?.count).sort()).toEqual([1, 2]);
    });

    it('are apart where the rule says `grouping: off`', async () => {
      const { send, pass, accepted } = await world();
      const off = alert(1, { rule: { title: 'Alone', grouping: 'off' } });
      await send([off]);
      expect(accepted).toEqual([{ id: off.alertId, group: undefined }]);
      await pass();
      expect(accepted).toHaveLength(1);
    });

    it('wait for a destination that is out of service, and lose no count', async () => {
      const { send, pass, accepted, clock, arrived } = await world({
        script: { kind: 'first', faults: [{ status: 503 }] },
      });
      await send([alert(1)]);
      await pass();
      expect(arrived()).toEqual([]);
      await send([alert(2)]);
      clock.advance(MINUTE);
      await pass();
      expect(accepted.map(({ group }) => group?.count)).toEqual([2]);
    });

    it('come again with the same id after a crash between sending and recording', async () => {
      const { send, pass, accepted, consumer, documents, clock } = await world();
      await send([alert(1)]);
      const put = documents.put.bind(documents);
      let hasSent = false;
      documents.put = async (...args) => {
        hasSent ||= accepted.length > 0;
        if (hasSent) throw new Error('died');
        return put(...args);
      };
      await pass();
      documents.put = put;
      clock.advance(MINUTE);
      await pass(consumer());
      expect(accepted).toHaveLength(2);
      expect(accepted[1]).toEqual(accepted[0]);
    });

    it('are sent after `group_alerts` was switched off', async () => {
      const made = await world();
      await made.send([alert(1), alert(2)]);
      const leftOver = leftOverOf(made.destination, made);
      await leftOver?.pass({ ms: 30_000, aheadMs: 0 }, SIGNAL);
      expect(made.accepted.map(({ group }) => group?.count)).toEqual([2]);
    });
  });
}

/** A payload may have a line before its record that says where that goes. */
function recordIn(payload: string): string {
  return payload.trimEnd().split('\n').at(-1) ?? '';
}

/** In the Elastic Common Schema a record has its id and its group in members of the schema. */
interface EcsRecord {
  readonly event?: Said;
  readonly xdr_relay?: Partial<Said>;
}

/** In a table of a workspace they are columns, or members of one. */
interface TableRecord {
  readonly RelayEventId?: string;
  readonly RelayAlertId?: string;
  readonly AlertGroup?: Said['group'];
  readonly Record?: Said;
}

function saidIn(payload: Record<string, never>): Said {
  const { event, data, message, specversion, body } = payload as Record<string, unknown>;
  if (body !== undefined) return saidIn(plainOf(body) as Record<string, never>);
  const {
    xdr_relay: own,
    AlertGroup: inTable,
    Record: whole,
    RelayEventId: eventId,
  } = payload as EcsRecord & TableRecord;
  if (whole) return { id: whole.id, group: whole.group };
  if (eventId !== undefined) return { id: (payload as TableRecord).RelayAlertId, group: inTable };
  if (own) return { id: (event as Said).id, group: own.group };
  // Where a product wants text, the record is a string, or base64.
  if (typeof data === 'string') return saidIn(JSON.parse(Buffer.from(data, 'base64').toString()));
  if (typeof message === 'string' && message.startsWith('{')) return saidIn(JSON.parse(message));
  const record = (
    specversion === undefined ? ((event as Said | undefined)?.id ? event : payload) : data
  ) as Said;
  return { id: record.id, group: record.group };
}

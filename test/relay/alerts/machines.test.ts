/** A destination for machines with groups of alerts, where something fails. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { payloadOf } from '../../../lab/delivery.ts';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { REMEMBERED_MS } from '../../../src/alerts/groups/limits.ts';
import type { OperationalMessage } from '../../../src/alerts/message.ts';
import { storedDelivery } from '../../../src/delivery/redrive.ts';
import { encodingBy } from '../../../src/destinations/encoding.ts';
import { RetryableError, RowsRefusedError } from '../../../src/destinations/errors.ts';
import type { Batch, Destination } from '../../../src/destinations/port.ts';
import { writeShape } from '../../../src/destinations/shapes.ts';
import { MOST_SHARDS } from '../../../src/relay/alerts/index-document.ts';
import { indexDocument } from '../../../src/relay/alerts/names.ts';
import { foldingDestination, leftOverOf, redrivenDestinations } from '../../../src/relay/alerts/people.ts';
import { redrive } from '../../../src/relay/dead-letters/redrive.ts';
import { alert, batchOf, envelope } from '../../destinations/samples.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;

interface Received {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly group?: { readonly count: number };
}

function setUp() {
  const clock = new FakeClock(Date.UTC(2026, 10, 27), { sleepPasses: true });
  const documents = createMemoryStateDocuments();
  const deadLetters = createMemoryDeadLetters({ clock });
  const metrics = recordingMetrics();
  const received: Received[] = [];
  const state = { behave: (_batch: Batch) => {} };
  const plain: Destination = {
    name: 'soar',
    type: 'webhook',
    batch: { items: 2, bytes: 1 << 20, ageMs: 0 },
    concurrency: 1,
    encoding: encodingBy({ kind: 'test' }, () => (delivery, writer) => writeShape('relay', delivery, writer)),
    async send(batch) {
      state.behave(batch);
      received.push(...batch.items.map((item) => JSON.parse(payloadOf(item))));
    },
    async close() {},
  };
  const destination = { ...plain, groupsAlerts: true };
  const silences = { current: async () => [], count() {}, close: async () => {} };
  const told: OperationalMessage[] = [];
  const deps = {
    documents,
    deadLetters,
    clock,
    logger: silentLogger,
    metrics,
    silences,
    joinWaitMs: () => 0,
    async tellPeople(message: OperationalMessage) {
      told.push(message);
    },
  };
  const folding = foldingDestination(destination, deps);
  if (!folding) throw new Error('it folds nothing');
  const send = (envelopes: Parameters<typeof batchOf>[1]) =>
    folding.destination.send({ ...batchOf(folding.destination, envelopes), reading: 'first' }, SIGNAL);
  const pass = async () => {
    for (let times = 0; times < 20; times++) {
      await folding.notifier.pass({ ms: 30_000, aheadMs: 0 }, SIGNAL);
      clock.advance(MINUTE);
    }
  };
  return { ...deps, told, plain, destination, received, state, send, pass };
}

const ruled = (n: number, rule: string) => alert(n, { rule: { title: rule, id: rule } });

describe('A destination for machines with groups of alerts', () => {
  it('names the rows that were refused by their places in the whole batch', async () => {
    const { send, state, received } = setUp();
    state.behave = ({ items }) => {
      throw new RowsRefusedError('rows_refused', 'no', { rows: [items.length - 1] });
    };
    await expect(send([alert(1), envelope(2), alert(3), envelope(4), alert(5)])).rejects.toMatchObject({
      rows: [3],
    });
    expect(received).toEqual([]);
  });

  it('hands over events that are acknowledged later, and alerts as they are folded', async () => {
    const { destination, received, ...deps } = setUp();
    const handedOver: string[][] = [];
    const pending = Promise.withResolvers<void>();
    const later: Destination = {
      ...destination,
      openPipeline: () => ({
        async handOver({ items }) {
          handedOver.push(items.map(({ head }) => head.id));
          return { acknowledged: pending.promise };
        },
      }),
    };
    const folding = foldingDestination(later, deps) ?? expect.fail('it folds nothing');
    const pipeline = folding.destination.openPipeline?.() ?? expect.fail('no pipeline');
    const handOver = async (envelopes: Parameters<typeof batchOf>[1]) => {
      const handover = await pipeline.handOver(
        { ...batchOf(folding.destination, envelopes), reading: 'first' },
        SIGNAL,
      );
      return Promise.race([handover.acknowledged.then(() => 'acknowledged'), turn().then(() => 'waits')]);
    };
    expect(await handOver([envelope(1)])).toBe('waits');
    expect(handedOver).toEqual([[envelope(1).id]]);
    expect(await handOver([envelope(2), alert(3)])).toBe('acknowledged');
    expect([handedOver.length, received.map(({ id }) => id)]).toEqual([1, [envelope(2).id]]);
    // Without a pipeline of its own it has none.
    expect(foldingDestination(destination, deps)?.destination.openPipeline).toBeUndefined();
    pending.resolve();
  });

  it('gets the values of its groups as text that every parser of JSON takes', async () => {
    const { send, pass, received } = setUp();
    const grouping = { by: ['ProcessCommandLine'] };
    const rule = { title: 'by command', grouping };
    const commands = ['a\ud800', `${'b'.repeat(300)}\udc00`];
    await send(commands.map((ProcessCommandLine, n) => alert(n, { rule, event: { ProcessCommandLine } })));
    await pass();
    expect(received).toHaveLength(2);
    for (const { group } of received) expect(JSON.stringify(group)).not.toMatch(/\\ud[89a-f]/i);
  });

  it('gets what waits together in few requests, each within its limits', async () => {
    const { send, pass, received, state } = setUp();
    const sizes: number[] = [];
    state.behave = ({ items }) => sizes.push(items.length);
    await send(['a', 'b', 'c', 'd', 'e'].map((rule, n) => ruled(n, rule)));
    await pass();
    expect(sizes).toEqual([2, 2, 1]);
    expect(new Set(received.map(({ id }) => id)).size).toBe(5);
  });

  it('gets each record once though one of several requests is refused or fails', async () => {
    const { send, pass, received, state, deadLetters } = setUp();
    let failures = 2;
    state.behave = ({ items }) => {
      const ids = items.map(payloadOf).join();
      if (ids.includes('"title":"bad"')) throw new RowsRefusedError('rows_refused', 'no');
      if (ids.includes('"title":"h"') && failures-- > 0) throw new RetryableError('server_error', 'later');
    };
    await send(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'bad', 'i'].map((rule, n) => ruled(n, rule)));
    await pass();
    await pass();
    expect(received.map(({ title }) => title).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
    const letters: unknown[] = [];
    for await (const letter of deadLetters.list()) letters.push(letter);
    expect(letters).toHaveLength(1);
  });

  it('gets a record by itself where the state has no room for its group', async () => {
    const { send, documents, received, metrics } = setUp();
    const full = { seq: 1, due: 1e15, at: 0, severity: 0, pending: 0, messages: 0, groups: 1 };
    const shards = Object.fromEntries(Array.from({ length: MOST_SHARDS }, (_, n) => [`rules/${n}`, full]));
    await documents.put(indexDocument('soar'), { v: 1, nextAt: 0, shards }, undefined);
    await send([alert(1), alert(2), alert(3)]);
    expect(received.map(({ id, group }) => [id, group])).toEqual(
      [1, 2, 3].map((n) => [alert(n).alertId, undefined]),
    );
    expect(metrics.counter('xdr_relay_alerts_ungrouped_total')).toBe(3);
  });

  it('gets records by themselves for those rules of one batch that have no room', async () => {
    const { send, documents, received } = setUp();
    const full = { seq: 1, due: 1e15, at: 0, severity: 0, pending: 0, messages: 0, groups: 1 };
    const shards = Object.fromEntries(
      Array.from({ length: MOST_SHARDS - 2 }, (_, n) => [`rules/${n}`, full]),
    );
    await documents.put(indexDocument('soar'), { v: 1, nextAt: 0, shards }, undefined);
    await send(['a', 'b', 'c', 'd', 'e'].map((rule, n) => ruled(n, rule)));
    expect(received).toHaveLength(3);
    const stored = await documents.get(indexDocument('soar'));
    const index = stored?.value as { readonly shards: object } | undefined;
    expect(Object.keys(index?.shards ?? {})).toHaveLength(MOST_SHARDS);
  });

  it('does not take another alert for the one that is refused where the state has no room', async () => {
    const { send, documents, state } = setUp();
    const full = { seq: 1, due: 1e15, at: 0, severity: 0, pending: 0, messages: 0, groups: 1 };
    const shards = Object.fromEntries(
      Array.from({ length: MOST_SHARDS - 1 }, (_, n) => [`rules/${n}`, full]),
    );
    await documents.put(indexDocument('soar'), { v: 1, nextAt: 0, shards }, undefined);
    await send([ruled(1, 'known')]);
    state.behave = () => {
      throw new RowsRefusedError('rows_refused', 'no', { rows: [0] });
    };
    const refused: unknown = await send([ruled(2, 'known'), ruled(3, 'new')]).catch((error) => error);
    expect(refused).toBeInstanceOf(RowsRefusedError);
    expect(refused).not.toMatchObject({ rows: [0] });
  });

  it('has a refused record among the dead letters, which is sent again with its count', async () => {
    const { send, pass, state, received, deadLetters, documents, clock, destination } = setUp();
    state.behave = ({ items }) => {
      if (items.some((item) => payloadOf(item).includes('"count":3')))
        throw new RowsRefusedError('rows_refused', 'no');
    };
    await send([alert(1), alert(2), alert(3), ruled(4, 'other')]);
    await pass();
    await pass();
    expect(received.map(({ group }) => group?.count)).toEqual([1]);
    state.behave = () => {};
    const destinations = redrivenDestinations({
      destinations: new Map([['soar', destination]]),
      documents,
      deadLetters,
      clock,
    });
    const rules = {
      version: 'test',
      evaluate: () => ({ kind: 'filtered', filter: 'none is left' }) as const,
    };
    const retry = { retryForMs: 0, retryMinMs: 1, retryMaxMs: 5 };
    const deps = { deadLetters, destinations, rules, rowBytes: 100_000, retry, clock };
    const results: string[] = [];
    for await (const { result } of redrive(deps, deadLetters.list(), { asStored: false, stop: SIGNAL })) {
      results.push(result);
    }
    expect(results).toEqual(['accepted']);
    expect(received.map(({ group }) => group?.count)).toEqual([1, 3]);
  });

  it('is sent what is left in groups when it is sent single alerts, also what a last batch folds while it changes over', async () => {
    const made = setUp();
    const leftOver = leftOverOf(made.plain, made);
    const clock = made.clock;
    let looks = 0;
    const index = made.documents.get.bind(made.documents);
    made.documents.get = async (...args) => {
      // The batch that was on its way when relay.yaml changed.
      if (looks++ === 0) {
        const nothing = await index(...args);
        await made.send([alert(1), alert(2)]);
        return nothing;
      }
      return index(...args);
    };
    await leftOver?.run(SIGNAL);
    expect(made.received.map(({ group }) => group?.count)).toEqual([2]);
    // When what was folded is forgotten, nobody looks any more.
    expect(clock.monotonic()).toBeLessThan(REMEMBERED_MS + 4 * 60 * MINUTE);
    expect(looks).toBeLessThan(3_000);
  });

  it('has people told that the document of its groups was damaged', async () => {
    const { send, pass, documents, told, received } = setUp();
    await send([alert(1), alert(2)]);
    const names: string[] = [];
    for await (const name of documents.list('alerts/soar/rules/')) names.push(name);
    for (const name of names) {
      const stored = await documents.get(name);
      await documents.put(name, { rule: 'Download with certutil', groups: 'gone' }, stored?.etag);
    }
    await pass();
    expect(told).toMatchObject([{ kind: 'operational', text: expect.stringContaining('"soar"') }]);
    expect(received).toEqual([]);
  });

  it('takes an alert that waited for a group as a single one, once it is sent single ones', async () => {
    const { send, plain, state, deadLetters, destination } = setUp();
    state.behave = () => {};
    await send([]);
    const [item] = batchOf(destination, [alert(1)]).items;
    const [kept] = batchOf(foldingDestination(destination, setUp())?.destination ?? destination, [
      alert(1),
    ]).items;
    if (!item || !kept) throw new Error('nothing was encoded');
    const row = Buffer.from('{"category":"AdvancedHunting-DeviceProcessEvents","properties":{}}');
    const letter = {
      destination: 'soar',
      reason: 'rows_refused',
      message: 'no',
      source: alert(1).source,
      length: row.length,
      row,
      payload: payloadOf(kept),
      id: alert(1).id,
      table: 'DeviceProcessEvents',
      rule: 'any',
    };
    await deadLetters.put(letter);
    const again = storedDelivery(letter, plain);
    expect(again && JSON.parse(payloadOf(again))).toEqual(JSON.parse(payloadOf(item)));
  });
});

/** Captures: what is kept of which rows, for how long, and by how many consumers. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import {
  createMemoryStateDocuments,
  damageDocument,
  type StoredDocuments,
} from '../../../lab/memory/state-documents.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { capturedRows, captures, startCapture, stopCapture } from '../../../src/relay/capture/ask.ts';
import { CaptureBook } from '../../../src/relay/capture/book.ts';
import { KEPT_MS, LONGEST_ROW } from '../../../src/relay/capture/document.ts';
import { CaptureLooks } from '../../../src/relay/capture/look.ts';
import { compileRules, type RuleFile } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';

const NOW = Date.UTC(2026, 10, 26, 12);
const MINUTE = 60_000;
const TABLE = 'deviceevents';

function world() {
  const stored: StoredDocuments = new Map();
  const documents = createMemoryStateDocuments(stored);
  const clock = new FakeClock(NOW, { sleepPasses: true });
  const ports = { documents, clock, logger: silentLogger };
  const consumer = () => {
    const book = new CaptureBook(clock);
    const looks = new CaptureLooks();
    return {
      book,
      look: async () => book.follow(await looks.look(documents, clock)),
      take: (...texts: readonly string[]) => {
        for (const text of texts) if (book.wants('DeviceEvents')) book.take('DeviceEvents', text);
      },
      store: () => book.store(ports),
    };
  };
  return {
    stored,
    documents,
    clock,
    consumer,
    start: (rows = 3, table = TABLE) =>
      startCapture(documents, clock, { table, by: 'ada', rows, ms: 5 * MINUTE }),
    kept: (table = TABLE) => capturedRows(documents, clock, table),
    names: () => [...stored.keys()].map((path) => path.slice('documents/'.length, -'.json'.length)),
  };
}

describe('a capture', () => {
  it('keeps the next rows of its table over all consumers, and ends when there are enough', async () => {
    const { start, consumer, kept, names } = world();
    const [one, two] = [consumer(), consumer()];
    one.take('{"early":1}');
    await start(3);
    await one.look();
    await two.look();
    expect(one.book.wants('DeviceInfo')).toBe(false);
    one.take('{"n":1}', '{"n":2}');
    two.take('{"n":3}', '{"n":4}');
    await one.store();
    expect(await kept()).toMatchObject({
      by: 'ada',
      full: false,
      rows: [{ at: NOW, text: '{"n":1}' }, { text: '{"n":2}' }],
    });
    await two.store();
    expect((await kept())?.rows.map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    expect(await kept()).toMatchObject({ full: true });
    expect(names()).toEqual([`captured/${TABLE}`]);
    expect(two.book.wants('DeviceEvents')).toBe(false);
    await one.look();
    expect(one.book.wants('DeviceEvents')).toBe(false);
  });

  it('begins anew in place of one before, and counts rows that are too long', async () => {
    const { start, consumer, kept } = world();
    const one = consumer();
    await start(2);
    await one.look();
    one.take('{"old":1}');
    await one.store();
    await start(5);
    await one.look();
    one.take('{"new":1}', 'x'.repeat(LONGEST_ROW + 1));
    await one.store();
    expect(await kept()).toMatchObject({ tooLong: 1, rows: [{ text: '{"new":1}' }] });
  });

  it('is over by itself: nothing is kept from then on, and its rows are removed an hour after its start', async () => {
    const { clock, start, consumer, kept, names } = world();
    const [one, other] = [consumer(), consumer()];
    await start();
    await one.look();
    one.take('{"n":1}');
    await one.store();
    clock.advance(5 * MINUTE);
    one.take('{"late":1}');
    await one.store();
    expect((await kept())?.rows).toHaveLength(1);
    await one.look();
    await other.look();
    expect(names()).toEqual([`captured/${TABLE}`]);
    clock.advance(KEPT_MS);
    expect(await kept()).toBeUndefined();
    await other.look();
    expect(names()).toEqual([]);
  });

  it('of a consumer that knows an older version of the rows removes them at a later look', async () => {
    const { clock, start, consumer, names } = world();
    const [one, other] = [consumer(), consumer()];
    await start();
    await one.look();
    one.take('{"n":1}');
    await one.store();
    await other.look();
    one.take('{"n":2}');
    await one.store();
    clock.advance(KEPT_MS);
    await other.look();
    await other.look();
    expect(names()).toEqual([]);
  });

  it('ends when somebody ends it, with its rows or without', async () => {
    const { documents, start, consumer, kept, names } = world();
    const one = consumer();
    await start();
    await one.look();
    one.take('{"n":1}');
    await one.store();
    expect(await stopCapture(documents, TABLE, { forget: false })).toBe(true);
    await one.look();
    expect(one.book.wants('DeviceEvents')).toBe(false);
    expect((await kept())?.rows).toHaveLength(1);
    expect(await stopCapture(documents, TABLE, { forget: true })).toBe(true);
    expect(names()).toEqual([]);
    expect(await stopCapture(documents, TABLE, { forget: true })).toBe(false);
  });

  it('is bounded, whatever the rows are', async () => {
    const { documents, clock, start, consumer, kept, stored } = world();
    const one = consumer();
    await start(50);
    await one.look();
    for (let n = 0; n < 80; n++) one.take(`{"n":"${'"'.repeat(30_000)}${'é'.repeat(30_000)}`);
    await one.store();
    const found = await kept();
    expect(found?.full).toBe(true);
    expect(found?.rows.length).toBeGreaterThan(1);
    for (const { content } of stored.values()) expect(content.length).toBeLessThan(1_048_576);
    for (let n = 0; n < 4; n++) await start(1, `t${n}`);
    await start(1, TABLE);
    await expect(start(1, 't5')).rejects.toMatchObject({ code: 'too_many_captures' });
    expect(await captures(documents, clock)).toHaveLength(5);
  });

  it('replaces and removes what something else wrote in its place', async () => {
    const { documents, stored, start, consumer, kept, names } = world();
    const one = consumer();
    damageDocument(stored, `captured/${TABLE}`, '{');
    damageDocument(stored, `capture/${TABLE}`, 'no');
    await start();
    await one.look();
    one.take('{"n":1}');
    await one.store();
    expect((await kept())?.rows).toHaveLength(1);
    await documents.put('capture/other', { v: 1 }, undefined);
    damageDocument(stored, 'captured/other', '[]');
    await one.look();
    expect(names()).toEqual([`capture/${TABLE}`, `captured/${TABLE}`]);
  });
});

describe('the rows of a capture', () => {
  it('are those behind the steps of their table, and no row that a filter holds back', async () => {
    const text = `table: DeviceEvents
filter:
  - title: noise
    detection: { x: { ActionType: Noise }, condition: x }
transform:
  - remove: [SHA1]
  - redact: { columns: ProcessCommandLine, pattern: 'password=\\S+' }
`;
    const files: readonly RuleFile[] = [{ path: 'DeviceEvents.yaml', text }];
    const { rules, diagnostics } = compileRules(files, {
      destinations: ['splunk'],
      defaultDestinations: ['splunk'],
      alerts: [],
      variables: {},
    });
    if (!rules) throw new Error(JSON.stringify(diagnostics));
    const r = relay(['splunk']);
    const book = new CaptureBook(r.clock);
    Object.assign(r.deps, { rules: () => rules, capture: book });
    const capture = await startCapture(r.documents, r.clock, {
      table: TABLE,
      by: 'ada',
      rows: 50,
      ms: MINUTE,
    });
    book.follow([capture]);
    const columns = { SHA1: 'f'.repeat(40), ProcessCommandLine: 'cmd /c password=secret' };
    r.append(row(1, columns) + row(2, { ...columns, ActionType: 'Noise' }) + row(3, { FileName: 'a' }));
    await r.notify();
    await r.work();
    await book.store({ documents: r.documents, clock: r.clock, logger: silentLogger });
    const found = await capturedRows(r.documents, r.clock, TABLE);
    const properties = found?.rows.map(({ text: json }) => JSON.parse(json).properties);
    expect(properties).toHaveLength(2);
    expect(properties?.[0]).toMatchObject({ ProcessCommandLine: 'cmd /c [redacted]' });
    expect(properties?.[1]).toMatchObject({ FileName: 'a' });
    expect(JSON.stringify(found)).not.toMatch(/secret|ffff|Noise/);
    expect(JSON.parse(found?.rows[0]?.text ?? '')).toMatchObject({
      category: 'AdvancedHunting-DeviceEvents',
    });
    // What is delivered is as ever.
    expect(r.sink('splunk').batches.reduce((sum, { items }) => sum + items.length, 0)).toBe(2);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sink } from '../../../lab/memory/sink.ts';
import { numberOf } from '../../../lab/memory/sink.ts';
import { DestinationRefusedError, RetryableError } from '../../../src/destinations/errors.ts';
import type { EncodedDelivery } from '../../../src/destinations/port.ts';
import { queueReplay } from '../../../src/relay/discovery/replay.ts';
import { hourBefore } from '../../../src/relay/rows/dedupe.ts';
import { FirstOffsets, SeenRows } from '../../../src/relay/source/seen-rows.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { runs } from '../../support/runs.ts';
import { CONTAINER, MINUTE, NAME, numbers, relay, row, rows } from '../harness.ts';

const NEXT = NAME.replace('h=07', 'h=08');
const BEFORE = NAME.replace('h=07', 'h=06');
const WINDOW = 1 << 20;

/** A relay whose table has `dedupe`. */
function deduping(window = WINDOW, names?: readonly string[]) {
  const r = relay(names);
  const { evaluate } = r.deps.rules();
  const rules = { version: 'test', evaluate, dedupeWindow: () => window };
  Object.assign(r.deps, { seen: new SeenRows(), rules: () => rules });
  const restart = () => Object.assign(r.deps, { seen: new SeenRows() });
  const of = (name: string) => ({ ...r.ref, name });
  return Object.assign(r, { restart, of });
}

/** The same row once more, as Azure writes it: equal `properties`, another time. */
const again = (n: number) => row(n).replace('07:04:00Z', '07:09:00Z');

describe('rows that come twice', () => {
  it('are both sent where the table does not say otherwise', async () => {
    const r = relay();
    r.append(row(1) + again(1));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([1, 1]);
  });

  it('go out once, and are counted', async () => {
    const r = deduping();
    r.append(rows(0, 5) + again(2) + row(5) + again(2) + again(0));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual(numbers(0, 6));
    expect(r.sink('hook').rows).toEqual(numbers(0, 6));
    const labels = { table: 'DeviceEvents', destination: 'hook' };
    expect(r.metrics.counter('xdr_relay_rows_repeated_total', labels)).toBe(3);
    const length = (await r.blobs.stat(r.ref))?.length;
    expect((await r.checkpoint())?.destinations).toMatchObject({
      splunk: { offset: length },
      hook: { offset: length },
    });
  });

  it.each([
    ['by the same process', false],
    ['after a restart', true],
  ])('are recognized in what is appended later, %s', async (_, restarts) => {
    const r = deduping();
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    if (restarts) r.restart();
    r.append(again(1) + row(3));
    await r.pass(10_000);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 4));
  });

  it('are recognized behind a byte order mark, blank lines and rows that cannot be read', async () => {
    const r = deduping();
    r.append(`\ufeff${row(0)}\r\nnot json\r\n${row(1)}`);
    await r.notify();
    await r.work();
    r.append(again(0) + again(1));
    await r.pass(10_000);
    expect(r.sink('splunk').rows).toEqual([0, 1]);
  });

  it('go out again beyond the window', async () => {
    const r = deduping(row(0).length * 3);
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.restart();
    r.append(again(0) + again(9));
    await r.pass(10_000);
    expect(r.sink('splunk').rows).toEqual([...numbers(0, 10), 0]);
  });

  it('in the next hour go out once, to who got the first', async () => {
    const r = deduping();
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    r.restart();
    r.append(again(2) + row(3), NEXT);
    await r.notify(r.of(NEXT));
    await r.work();
    expect(r.sink('splunk').rows).toEqual(numbers(0, 4));
  });

  it('in the next hour go to who has not got the first yet', async () => {
    const r = deduping();
    r.sink('hook').behave = () => {
      throw new RetryableError('server_error', 'busy');
    };
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    r.sink('hook').behave = () => {};
    r.clock.advance(10_000);
    for (const lost of await r.queue.receive(32, 120)) await lost.complete();
    r.append(again(2) + row(3), NEXT);
    await r.notify(r.of(NEXT));
    await r.pass(MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 4));
    expect(r.sink('hook').rows).toEqual([2, 3]);
    r.clock.advance(10 * MINUTE);
    await r.notify();
    await r.pass(MINUTE);
    expect(r.sink('hook').rows).toEqual([2, 3, 0, 1, 2]);
  });

  it('are not looked for in the hour before once the window has passed', async () => {
    const r = deduping(row(0).length * 2);
    r.append(rows(0, 3), BEFORE);
    await r.notify(r.of(BEFORE));
    await r.work();
    r.append(rows(10, 13));
    await r.notify();
    await r.work();
    r.append(again(2));
    await r.pass(10_000);
    expect(r.sink('splunk').rows).toEqual([0, 1, 2, 10, 11, 12, 2]);
  });

  it('come again in a replay, whatever the hour before holds', async () => {
    const r = deduping();
    r.append(rows(0, 3));
    r.append(again(2) + row(3) + again(3), NEXT);
    await r.notify();
    await r.work();
    await r.notify(r.of(NEXT));
    await r.work();
    await queueReplay(r.deps, r.of(NEXT), 'hook');
    await r.work();
    expect(r.sink('hook').rows).toEqual([0, 1, 2, 3, 2, 3]);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 4));
  });

  it('are sent when the blob was replaced', async () => {
    const r = deduping();
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    r.append(rows(0, 2));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 1, 2, 0, 1]);
  });

  it('in a compressed blob are found as far as one visit reads', async () => {
    const { gzipSync } = await import('node:zlib');
    const r = deduping();
    const name = NAME.replace('.json', '.json.gz');
    r.blobs.put(CONTAINER, name, gzipSync(rows(0, 3) + again(1)));
    await r.notify(r.of(name));
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 1, 2]);
  });
});

describe('the key dedupe of a table file', () => {
  const compile = (dedupe: string) => {
    const text = `table: DeviceEvents\n${dedupe}\n`;
    const context = { destinations: undefined, defaultDestinations: [], alerts: [], variables: {} };
    return compileRules([{ path: 'DeviceEvents.yaml', text }], context);
  };
  it.each([
    ['', undefined],
    ['dedupe: false', undefined],
    ['dedupe: true', 32 * 1024 * 1024],
    ['dedupe: { window: 8MiB }', 8 * 1024 * 1024],
  ])('%j', (text, window) => {
    const { rules, diagnostics } = compile(text);
    expect(diagnostics).toEqual([]);
    expect(rules?.dedupeWindow?.('deviceevents')).toBe(window);
    expect(rules?.dedupeWindow?.('EmailEvents')).toBeUndefined();
  });

  it.each(['dedupe: yes please', 'dedupe: { window: 2GiB }', 'dedupe: { window: 5 }', 'dedupe: {}'])(
    'not %j',
    (text) => {
      const { rules, diagnostics } = compile(text);
      expect(rules).toBeUndefined();
      expect(diagnostics[0]).toMatchObject({ severity: 'error', span: { line: 2 } });
    },
  );
});

describe('what is remembered', () => {
  it('is the lowest offset, of the newest ids', () => {
    const first = new FirstOffsets(1, 0);
    first.add('a', 10);
    first.add('a', 20);
    first.add('b', 30);
    first.add('b', 5);
    expect([first.of('a'), first.of('b'), first.of('c')]).toEqual([10, 5, undefined]);
    for (let n = 0; n < 200_000; n++) first.add(String(n), n);
    expect(first.size).toBeLessThanOrEqual(65_536);
    expect(first.of('a')).toBeUndefined();
    expect(first.of('199999')).toBe(199_999);
    expect(first.of('170000')).toBe(170_000);
  });

  it('is let go of, longest unused first', () => {
    const seen = new SeenRows(5);
    for (const blob of ['a', 'b', 'c']) {
      const rowsOf = new FirstOffsets(1, 0);
      rowsOf.add('1', 0);
      rowsOf.add('2', 1);
      seen.keep(blob, rowsOf);
    }
    expect(seen.get('a', 1)).toBeUndefined();
    expect(seen.get('b', 1)?.size).toBe(2);
    expect(seen.get('b', 2)).toBeUndefined();
    const large = new FirstOffsets(1, 0);
    for (let n = 0; n < 10; n++) large.add(String(n), n);
    seen.keep('d', large);
    expect([seen.get('b', 1), seen.get('c', 1)]).toEqual([undefined, undefined]);
    expect(seen.get('d', 1)).toBe(large);
  });

  it('names the hour before', () => {
    const ref = { account: 'a', container: 'c', name: 'tenantId=t/y=2027/m=01/d=01/h=00/m=00/PT1H.json' };
    expect(hourBefore(ref)?.name).toBe('tenantId=t/y=2026/m=12/d=31/h=23/m=00/PT1H.json');
    expect(hourBefore({ ...ref, name: 'x.json' })).toBeUndefined();
  });
});

const TOTAL = 20;
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      hour: fc.integer({ min: 0, max: 1 }),
      n: fc.array(fc.nat(TOTAL - 1), { maxLength: 8 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 1200 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('behave' as const),
      sink: fc.constantFrom('splunk', 'hook'),
      fault: fc.constantFrom('none', 'down', 'flaky', 'lost'),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Where the hour before was removed, only what the next one had is owed. */
function expectAll(
  sent: ReadonlySet<unknown>,
  [before, next]: ReadonlySet<number>[],
  removed: boolean,
): void {
  if (removed) expect([...sent]).toEqual(expect.arrayContaining([...(next ?? [])]));
  else expect(sent).toEqual(new Set([...(before ?? []), ...(next ?? [])]));
}

function expectOnce(sentTo: readonly EncodedDelivery[], names: readonly string[]): void {
  for (const blob of names) {
    const sent = sentTo.filter(({ head }) => head.source.blob.endsWith(blob));
    const rowsSent = sent.map(numberOf);
    expect(new Set(rowsSent).size).toBe(rowsSent.length);
  }
}

function misbehave(sink: Sink, fault: string): void {
  let turn = 0;
  sink.behave = (batch) => {
    turn++;
    if (fault === 'down') throw new DestinationRefusedError('not_authorized', 'no');
    if (fault === 'flaky' && turn % 2 === 1) throw new RetryableError('server_error', 'busy');
    if (fault === 'lost' && turn % 2 === 1) {
      sink.batches.push(batch);
      throw new RetryableError('connection_lost', 'reset');
    }
  };
}

describe('dedupe, whatever happens', () => {
  it('keeps no row from any destination, and lets each out of a blob once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const r = deduping();
        const names = [NAME, NEXT];
        const written: number[][] = [[], []];
        const seenAt = (hour: number) => new Set(written[hour]);
        let lost = false;
        let removed = false;
        for (const name of names) {
          r.append('', name);
          await r.notify(r.of(name));
        }
        const perform = async (each: Step) => {
          switch (each.kind) {
            case 'append':
              written[each.hour]?.push(...each.n);
              r.append(each.n.map((n) => again(n)).join(''), names[each.hour]);
              return;
            case 'pass':
              return r.pass(each.seconds * 1000, 30_000);
            case 'restart':
              return r.restart();
            case 'remove':
              // The hour before is gone: what it had for a destination that was behind comes with the next hour alone.
              removed = true;
              r.blobs.remove(r.ref);
              return;
            case 'behave':
              lost ||= each.fault === 'lost';
              misbehave(r.sink(each.sink), each.fault);
          }
        };
        for (const each of steps) await perform(each);
        for (const name of ['splunk', 'hook']) r.sink(name).behave = () => {};
        for (const name of names) await r.notify(r.of(name));
        for (let minutes = 0; minutes < 240; minutes += 10) {
          await r.pass(10 * MINUTE, 2 * MINUTE);
          await r.retryIsolated();
        }

        for (const name of ['splunk', 'hook']) {
          const sentTo = r.sink(name).batches.flatMap(({ items }) => items);
          expectAll(new Set(sentTo.map(numberOf)), [seenAt(0), seenAt(1)], removed);
          if (!lost && !removed) expectOnce(sentTo, names);
        }
        expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
      }),
      { numRuns: runs(20) },
    );
  });
});

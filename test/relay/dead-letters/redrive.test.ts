import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { payloadOf } from '../../../lab/delivery.ts';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import { numberOf, Sink } from '../../../lab/memory/sink.ts';
import {
  type DeadLetter,
  DeadLetterError,
  type DeadLetterFilter,
} from '../../../src/delivery/dead-letters.ts';
import { DestinationRefusedError, RowsRefusedError } from '../../../src/destinations/errors.ts';
import { type RedriveDeps, redrive } from '../../../src/relay/dead-letters/redrive.ts';
import type { Route, Row, Verdict } from '../../../src/shared/event.ts';
import { HOUR, row } from '../harness.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';

function setUp(evaluate?: (row: Row) => Verdict) {
  const clock = new FakeClock(HOUR);
  const deadLetters = createMemoryDeadLetters({ clock });
  const sinks = { splunk: new Sink('splunk'), hook: new Sink('hook', { items: 50 }) };
  const routes: Route[] = [{ to: 'splunk' }, { to: 'hook' }];
  const deps: RedriveDeps = {
    deadLetters,
    destinations: new Map(Object.entries(sinks)),
    rules: {
      version: 'test',
      evaluate: evaluate ?? ((each) => ({ kind: 'forwarded', event: each.properties, routes })),
    },
    rowBytes: 10_000,
    retry: { retryForMs: 0, retryMinMs: 1, retryMaxMs: 5 },
    clock,
  };
  const stop = new AbortController();
  return {
    deps,
    sinks,
    stop,
    clock,
    async run(asStored = false, filter: DeadLetterFilter = {}) {
      const outcomes = [];
      for await (const outcome of redrive(deps, deadLetters.list(filter), { asStored, stop: stop.signal })) {
        outcomes.push(outcome);
      }
      return outcomes;
    },
    async left() {
      const found: string[] = [];
      for await (const { destination, reason } of deadLetters.list()) found.push(`${destination}: ${reason}`);
      return found.sort();
    },
  };
}

function letter(n: number, more: Partial<DeadLetter> = {}): DeadLetter {
  const text = row(n);
  return {
    destination: 'hook',
    reason: 'rows_refused',
    message: 'no',
    source: { blob: BLOB, offset: n * 1000 },
    length: text.length,
    row: Buffer.from(text.trimEnd()),
    payload: `payload ${n}`,
    id: String(n).padStart(32, '0'),
    table: 'DeviceEvents',
    ...more,
  };
}

describe('redrive', () => {
  it('goes on where the payload of one row cannot be made, and tells of that letter', async () => {
    const t = setUp();
    for (const n of [1, 2, 3]) await t.deps.deadLetters.put(letter(n));
    const { encoding } = t.sinks.hook;
    Object.assign(t.sinks.hook, {
      encoding: {
        ...encoding,
        write(...args: Parameters<typeof encoding.write>) {
          if (args[0].head.source.offset === 2000) throw new TypeError('of an encoder');
          encoding.write(...args);
        },
      },
    });
    const outcomes = await t.run();
    expect(outcomes.map(({ result }) => result).sort()).toEqual(['accepted', 'accepted', 'not_encoded']);
    expect(outcomes.find(({ result }) => result === 'not_encoded')).toMatchObject({
      code: 'destination_fault',
      message: 'Encoding a row failed with TypeError: of an encoder',
    });
    expect([...t.sinks.hook.rows].sort()).toEqual([1, 3]);
    expect(await t.left()).toEqual(['hook: rows_refused']);
  });

  it('sends rows through the rules to the destination that refused them, and removes them then', async () => {
    const t = setUp((each) => ({
      kind: 'forwarded',
      event: { ...each.properties, mended: true },
      routes: [{ to: 'splunk' }, { to: 'hook' }],
    }));
    for (const n of [1, 2, 3]) await t.deps.deadLetters.put(letter(n));
    expect((await t.run()).map(({ result }) => result)).toEqual(['accepted', 'accepted', 'accepted']);
    expect([...t.sinks.hook.rows].sort()).toEqual([1, 2, 3]);
    expect(t.sinks.hook.batches[0]?.items.map(payloadOf)[0]).toContain('"mended":true');
    expect(t.sinks.splunk.rows).toEqual([]);
    expect(await t.left()).toEqual([]);
  });

  it('says of letters that two people send at once that they may have arrived twice', async () => {
    const t = setUp();
    for (const n of [1, 2]) await t.deps.deadLetters.put(letter(n));
    const both = await Promise.all([t.run(), t.run()]);
    expect([...t.sinks.hook.rows].sort()).toEqual([1, 1, 2, 2]);
    expect(
      both
        .flat()
        .map(({ result }) => result)
        .sort(),
    ).toEqual(['accepted', 'accepted', 'sent_too', 'sent_too']);
  });

  it('tells of each letter that was sent, and which of them could not be removed, before it throws', async () => {
    const t = setUp();
    for (let n = 0; n < 20; n++) await t.deps.deadLetters.put(letter(n));
    const { deadLetters } = t.deps;
    let failing: string | undefined;
    const deps: RedriveDeps = {
      ...t.deps,
      deadLetters: {
        ...deadLetters,
        async remove(name, etag) {
          failing ??= name;
          if (name === failing) throw new DeadLetterError('storage_unavailable', 'no answer');
          return await deadLetters.remove(name, etag);
        },
      },
    };
    const results: string[] = [];
    const run = async () => {
      const options = { asStored: false, stop: t.stop.signal, groupOf: 10 };
      for await (const { result } of redrive(deps, deadLetters.list(), options)) results.push(result);
    };
    await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(results.sort()).toEqual([...Array.from({ length: 9 }, () => 'accepted'), 'not_removed']);
    // Letters behind the group would be sent and not removed, too.
    expect(t.sinks.hook.rows).toHaveLength(10);
    expect(await t.left()).toHaveLength(11);
  });

  it('sends the stored payload, named as it was', async () => {
    const t = setUp();
    await t.deps.deadLetters.put(letter(1, { rule: 'lolbin' }));
    expect(await t.run(true)).toMatchObject([{ result: 'accepted' }]);
    const [item] = t.sinks.hook.batches[0]?.items ?? [];
    expect(item?.bytes).toBe(9);
    expect(item && payloadOf(item)).toBe('payload 1');
    expect(item?.head).toMatchObject({
      id: letter(1).id,
      time: '2026-11-23T07:00:00.1234567Z',
      rule: { title: 'lolbin' },
      source: { blob: BLOB, offset: 1000 },
    });
    const { payload: _, ...bare } = letter(2);
    await t.deps.deadLetters.put(bare);
    expect(await t.run(true)).toMatchObject([{ result: 'no_payload' }]);
  });

  it('keeps what is still refused, alone', async () => {
    const t = setUp();
    for (let n = 0; n < 30; n++) await t.deps.deadLetters.put(letter(n));
    t.sinks.hook.behave = ({ items }) => {
      if (items.some((each) => numberOf(each) === 7)) throw new RowsRefusedError('rows_refused', 'still no');
    };
    const outcomes = await t.run();
    expect(outcomes.filter(({ result }) => result === 'accepted')).toHaveLength(29);
    expect(outcomes.filter(({ result }) => result !== 'accepted')).toMatchObject([
      { result: 'refused', code: 'rows_refused', message: 'still no', letter: { offset: 7000 } },
    ]);
    expect(await t.left()).toEqual(['hook: rows_refused']);
  });

  it('takes the refusal of all for what it is: refusals of rows', async () => {
    const t = setUp();
    for (let n = 0; n < 30; n++) await t.deps.deadLetters.put(letter(n));
    t.sinks.hook.behave = () => {
      throw new RowsRefusedError('rows_refused', 'still no');
    };
    const outcomes = await t.run();
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['refused']));
    expect(await t.left()).toHaveLength(30);
  });

  it('leaves a destination that is down alone after a few failures', async () => {
    const t = setUp();
    for (let n = 0; n < 120; n++) await t.deps.deadLetters.put(letter(n));
    await t.deps.deadLetters.put(letter(500, { destination: 'splunk' }));
    let tries = 0;
    t.sinks.hook.behave = () => {
      tries++;
      throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    const outcomes = await t.run();
    expect(outcomes.filter(({ result }) => result === 'down')).toHaveLength(120);
    expect(outcomes.find(({ result }) => result === 'accepted')?.letter.destination).toBe('splunk');
    // One batch, and some of its rows alone.
    expect(tries).toBe(6);
    expect(await t.left()).toHaveLength(120);
  });

  it('does not send what the rules no longer route there', async () => {
    const filtered = setUp(() => ({ kind: 'filtered', filter: 'noise' }));
    await filtered.deps.deadLetters.put(letter(1));
    expect(await filtered.run()).toMatchObject([{ result: 'not_routed', message: 'filtered: noise' }]);
    const elsewhere = setUp((each) => ({
      kind: 'forwarded',
      event: each.properties,
      routes: [{ to: 'splunk' }],
    }));
    await elsewhere.deps.deadLetters.put(letter(1));
    expect(await elsewhere.run()).toMatchObject([{ result: 'not_routed' }]);
    expect(await elsewhere.left()).toHaveLength(1);
    expect(elsewhere.sinks.splunk.rows).toEqual([]);
  });

  it('sends the alert that was refused, not the event beside it', async () => {
    const t = setUp((each) => ({
      kind: 'forwarded',
      event: each.properties,
      routes: [{ to: 'hook' }, { to: 'hook', severity: 'high', rule: { title: 'lolbin', id: 'r1' } }],
    }));
    await t.deps.deadLetters.put(letter(1, { rule: 'r1' }));
    expect(await t.run()).toMatchObject([{ result: 'accepted' }]);
    expect(t.sinks.hook.batches.flatMap(({ items }) => items)).toHaveLength(1);
    expect(t.sinks.hook.batches[0]?.items[0]?.head.rule?.id).toBe('r1');
  });

  it('sends a row that can be read now to all its destinations', async () => {
    const t = setUp();
    const {
      destination: _,
      payload: __,
      id: ___,
      table: ____,
      ...rest
    } = letter(1, { reason: 'row_too_large' });
    await t.deps.deadLetters.put({ ...rest, destination: undefined });
    t.sinks.hook.behave = () => {
      throw new RowsRefusedError('too_large', 'too long for me');
    };
    expect(await t.run()).toMatchObject([{ result: 'accepted' }]);
    expect(t.sinks.splunk.rows).toEqual([1]);
    expect(await t.left()).toEqual(['hook: too_large']);
  });

  it('keeps an unreadable row while one of its destinations is down', async () => {
    const t = setUp();
    await t.deps.deadLetters.put(letter(1, { destination: undefined, reason: 'row_too_large' }));
    t.sinks.hook.behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    expect(await t.run()).toMatchObject([{ result: 'down', code: 'not_authorized' }]);
    expect(await t.left()).toEqual(['undefined: row_too_large']);
  });

  it('keeps what still cannot be read', async () => {
    const t = setUp();
    await t.deps.deadLetters.put(
      letter(1, { destination: undefined, reason: 'not_json', row: Buffer.from('{"a') }),
    );
    expect(await t.run()).toMatchObject([{ result: 'unreadable', code: 'not_json' }]);
  });

  it('keeps what is for a destination that is no more', async () => {
    const t = setUp();
    await t.deps.deadLetters.put(letter(1, { destination: 'old' }));
    expect(await t.run()).toMatchObject([{ result: 'no_destination' }]);
    expect(await t.left()).toHaveLength(1);
  });

  it('keeps a letter that was stored again while it was sent', async () => {
    const t = setUp();
    await t.deps.deadLetters.put(letter(1));
    t.sinks.hook.behave = () => t.deps.deadLetters.put(letter(1, { message: 'again' }));
    expect(await t.run()).toMatchObject([{ result: 'stored_again' }]);
    expect(await t.left()).toHaveLength(1);
  });

  it('passes over a letter that is gone', async () => {
    const t = setUp();
    await t.deps.deadLetters.put(letter(1));
    const { deadLetters } = t.deps;
    const deps = { ...t.deps, deadLetters: { ...deadLetters, get: async () => undefined } };
    const outcomes = [];
    for await (const each of redrive(deps, deadLetters.list(), { asStored: false, stop: t.stop.signal })) {
      outcomes.push(each);
    }
    expect(outcomes).toMatchObject([{ result: 'gone' }]);
  });

  it('ends after the group it is at when it is stopped', async () => {
    const t = setUp();
    for (let n = 0; n < 250; n++) await t.deps.deadLetters.put(letter(n));
    let seen = 0;
    for await (const _ of redrive(t.deps, t.deps.deadLetters.list(), {
      asStored: false,
      stop: t.stop.signal,
    })) {
      if (++seen === 1) t.stop.abort();
    }
    expect(seen).toBe(100);
    expect(await t.left()).toHaveLength(150);
  });
});

import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../../lab/delivery.ts';
import type { DeadLetter } from '../../../src/delivery/dead-letters.ts';
import { DeadLetterError } from '../../../src/delivery/dead-letters.ts';
import { RetryableError, RowsRefusedError } from '../../../src/destinations/errors.ts';
import { retryIsolated } from '../../../src/relay/dead-letters/retry-isolated.ts';
import { MINUTE, relay, row } from '../harness.ts';

function letter(n: number, next: number, table = 'DeviceEvents'): DeadLetter {
  const bytes = Buffer.from(row(n));
  return {
    destination: 'hook',
    reason: 'server_error',
    message: 'answered 500',
    source: { blob: 'container/blob', offset: n * 1_000 },
    length: bytes.length,
    row: bytes,
    payload: `row ${n}`,
    id: `id ${n}`,
    table,
    isolating: { since: next, tries: 0, next },
  };
}

/** A relay with isolated rows, each due one millisecond after the one before it. */
async function setUp(count: number) {
  const r = relay(['hook']);
  const begin = r.clock.now() - count;
  for (let n = 0; n < count; n++) await r.deadLetters.put(letter(n, begin + n));
  const target = r.deps.destinations.get('hook');
  if (!target) throw new Error('no hook');
  const sent: string[] = [];
  return {
    r,
    target,
    sent,
    behave(make: () => Error | undefined) {
      r.sink('hook').behave = ({ items }) => {
        sent.push(...items.map(payloadOf));
        const error = make();
        if (error) throw error;
      };
    },
    retry: (most?: number) => retryIsolated(r.deps, target, r.stop.signal, most),
  };
}

describe('isolated rows', () => {
  it('have their turn in the order in which they are due, whatever their names', async () => {
    const { behave, retry, sent } = await setUp(2_100);
    behave(() => undefined);
    expect(await retry(8)).toBe(2_092);
    expect(sent.toSorted()).toEqual(['row 0', 'row 1', 'row 2', 'row 3', 'row 4', 'row 5', 'row 6', 'row 7']);
  });

  it('that fail once more are few requests in one pass, and the others are tried in the next', async () => {
    const { behave, retry, sent, r } = await setUp(150);
    behave(() => new RowsRefusedError('rows_refused', 'answered 400'));
    await retry();
    expect(sent.length).toBeLessThanOrEqual(104);
    r.clock.advance(1_000);
    await retry();
    expect(new Set(sent).size).toBe(150);
  });

  it('are left alone for the rest of a pass where their destination asks for fewer requests', async () => {
    const { behave, retry, sent } = await setUp(50);
    behave(() => new RetryableError('throttled', 'answered 429', { retryAfterMs: 60_000 }));
    expect(await retry()).toBe(50);
    expect(sent.length).toBeLessThanOrEqual(4);
  });

  it('are not tried while their table is held, nor between two of its probes, and those of other tables are', async () => {
    const { behave, retry, sent, r, target } = await setUp(5);
    await r.deadLetters.put(letter(9, r.clock.now(), 'DeviceInfo'));
    behave(() => new RowsRefusedError('rows_refused', 'answered 422'));
    await target.holds.failed('DeviceEvents', { code: 'rows_refused', message: 'answered 422' });
    for (let minutes = 0; minutes < 60; minutes++) {
      r.clock.advance(MINUTE);
      await retry();
    }
    expect(new Set(sent)).toEqual(new Set(['row 9']));
    expect((await r.letters()).length).toBe(6);
    await target.holds.accepted('DeviceEvents');
    behave(() => undefined);
    await retry();
    expect(sent).toEqual(expect.arrayContaining(['row 0', 'row 1', 'row 2', 'row 3', 'row 4']));
  });

  it('wait for no letter that is damaged', async () => {
    const { behave, retry, sent, r } = await setUp(6);
    behave(() => undefined);
    const { get } = r.deadLetters;
    let isFirst = true;
    Object.assign(r.deadLetters, {
      async get(...args: Parameters<typeof get>) {
        if (isFirst) {
          isFirst = false;
          throw new DeadLetterError('dead_letter_unreadable', 'not JSON');
        }
        return get(...args);
      },
    });
    expect(await retry()).toBe(1);
    expect(sent).toHaveLength(5);
  });

  it('are tried where their destination went out of service and no blob has rows that wait for it', async () => {
    const { behave, retry, sent, r, target } = await setUp(1);
    behave(() => new RetryableError('server_error', 'answered 500'));
    await target.breaker.failed({ code: 'server_error', message: 'answered 500' });
    for (let minutes = 0; minutes < 60; minutes++) {
      r.clock.advance(MINUTE);
      await retry();
    }
    // Once a minute at most, and no try counts.
    expect(sent.length).toBeGreaterThan(5);
    expect(sent.length).toBeLessThanOrEqual(60);
    expect((await r.letters()).length).toBe(1);
    behave(() => undefined);
    r.clock.advance(2 * MINUTE);
    await retry();
    expect(await r.letters()).toEqual([]);
    expect(target.breaker.record).toBeUndefined();
  });
});

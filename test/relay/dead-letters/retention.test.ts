import { describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../../src/delivery/dead-letters.ts';
import { expireOnce } from '../../../src/relay/dead-letters/retention.ts';
import { MINUTE, relay, row } from '../harness.ts';

const DAY = 24 * 60 * MINUTE;

function letter(n: number, more: Partial<DeadLetter> = {}): DeadLetter {
  const bytes = Buffer.from(row(n));
  return {
    destination: 'hook',
    reason: 'rows_refused',
    message: 'answered 400',
    source: { blob: 'container/blob', offset: n * 1_000 },
    length: bytes.length,
    row: bytes,
    id: `id ${n}`,
    ...more,
  };
}

/** A relay with three letters of today, one of them isolated, and one of a destination that is gone. */
async function setUp() {
  const r = relay(['hook']);
  const since = r.clock.now();
  await r.deadLetters.put(letter(1));
  await r.deadLetters.put(letter(2, { isolating: { since, tries: 0, next: since } }));
  await r.deadLetters.put(letter(3, { destination: 'gone' }));
  await r.deadLetters.put(letter(4, { destination: undefined }));
  const offsets = async () => {
    const found: number[] = [];
    for (const isolating of [false, true]) {
      for await (const each of r.deadLetters.list({ isolating })) found.push(each.offset / 1_000);
    }
    return found.sort();
  };
  return {
    r,
    offsets,
    pass: (days: number | undefined, most?: number) =>
      expireOnce(r.deps, days && days * DAY, r.stop.signal, most),
  };
}

describe('dead letters', () => {
  it('are kept where relay.yaml names no retention', async () => {
    const { r, offsets, pass } = await setUp();
    r.clock.advance(5_000 * DAY);
    await pass(undefined);
    expect(await offsets()).toEqual([1, 2, 3, 4]);
  });

  it('are removed when they are older, whoever refused them, but not while they are tried again', async () => {
    const { r, offsets, pass } = await setUp();
    r.clock.advance(20 * DAY);
    await r.deadLetters.put(letter(5));
    await r.deadLetters.put(letter(1));
    r.clock.advance(11 * DAY);
    await pass(30);
    expect(await offsets()).toEqual([1, 2, 5]);
    expect(r.metrics.counter('xdr_relay_dead_letters_expired_total')).toBe(2);
  });

  it('are looked at by one consumer, four times a day', async () => {
    const { r, offsets, pass } = await setUp();
    await pass(30);
    r.clock.advance(31 * DAY);
    const claim = await r.deps.checkpoints.claim({
      account: r.deps.blobs.account,
      container: 'retention',
      name: 'dead-letters',
    });
    await pass(30);
    expect(await offsets()).toHaveLength(4);
    await claim?.release();
    await pass(30);
    expect(await offsets()).toEqual([2]);
    await r.deadLetters.put(letter(6));
    r.clock.advance(5 * 60 * MINUTE);
    await pass(0.1);
    expect(await offsets()).toEqual([2, 6]);
    r.clock.advance(60 * MINUTE);
    await pass(0.1);
    expect(await offsets()).toEqual([2]);
  });

  it('that are too many for one pass are removed in the next, at once', async () => {
    const { r, offsets, pass } = await setUp();
    r.clock.advance(31 * DAY);
    await pass(30, 2);
    expect(await offsets()).toHaveLength(2);
    await pass(30, 2);
    expect(await offsets()).toEqual([2]);
  });
});

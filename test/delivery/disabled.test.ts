/** A destination that has refused everything for too long is disabled: it is not probed until somebody enables it. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { Breaker } from '../../src/delivery/breaker.ts';
import { enableDestination } from '../../src/relay/status/service.ts';

const HOUR = 3_600_000;
const REFUSED = { code: 'not_authorized', message: 'wrong token', isPermanent: true } as const;
const BUSY = { code: 'busy', message: 'later' } as const;

function two(disableAfterMs: number | undefined = 2 * HOUR) {
  const clock = new FakeClock(1_000_000_000);
  const documents = createMemoryStateDocuments();
  const made = () =>
    new Breaker('hook', {
      documents,
      clock,
      logger: silentLogger,
      metrics: recordingMetrics(),
      disableAfterMs,
    });
  return { clock, documents, made, one: made(), other: made() };
}

/** Probes as often as the breaker permits, each with `failure`, until it is disabled or `ms` have gone. Returns how often. */
async function probed(
  breaker: Breaker,
  clock: FakeClock,
  ms: number,
  failure: typeof REFUSED | typeof BUSY = REFUSED,
) {
  const end = clock.now() + ms;
  let probes = 0;
  while (clock.now() < end && !breaker.isDisabled) {
    const until = await breaker.admit();
    if (until !== undefined) {
      clock.advance(Math.max(1_000, until - clock.now()));
      continue;
    }
    probes += 1;
    await breaker.failed(failure);
  }
  return probes;
}

describe('a destination that refuses everything', () => {
  it('is disabled after the set time, and no consumer asks it any more', async () => {
    const { clock, one, other } = two();
    const since = clock.now();
    await probed(one, clock, 10 * HOUR);
    expect(one.record?.disabledAt).toBe(clock.now());
    const after = clock.now() - since;
    expect(after).toBeGreaterThanOrEqual(2 * HOUR);
    expect(after).toBeLessThan(2.2 * HOUR);
    await other.refresh();
    for (let n = 0; n < 500; n++) {
      clock.advance(HOUR);
      for (const breaker of [one, other]) expect(await breaker.admit()).toBeGreaterThan(clock.now());
    }
  });

  it('is tried again by all when it was enabled, and gets the whole time anew', async () => {
    const { clock, documents, one, other } = two();
    await probed(one, clock, 10 * HOUR);
    await other.refresh();
    expect(await enableDestination(documents, 'hook')).toBe(true);
    expect(await enableDestination(documents, 'hook')).toBe(false);
    for (const breaker of [one, other]) {
      await breaker.refresh();
      expect(await breaker.admit()).toBeUndefined();
    }
    const since = clock.now();
    await probed(one, clock, 10 * HOUR);
    expect(clock.now() - since).toBeGreaterThanOrEqual(2 * HOUR);
  });

  it('stays enabled though a request fails that a consumer had begun before it knew', async () => {
    const { clock, documents, made, one, other } = two();
    await probed(one, clock, 10 * HOUR);
    await other.refresh();
    await enableDestination(documents, 'hook');
    await other.failed(REFUSED);
    for (const breaker of [other, made()]) {
      await breaker.refresh();
      expect([breaker.isOpen, breaker.isDisabled]).toEqual([true, false]);
    }
  });

  it('stays disabled though a request fails that a consumer had begun before it knew', async () => {
    for (const failure of [REFUSED, BUSY]) {
      const { clock, made, one, other } = two();
      while (!one.isDisabled) {
        await other.refresh();
        await probed(one, clock, 60_000);
      }
      expect(other.isDisabled).toBe(false);
      clock.advance(1_000);
      await other.failed(failure);
      for (const breaker of [one, other, made()]) {
        await breaker.refresh();
        expect(breaker.isDisabled).toBe(true);
      }
    }
  });

  it('is enabled by new settings', async () => {
    const { clock, one, made } = two();
    await probed(one, clock, 10 * HOUR);
    const changed = made();
    await changed.reconsider();
    expect(changed.isDisabled).toBe(false);
    expect(await changed.admit()).toBeUndefined();
    await changed.failed(REFUSED);
    expect(changed.isDisabled).toBe(false);
  });

  it('is not disabled while it also fails in ways that pass', async () => {
    const { clock, one } = two();
    for (let n = 0; n < 30; n++) {
      await probed(one, clock, HOUR);
      await probed(one, clock, 20 * 60_000, BUSY);
    }
    expect(one.isDisabled).toBe(false);
  });

  it.each([
    ['never disabled', undefined, REFUSED],
    ['never disabled for being busy', 2 * HOUR, BUSY],
  ])('is %s', async (_, after, failure) => {
    const { clock, documents, made } = two();
    const breaker =
      after === undefined
        ? new Breaker('hook', { documents, clock, logger: silentLogger, metrics: recordingMetrics() })
        : made();
    expect(await probed(breaker, clock, 100 * HOUR, failure)).toBeGreaterThan(1_000);
    expect(breaker.isDisabled).toBe(false);
  });

  it('is not disabled by a clock that jumps by days', async () => {
    const { clock, documents, one } = two(24 * HOUR);
    await one.failed(REFUSED);
    const ahead = new FakeClock(clock.now() + 90 * 24 * HOUR);
    const other = new Breaker('hook', {
      documents,
      clock: ahead,
      logger: silentLogger,
      metrics: recordingMetrics(),
      disableAfterMs: 24 * HOUR,
    });
    await other.refresh();
    await probed(other, ahead, 4 * HOUR);
    expect(other.isDisabled).toBe(false);
    await one.refresh();
    await probed(one, clock, 4 * HOUR);
    expect(one.isDisabled).toBe(false);
  });
});

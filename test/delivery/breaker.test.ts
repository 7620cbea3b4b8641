import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { CheckpointError } from '../../src/checkpoints/errors.ts';
import { Breaker } from '../../src/delivery/breaker.ts';

const refusal = { code: 'not_authorized', message: 'wrong token' } as const;

function consumers(count: number) {
  const clock = new FakeClock(1_000_000);
  const documents = createMemoryStateDocuments();
  const metrics = recordingMetrics();
  const deps = { documents, clock, logger: silentLogger, metrics };
  return {
    clock,
    documents,
    metrics,
    breakers: Array.from({ length: count }, () => new Breaker('splunk', deps)),
  };
}

function pair() {
  const made = consumers(2);
  const [one, two] = made.breakers;
  if (!one || !two) throw new Error('two breakers');
  return { ...made, one, two };
}

describe('Breaker', () => {
  it('opens at the first failure and waits longer after each further one', async () => {
    const { clock, one } = pair();
    expect(await one.admit()).toBeUndefined();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      await one.failed(refusal);
      const until = (await one.admit()) ?? 0;
      waits.push((until - clock.now()) / 1000);
      clock.advance(until - clock.now());
      expect(await one.admit()).toBeUndefined();
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('counts sends that fail together as one failure', async () => {
    const { one } = pair();
    await Promise.all([one.failed(refusal), one.failed(refusal), one.failed(refusal)]);
    expect(one.record).toMatchObject({ failures: 1 });
  });

  it('waits for as long as the destination asks', async () => {
    const { clock, one } = pair();
    await one.failed({ ...refusal, retryAfterMs: 600_000 });
    expect(await one.admit()).toBe(clock.now() + 600_000);
  });

  it('waits no longer than its cap, whatever the destination asks', async () => {
    const { clock, one } = pair();
    await one.failed({ ...refusal, retryAfterMs: 24 * 3_600_000 });
    expect(await one.admit()).toBe(clock.now() + 15 * 60_000);
  });

  it('is believed up to the longest wait only where another consumer has a clock a day ahead', async () => {
    const { clock, documents, one, two } = pair();
    await one.failed(refusal);
    const stored = await documents.get('breakers/splunk');
    const record = { ...one.record, openUntil: clock.now() + 24 * 3_600_000 };
    await documents.put('breakers/splunk', JSON.parse(JSON.stringify(record)), stored?.etag);
    // Looks again and again do not move it on.
    for (let looks = 0; looks < 20; looks++) {
      await two.refresh();
      clock.advance(60_000);
    }
    await two.refresh();
    expect(await two.admit()).toBeUndefined();
  });

  it('is believed for as long as was meant where another consumer has a clock a day ahead', async () => {
    const { clock, documents, two } = pair();
    const ahead = new FakeClock(clock.now() + 24 * 3_600_000);
    const one = new Breaker('splunk', {
      documents,
      clock: ahead,
      logger: silentLogger,
      metrics: recordingMetrics(),
    });
    await one.failed(refusal);
    const pause = (one.record?.openUntil ?? 0) - ahead.now();
    await two.refresh();
    expect(await two.admit()).toBe(clock.now() + pause);
    clock.advance(pause);
    expect(await two.admit()).toBeUndefined();
    // Its probe is another moment by that clock.
    expect(await one.admit()).not.toBeUndefined();
  });

  it('waits no longer than twice what was meant where its own clock is set back', async () => {
    const { clock, documents, metrics } = consumers(0);
    let off = 0;
    const stepped = {
      now: () => clock.now() + off,
      monotonic: () => clock.monotonic(),
      sleep: (ms: number) => clock.sleep(ms),
      after: (ms: number, work: () => void) => clock.after(ms, work),
    };
    const breaker = new Breaker('splunk', { documents, clock: stepped, logger: silentLogger, metrics });
    await breaker.failed(refusal);
    const pause = (breaker.record?.openUntil ?? 0) - clock.now();
    off = -7 * 60_000;
    expect((breaker.record?.openUntil ?? 0) - (clock.now() + off)).toBe(pause);
    clock.advance(pause);
    // The document still has the moment of before: read once more, it counts once more.
    expect(await breaker.admit()).toBe(clock.now() + off + pause);
    clock.advance(pause);
    expect(await breaker.admit()).toBeUndefined();
  });

  it('is believed no longer by a process that starts anew at each look', async () => {
    const { clock, documents, metrics } = consumers(0);
    const record = {
      failures: 1,
      since: 0,
      code: 'x',
      message: 'x',
      openUntil: clock.now() + 24 * 3_600_000,
    };
    await documents.put('breakers/splunk', record, undefined);
    let admitted: number | undefined = 0;
    for (let looks = 0; looks < 20 && admitted !== undefined; looks++) {
      const breaker = new Breaker('splunk', { documents, clock, logger: silentLogger, metrics });
      await breaker.refresh();
      admitted = await breaker.admit();
      clock.advance(60_000);
    }
    expect(admitted).toBeUndefined();
  });

  it('closes for all when a person resets it', async () => {
    const { documents, one, two } = pair();
    await one.failed(refusal);
    await two.refresh();
    await documents.remove('breakers/splunk');
    for (const breaker of [one, two]) {
      await breaker.refresh();
      expect(await breaker.admit()).toBeUndefined();
    }
  });

  it('tells the other consumers, and lets one of them all try', async () => {
    const { clock, one, two } = pair();
    await one.failed(refusal);
    await two.refresh();
    expect(await two.admit()).toBe(clock.now() + 5_000);

    clock.advance(5_001);
    const admitted = await Promise.all([one.admit(), two.admit()]);
    expect(admitted.filter((until) => until === undefined)).toHaveLength(1);
  });

  it('closes for all when one gets through', async () => {
    const { clock, one, two } = pair();
    await one.failed(refusal);
    await two.refresh();
    clock.advance(5_001);
    expect(await two.admit()).toBeUndefined();
    await two.succeeded();
    await one.refresh();
    expect(await one.admit()).toBeUndefined();
    expect(one.record).toBeUndefined();
    expect(one.isOpen).toBe(false);
  });

  it('lets another try at once when a probe brought no answer', async () => {
    const { clock, one, two } = pair();
    await one.failed(refusal);
    clock.advance(5_001);
    expect(await one.admit()).toBeUndefined();
    await one.endProbe();
    await two.refresh();
    expect(await two.admit()).toBeUndefined();
    expect(two.record).toMatchObject({ failures: 1 });
  });

  it('lets another try after 20 seconds when a probe never ended', async () => {
    const { clock, one, two } = pair();
    await one.failed(refusal);
    clock.advance(5_001);
    expect(await one.admit()).toBeUndefined();
    await two.refresh();
    for (let looked = 0; looked < 4; looked++) {
      // There may be many who wait, and each has to try in turn: none waits for as long as a probe may take.
      expect(await two.admit()).toBe(clock.now() + 5_000);
      clock.advance(5_000);
    }
    expect(await two.admit()).toBeUndefined();
  });

  it('lets those whose rows have not failed yet try first', async () => {
    const { clock, one, two } = pair();
    await one.failed(refusal);
    await two.refresh();
    clock.advance(5_001);
    // Its row failed before; another cursor comes two seconds later.
    expect(await one.admit(5_000)).toBe(clock.now());
    clock.advance(2_000);
    expect(await two.admit()).toBeUndefined();
    clock.advance(20_000);
    // The probe of `two` never ended.
    await one.refresh();
    expect(await one.admit(5_000)).toBe(clock.now());
    clock.advance(5_000);
    expect(await one.admit(5_000)).toBeUndefined();
  });

  it('is not probed for a day because a clock that was off said so', async () => {
    const { clock, documents, one, two } = pair();
    await one.failed(refusal);
    const stored = await documents.get('breakers/splunk');
    await documents.put(
      'breakers/splunk',
      { ...one.record, probedUntil: clock.now() + 86_400_000 },
      stored?.etag,
    );
    await two.refresh();
    clock.advance(5_001);
    expect(await two.admit()).toBeUndefined();
  });

  it('counts what fails beside a probe as the same failure, and leaves the probe to its consumer', async () => {
    const { clock, one, two } = pair();
    await one.failed(refusal);
    await two.refresh();
    clock.advance(5_001);
    expect(await one.admit()).toBeUndefined();
    await two.refresh();
    await two.failed(refusal);
    expect(two.record).toMatchObject({ failures: 1 });
    await one.succeeded();
    await two.refresh();
    expect(await two.admit()).toBeUndefined();
  });

  it('goes by what it knows itself while the state cannot be shared', async () => {
    const { clock, documents, one } = pair();
    const down = () => Promise.reject(new CheckpointError('storage_unavailable', 'down'));
    Object.assign(documents, { get: down, put: down, remove: down });
    await one.failed(refusal);
    expect(await one.admit()).toBe(clock.now() + 5_000);
    clock.advance(5_001);
    expect(await one.admit()).toBeUndefined();
    await one.succeeded();
    expect(await one.admit()).toBeUndefined();
  });
});

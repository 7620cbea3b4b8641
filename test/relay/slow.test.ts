import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MINUTE, numbers, relay, row } from './harness.ts';

/** Something that is closed until it is opened. */
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => row(n, { fill: 'x'.repeat(20_000) })).join('');

describe('a destination that is slow', () => {
  it('neither holds the others back nor fills the memory, and gets everything once, by itself', async () => {
    const r = relay(['splunk', 'hook'], { bufferBytes: 200_000, visitMs: 1e9 });
    const { opened, open } = gate();
    r.sink('hook').behave = () => opened;
    r.append(rows(500));
    await r.notify();
    const working = r.work();
    for (let i = 0; i < 5_000 && r.sink('splunk').rows.length < 500; i++) {
      r.clock.advance(100);
      await turn();
    }
    expect(r.sink('splunk').rows).toEqual(numbers(0, 500));
    expect(r.sink('hook').rows).toEqual([]);
    // The visit ends though the request is still on its way, and what is new reaches the others.
    await working;
    r.append(row(500));
    await r.pass(10_000);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 501));
    expect(r.sink('hook').rows).toEqual([]);

    open();
    await r.pass(2 * MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 501));
    expect(r.sink('splunk').rows).toEqual(numbers(0, 501));
    expect((await r.checkpoint())?.destinations.hook).not.toHaveProperty('behind');
  });

  it('does not hold the others back where it alone had something to read', async () => {
    const r = relay(['splunk', 'hook']);
    r.append(row(0));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0]);
    const stored = await r.checkpoints.load(r.ref);
    if (!stored) throw new Error('no checkpoint');
    const { next: _, ...checkpoint } = stored.checkpoint;
    const { splunk } = checkpoint.destinations;
    if (!splunk) throw new Error('no cursor');
    await r.checkpoints.save(r.ref, { ...checkpoint, destinations: { splunk } }, stored.etag);
    const { opened, open } = gate();
    r.sink('hook').behave = () => opened;
    await r.notify();
    const hanging = r.work();
    for (let second = 0; second < 60; second++) {
      if (second === 5) {
        r.append(row(1));
        await r.notify();
      }
      r.clock.advance(1_000);
      for (let n = 0; n < 20; n++) await turn();
      void r.work();
    }
    expect(r.sink('splunk').rows).toEqual([0, 1]);
    open();
    await hanging;
    await r.pass(2 * MINUTE);
    expect(r.sink('hook').rows).toEqual([0, 0, 1]);
  });

  it('alone is waited for: nothing is read ahead of it', async () => {
    const r = relay(['hook'], { bufferBytes: 200_000 });
    const { opened, open } = gate();
    r.sink('hook').behave = () => opened;
    r.append(rows(500));
    await r.notify();
    const working = r.work();
    for (let i = 0; i < 200; i++) {
      r.clock.advance(100);
      await turn();
    }
    // One page of the blob is read, and no second one.
    expect(r.metrics.counter('xdr_relay_rows_total')).toBeLessThan(500);
    open();
    await working;
    await r.pass(MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 500));
  });
});

describe('a destination that is out of service, with few rows', () => {
  it('keeps pace in the blobs that have none for it', async () => {
    const r = relay(['splunk', 'slack']);
    const down = { code: 'not_authorized', message: 'no' } as const;
    await r.deps.destinations.get('slack')?.breaker.failed(down);
    const other = { ...r.ref, name: r.ref.name.replace('h=07', 'h=08') };
    r.append(row(1, { drop: true }));
    r.append(row(1, { drop: true }) + row(2), other.name);
    for (const blob of [r.ref, other]) await r.notify(blob);
    await r.work();
    expect(r.sink('splunk').rows).toEqual([2]);
    const quiet = (await r.checkpoint())?.destinations;
    expect(quiet?.slack).toMatchObject({ offset: quiet?.splunk?.offset });
    expect(quiet?.slack).not.toHaveProperty('behind');
    // Up to its first row.
    const waiting = (await r.checkpoint(other))?.destinations.slack;
    expect(waiting).toMatchObject({ offset: row(1, { drop: true }).length, behind: { attempts: 0 } });
    await r.pass(10_000);
    expect(r.sink('slack').rows).toEqual([2]);
  });

  it('is tried by a blob that has a row for it, however many others wait without one', async () => {
    const r = relay(['slack']);
    await r.deps.destinations.get('slack')?.breaker.failed({ code: 'not_authorized', message: 'no' });
    const blobs = Array.from({ length: 20 }, (_, n) => ({
      ...r.ref,
      name: r.ref.name.replace('h=07', `h=${n}`),
    }));
    for (const blob of blobs) {
      r.append(blob === blobs.at(-1) ? row(7) : row(1, { drop: true }), blob.name);
      await r.notify(blob);
    }
    await r.workTogether();
    expect(r.sink('slack').rows).toEqual([]);
    // The breaker's first pause is 5 s.
    for (let second = 0; second < 7; second++) {
      r.clock.advance(1_000);
      while ((await r.workTogether()) > 0);
    }
    expect(r.sink('slack').rows).toEqual([7]);
    expect(r.deps.destinations.get('slack')?.breaker.record).toBeUndefined();
  });
});

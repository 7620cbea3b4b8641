import { describe, expect, it } from 'vitest';
import { BlobError } from '../../src/blobs/errors.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { backfill } from '../../src/relay/discovery/backfill.ts';
import { queueReplay } from '../../src/relay/discovery/replay.ts';
import { sweep } from '../../src/relay/discovery/sweep.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { CONTAINER, HOUR, MINUTE, NAME, numbers, relay, row, rows } from './harness.ts';

const HOURS = 60 * MINUTE;
const never = new AbortController().signal;

type Relay = ReturnType<typeof relay>;

/** Lets calls for some blobs fail, and counts all of them. */
function breakBlobs(
  r: Relay,
  method: 'read' | 'stat',
  code: (name: string) => BlobError['code'] | undefined,
) {
  const calls = { failed: 0 };
  const whole = Reflect.get(r.blobs, method);
  const check = (name: string) => {
    const found = code(name);
    if (found === undefined) return;
    calls.failed += 1;
    throw new BlobError(found, `Cannot ${method} ${name}`);
  };
  Object.assign(r.blobs, {
    [method]:
      method === 'stat'
        ? async (...args: [{ name: string }]) => {
            check(args[0].name);
            return Reflect.apply(whole, r.blobs, args);
          }
        : async function* (...args: [{ name: string }]) {
            check(args[0].name);
            yield* Reflect.apply(whole, r.blobs, args);
          },
  });
  return calls;
}

describe('a blob that cannot be read', () => {
  it.each(['blob_archived', 'blob_unreadable', 'blob_forbidden'] as const)(
    '(%s) is tried later and later, and read once it can be',
    async (code) => {
      const r = relay();
      let isBroken = true;
      const calls = breakBlobs(r, 'read', () => (isBroken ? code : undefined));
      r.append(rows(0, 3));
      await r.notify();
      await r.work();
      expect((await r.checkpoint())?.hold).toMatchObject({
        code,
        failures: 1,
        until: r.clock.now() + MINUTE,
      });
      await r.pass(24 * HOURS, MINUTE);
      const pauses = code === 'blob_forbidden' ? 24 * 6 + 5 : 12;
      expect(calls.failed).toBeLessThanOrEqual(pauses);
      expect(calls.failed).toBeGreaterThan(pauses / 2);
      expect(r.metrics.counter('xdr_relay_blobs_held_total', { reason: code })).toBe(1);
      expect(await r.queue.depth()).toEqual({ ready: 1, poison: 0 });
      isBroken = false;
      await r.pass(7 * HOURS, MINUTE);
      for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 3));
      expect(await r.checkpoint()).not.toHaveProperty('hold');
      expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
    },
  );

  it('whose properties cannot be read either is held too, and read as an ordinary blob after', async () => {
    const r = relay();
    let isBroken = true;
    const calls = breakBlobs(r, 'stat', () => (isBroken ? 'blob_unreadable' : undefined));
    r.append(rows(0, 3));
    await r.notify();
    await r.pass(12 * HOURS, MINUTE);
    expect(calls.failed).toBeLessThan(15);
    expect(await r.queue.depth()).toEqual({ ready: 1, poison: 0 });
    isBroken = false;
    await r.pass(14 * HOURS, MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 3));
    expect(r.metrics.counter('xdr_relay_blobs_replaced_total')).toBe(0);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('because it is archived costs no read at all', async () => {
    const r = relay();
    r.append(rows(0, 3));
    r.blobs.archive(r.ref, true);
    const calls = breakBlobs(r, 'read', () => undefined);
    let reads = 0;
    const { read } = r.blobs;
    Object.assign(r.blobs, {
      read: (...args: Parameters<typeof read>) => {
        reads += 1;
        return read(...args);
      },
    });
    await r.notify();
    await r.pass(12 * HOURS, MINUTE);
    expect({ reads, ...calls }).toEqual({ reads: 0, failed: 0 });
    r.blobs.archive(r.ref, false);
    await r.pass(7 * HOURS, MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 3));
  });

  it('keeps one task for each cursor that reads on its own, and one read for all of them', async () => {
    const r = relay();
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(rows(0, 3));
    await r.notify();
    await r.pass(90 * MINUTE, MINUTE);
    await queueReplay(r.deps, r.ref, 'splunk');
    r.sink('hook').behave = () => {};
    let isBroken = true;
    const calls = breakBlobs(r, 'read', () => (isBroken ? 'blob_archived' : undefined));
    await r.pass(24 * HOURS, MINUTE);
    // Both come due in the same moment, and one may have begun before the other was told.
    expect(calls.failed).toBeLessThanOrEqual(24);
    expect(await r.queue.depth()).toEqual({ ready: 2, poison: 0 });
    isBroken = false;
    await r.pass(7 * HOURS, MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 3));
    expect(r.sink('splunk').rows).toEqual([...numbers(0, 3), ...numbers(0, 3)]);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('is left alone by notifications, growth and the sweep, which finds it again when its task was lost', async () => {
    const r = relay();
    let isBroken = true;
    const calls = breakBlobs(r, 'read', () => (isBroken ? 'blob_forbidden' : undefined));
    const sweepNow = () =>
      sweep(r.deps, { containerPrefix: 'insights-logs-', from: HOUR, to: r.clock.now() }, never);
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    for (let n = 3; n < 8; n++) {
      r.append(row(n));
      await r.notify();
      await r.work();
      expect(await sweepNow()).toMatchObject({ queued: 0 });
    }
    expect(calls.failed).toBe(1);
    r.clock.advance(MINUTE);
    for (const message of await r.queue.receive(32, 60)) await message.complete();
    expect(await sweepNow()).toMatchObject({ queued: 0 });
    r.clock.advance(6 * MINUTE);
    isBroken = false;
    expect(await sweepNow()).toMatchObject({ queued: 1 });
    await r.pass(5 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 8));
  });

  it('and is replaced by another one is read at once', async () => {
    const r = relay();
    r.append(rows(0, 3));
    r.blobs.archive(r.ref, true);
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    r.clock.advance(1_000);
    r.append(rows(10, 13));
    await r.notify();
    await r.work();
    expect(r.sink('hook').rows).toEqual(numbers(10, 13));
    expect(await r.checkpoint()).not.toHaveProperty('hold');
  });
});

describe('many blobs that cannot be read', () => {
  const names = Array.from({ length: 240 }, (_, n) => `tenantId=t/${hourFolder(HOUR)}m=00/PT1H_${n}.json`);

  it('cost a bounded number of calls, and none of them waits in a slot', async () => {
    const r = relay();
    const calls = breakBlobs(r, 'read', (name) => (name === NAME ? undefined : 'blob_archived'));
    let sleeps = 0;
    const { sleep } = r.clock;
    Object.assign(r.clock, {
      sleep: (ms: number, signal?: AbortSignal) => {
        sleeps += 1;
        return Reflect.apply(sleep, r.clock, [ms, signal]);
      },
    });
    for (const name of names) await r.notify(r.blobs.put(CONTAINER, name, Buffer.from(rows(0, 3))));
    r.append(rows(0, 3));
    await r.notify();
    while ((await r.work()) > 0);
    expect(calls.failed).toBe(names.length);
    // One for each claim that is kept, which ends with it, and one that bounds the visit that reads; the one that delivers waits for its
    // lanes besides.
    expect(sleeps).toBeLessThanOrEqual(2 * (names.length + 1) + 2);
    expect(r.sink('hook').rows).toEqual(numbers(0, 3));
    await r.pass(2 * HOURS, MINUTE);
    expect(calls.failed).toBeLessThanOrEqual(names.length * 7);
  });

  it('are passed over by a backfill, which says how many', async () => {
    const r = relay();
    for (const name of names.slice(0, 10)) {
      r.blobs.archive(r.blobs.put(CONTAINER, name, Buffer.from(rows(0, 3))), true);
    }
    // One that is known not to be readable, without being archived.
    breakBlobs(r, 'read', (name) => (name === NAME ? 'blob_unreadable' : undefined));
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    const options = { dryRun: false, queueLimit: 1000, signal: never };
    const range = { containerPrefix: 'insights-logs-advancedhunting-', from: 0, to: HOUR + HOURS };
    const before = await r.queue.depth();
    for (const destinations of [[], ['hook']]) {
      expect(await backfill(r.deps, { ...options, range, destinations })).toMatchObject({
        listed: 11,
        queued: 0,
        held: 11,
      });
    }
    expect(await r.queue.depth()).toEqual(before);
  });
});

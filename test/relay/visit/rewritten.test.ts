import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../../lab/delivery.ts';
import { DestinationRefusedError } from '../../../src/destinations/errors.ts';
import { queueReplay } from '../../../src/relay/discovery/replay.ts';
import { sweep } from '../../../src/relay/discovery/sweep.ts';
import { CONTAINER, MINUTE, numbers, relay, row, rows } from '../harness.ts';

const document = (from: number, to: number) =>
  Buffer.from(`{"records":[${rows(from, to).trim().split('\r\n').join(',')}]}`);
const lines = (from: number, to: number) => Buffer.from(rows(from, to));
const gzip = (from: number, to: number) => gzipSync(rows(from, to));

const NAMES = ['splunk', 'hook'];

/** A block blob of the rows 10 to 14, read whole. */
async function whole(make: (from: number, to: number) => Buffer, name = 'export.json') {
  const r = relay(NAMES);
  const ref = r.blobs.put(CONTAINER, name, make(10, 15));
  await r.notify(ref);
  await r.pass(MINUTE);
  for (const sink of NAMES) expect(r.sink(sink).rows).toEqual(numbers(10, 15));
  return { r, ref };
}

describe('content that was replaced under the same creation time', () => {
  const formats = { lines, document, gzip };
  const lengths = { shorter: 23, equal: 25, longer: 29 };
  const family = Object.entries(formats).flatMap(([format, make]) =>
    Object.entries(lengths).map(([length, to]) => [format, length, make, to] as const),
  );

  it.each(family)('is read from 0: %s, %s', async (_format, _length, make, to) => {
    const { r, ref } = await whole(make);
    r.blobs.rewrite(ref, make(20, to));
    await r.notify(ref);
    await r.pass(5 * MINUTE);
    for (const name of NAMES) {
      expect(r.sink(name).rows).toEqual([...numbers(10, 15), ...numbers(20, to)]);
    }
    expect(r.metrics.counter('xdr_relay_blobs_replaced_total')).toBe(1);
    expect(await r.letters()).toEqual([]);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('is told from content to which something was added', async () => {
    for (const make of [lines, document, gzip]) {
      const { r, ref } = await whole(make);
      r.blobs.rewrite(ref, make(10, 17));
      await r.notify(ref);
      await r.pass(5 * MINUTE);
      for (const name of NAMES) expect(r.sink(name).rows).toEqual(numbers(10, 17));
      expect(r.metrics.counter('xdr_relay_blobs_replaced_total')).toBe(0);
    }
  });

  it('is told from metadata that were written: one small read, and no more of them', async () => {
    const { r, ref } = await whole(lines);
    r.blobs.rewrite(ref, lines(10, 15));
    const { read } = r.blobs;
    const ranges: number[] = [];
    Object.assign(r.blobs, {
      read: (...args: Parameters<typeof read>) => {
        ranges.push(args[1].end - args[1].start);
        return read(...args);
      },
    });
    for (let times = 0; times < 3; times++) {
      await r.notify(ref);
      await r.pass(MINUTE);
    }
    expect(ranges).toEqual([rows(10, 15).length]);
    expect(r.sink('hook').rows).toEqual(numbers(10, 15));
  });

  it('is recognised where a lane was in the middle, and by a destination that reads on its own', async () => {
    const r = relay(NAMES);
    let isDown = false;
    r.sink('hook').behave = (batch) => {
      if (isDown || batch.items.some((item) => payloadOf(item).includes('"n":13,'))) {
        isDown = true;
        throw new DestinationRefusedError('not_authorized', 'no');
      }
    };
    const before = Array.from({ length: 9 }, (_, i) => row(10 + i, { x: 'y'.repeat(3000) })).join('');
    const after = Array.from({ length: 9 }, (_, i) => row(20 + i, { x: 'z'.repeat(3000) })).join('');
    const ref = r.blobs.put(CONTAINER, 'export.json', Buffer.from(before));
    await r.notify(ref);
    await r.work();
    expect(r.sink('hook').rows).toEqual([10, 11, 12]);
    r.blobs.rewrite(ref, Buffer.from(after));
    r.sink('hook').behave = () => {};
    await r.pass(15 * MINUTE);
    for (const name of NAMES) expect(new Set(r.sink(name).rows.slice(-9))).toEqual(new Set(numbers(20, 29)));
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('is recognised where a destination begins at 0 in the same visit', async () => {
    const { r, ref } = await whole(lines);
    const late = relay([...NAMES, 'late']);
    Object.defineProperty(r.deps, 'destinations', { value: late.deps.destinations });
    Object.assign(r.deps, { rules: late.deps.rules });
    r.blobs.rewrite(ref, lines(20, 29));
    await r.notify(ref);
    await r.pass(5 * MINUTE);
    for (const name of [...NAMES, 'late']) {
      expect(new Set(late.sink(name).rows)).toEqual(new Set(numbers(20, 29)));
    }
  });

  it('does not leave offsets behind by a visit that was reading the old content', async () => {
    const { r, ref } = await whole(lines);
    await queueReplay(r.deps, ref, 'hook');
    let isDone = false;
    r.sink('hook').behave = async () => {
      if (isDone) return;
      isDone = true;
      r.blobs.rewrite(ref, lines(20, 29));
      await r.notify(ref);
      await r.work();
    };
    await r.pass(5 * MINUTE);
    for (const name of NAMES) {
      expect(r.sink(name).rows).toEqual(expect.arrayContaining(numbers(20, 29)));
    }
    expect(Object.keys((await r.checkpoint(ref))?.destinations ?? {}).sort()).toEqual([...NAMES].sort());
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('is found by the sweep when its notification was lost, also at equal length', async () => {
    const { r, ref } = await whole(lines, 'tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json');
    await r.pass(90 * MINUTE, MINUTE);
    const range = {
      containerPrefix: 'insights-logs-',
      from: r.clock.now() - 180 * MINUTE,
      to: r.clock.now(),
    };
    const never = new AbortController().signal;
    expect(await sweep(r.deps, range, never)).toMatchObject({ listed: 1, queued: 0 });
    r.blobs.rewrite(ref, lines(20, 25));
    expect(await sweep(r.deps, range, never)).toMatchObject({ listed: 1, queued: 1 });
    await r.pass(90 * MINUTE, MINUTE);
    for (const name of NAMES) expect(r.sink(name).rows).toEqual([...numbers(10, 15), ...numbers(20, 25)]);
    expect(await sweep(r.deps, { ...range, to: r.clock.now() }, never)).toMatchObject({
      listed: 1,
      queued: 0,
    });
  });

  it('costs a look no further operation', async () => {
    const r = relay(['splunk']);
    const calls: string[] = [];
    for (const port of [r.blobs, r.checkpoints]) {
      for (const [name, method] of Object.entries(port)) {
        if (typeof method !== 'function') continue;
        Object.assign(port, {
          [name]: (...args: unknown[]) => {
            calls.push(name);
            return Reflect.apply(method, port, args);
          },
        });
      }
    }
    r.append(rows(0, 400));
    await r.notify();
    await r.work();
    r.append(row(400));
    calls.length = 0;
    await r.pass(5_000);
    expect(calls).toEqual(['claim', 'load', 'stat', 'read', 'save']);
  });
});

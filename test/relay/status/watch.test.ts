import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../lab/silent.ts';
import { BlobError } from '../../../src/blobs/errors.ts';
import { DestinationDownError } from '../../../src/delivery/errors.ts';
import { deletedOn } from '../../../src/relay/status/retention.ts';
import { type WatchOptions, watchOnce } from '../../../src/relay/status/watch.ts';
import { clearLoss, listLosses } from '../../../src/relay/visit/losses.ts';
import { CONTAINER, MINUTE, NAME, relay, rows } from '../harness.ts';

const HOURS = 60 * MINUTE;
const DAY = 24 * HOURS;
const GAUGE = 'xdr_relay_source_deleted_in_seconds';
const labels = { table: 'DeviceEvents' };
const never = new AbortController().signal;

function watch(r: ReturnType<typeof relay>, more: Partial<WatchOptions> = {}) {
  const options = {
    containerPrefix: 'insights-logs-',
    deletedOn: deletedOn({ retentionMs: 30 * DAY }),
    most: 100,
  };
  return watchOnce(r.deps, { ...options, ...more }, never);
}

const isDown = () => {
  throw new DestinationDownError('timeout', 'no answer');
};

/** Ten rows that hook has not got, and splunk has. */
async function behind() {
  const r = relay(['splunk', 'hook']);
  r.sink('hook').behave = isDown;
  r.append(rows(0, 10));
  await r.notify();
  await r.work();
  return r;
}

async function losses(r: ReturnType<typeof relay>) {
  const found = [];
  for await (const { loss } of listLosses(r.documents)) found.push(loss);
  return found;
}

describe('the watch over what is deleted', () => {
  it('says how long rows that are not delivered have, and that they have them no longer', async () => {
    const r = await behind();
    const appended = r.clock.now();
    r.clock.advance(29 * DAY);
    await watch(r);
    expect(r.metrics.gaugeValue(GAUGE, labels)).toBe((appended + 30 * DAY - r.clock.now()) / 1000);
    r.sink('hook').behave = () => {};
    await r.pass(2 * HOURS, 10 * MINUTE);
    await watch(r);
    expect(r.metrics.gaugeValue(GAUGE, labels)).toBe(Number.POSITIVE_INFINITY);
  });

  it('logs an error while less than three days are left', async () => {
    const r = await behind();
    const errors: unknown[] = [];
    Object.assign(r.deps, { logger: { ...silentLogger, error: (...line: unknown[]) => errors.push(line) } });
    r.clock.advance(26 * DAY);
    await watch(r);
    expect(errors).toEqual([]);
    r.clock.advance(2 * DAY);
    await watch(r);
    expect(errors).toMatchObject([
      [
        'Rows are not delivered, and their blob will be deleted soon',
        { table: 'deviceevents', destinations: ['hook'], deleted_in: '2d', blob: `${CONTAINER}/${NAME}` },
      ],
    ]);
  });

  it('looks once for all consumers, who learn what was found', async () => {
    const r = await behind();
    await watch(r);
    let listings = 0;
    const { list } = r.blobs;
    Object.assign(r.blobs, {
      list: (...args: Parameters<typeof list>) => {
        listings += 1;
        return list(...args);
      },
    });
    r.clock.advance(10 * MINUTE);
    await watch(r);
    expect(listings).toBe(0);
    expect(r.metrics.gaugeValue(GAUGE, labels)).toBeLessThan(30 * 86_400 - 600 + 1);
    r.clock.advance(HOURS);
    await watch(r);
    expect(listings).toBe(1);
  });

  it('costs two listings of a container, and reads one checkpoint, whether much waits or nothing', async () => {
    const r = relay(['splunk', 'hook']);
    for (const behave of [() => {}, isDown]) {
      r.sink('hook').behave = behave;
      for (let hour = 0; hour < 24; hour++) {
        const day = behave === isDown ? 25 : 24;
        const name = NAME.replace('d=23/h=07', `d=${day}/h=${String(hour).padStart(2, '0')}`);
        r.append(rows(0, 2), name);
        await r.notify({ ...r.ref, name });
        await r.pass(MINUTE, MINUTE);
      }
      if (behave !== isDown) await r.pass(2 * DAY, HOURS);
    }
    const calls: string[] = [];
    const counted = <A extends unknown[], T>(name: string, work: (...args: A) => T) => ({
      [name.split('.').at(-1) ?? '']: (...args: A) => {
        calls.push(name);
        return work(...args);
      },
    });
    const { blobs, checkpoints } = r;
    Object.assign(blobs, counted('blobs.list', blobs.list), counted('blobs.stat', blobs.stat));
    Object.assign(checkpoints, counted('checkpoints.list', checkpoints.list));
    Object.assign(checkpoints, counted('checkpoints.load', checkpoints.load));
    await watch(r);
    expect(calls.sort()).toEqual(['blobs.list', 'checkpoints.list', 'checkpoints.load']);
    expect(r.metrics.gaugeValue(GAUGE, labels)).toBeLessThan(30 * 86_400);
  });

  it('reports a blob that was deleted while nobody looked, once', async () => {
    const r = await behind();
    r.blobs.remove(r.ref);
    await watch(r);
    r.clock.advance(7 * HOURS);
    await watch(r);
    expect(await losses(r)).toMatchObject([
      { name: NAME, ranges: [{ destination: 'hook', from: 0, to: rows(0, 10).length }] },
    ]);
    expect(r.metrics.counter('xdr_relay_lost_blobs_total')).toBe(1);
  });

  it('does not report again what a person has cleared', async () => {
    const r = await behind();
    r.blobs.remove(r.ref);
    await watch(r);
    for await (const found of listLosses(r.documents)) await clearLoss(r.deps, found);
    r.clock.advance(7 * HOURS);
    await watch(r);
    expect(await losses(r)).toEqual([]);
  });

  it('reports no loss where everything was delivered before the blob was deleted', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.pass(2 * HOURS, MINUTE);
    r.blobs.remove(r.ref);
    await watch(r);
    expect(await losses(r)).toEqual([]);
  });

  it('still looks at the checkpoints of a container that is gone', async () => {
    const r = await behind();
    await watch(r);
    const containers = async function* () {};
    // biome-ignore lint/correctness/useYield: there is nothing to list
    const gone = async function* (): AsyncGenerator<never> {
      throw new BlobError('blob_gone', 'There is no container');
    };
    Object.assign(r.blobs, { containers, list: gone, stat: async () => undefined });
    r.clock.advance(7 * HOURS);
    await watch(r);
    expect(await losses(r)).toHaveLength(1);
  });

  it('does not let one container that cannot be listed keep it from the others', async () => {
    const r = await behind();
    r.blobs.createContainer('insights-logs-advancedhunting-aaa');
    const { list } = r.blobs;
    Object.assign(r.blobs, {
      list: (container: string, ...rest: [string]) => {
        if (container.endsWith('aaa')) throw new BlobError('blob_forbidden', '403');
        return list(container, ...rest);
      },
    });
    await watch(r);
    expect(r.metrics.gaugeValue(GAUGE, labels)).toBeGreaterThan(0);
    // What was never listed is not said to be free of risk.
    expect(r.metrics.gaugeValue(GAUGE, { table: 'aaa' })).toBeNaN();
  });

  it('gives up a container that hangs, and comes to the others', async () => {
    const r = await behind();
    r.blobs.createContainer('insights-logs-advancedhunting-aaa');
    const { list } = r.blobs;
    Object.assign(r.blobs, {
      async *list(container: string, ...rest: [string]) {
        if (container.endsWith('aaa')) await new Promise(() => {});
        yield* list(container, ...rest);
      },
    });
    for (let times = 0; times < 2; times++) {
      const watching = watch(r, { most: 1 });
      for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
      r.clock.advance(5 * MINUTE + 1);
      await watching;
    }
    expect(r.metrics.gaugeValue(GAUGE, labels)).toBeGreaterThan(0);
  });

  it('goes on with the next containers where it may look at few at a time', async () => {
    const r = await behind();
    r.blobs.createContainer('insights-logs-advancedhunting-aaa');
    for (let times = 0; times < 2; times++) await watch(r, { most: 1 });
    expect(r.metrics.series(GAUGE)).toHaveLength(2);
  });

  it('owes nothing of blobs before the start', async () => {
    const r = relay();
    r.append(rows(0, 10));
    r.clock.advance(HOURS);
    r.begin.start = { from: r.clock.now(), decidedOn: r.clock.now() };
    await watch(r);
    expect(r.metrics.gaugeValue(GAUGE, labels)).toBe(Number.POSITIVE_INFINITY);
  });
});

import { describe, expect, it } from 'vitest';
import { numberOf } from '../../lab/memory/sink.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { BlobError } from '../../src/blobs/errors.ts';
import { CheckpointError } from '../../src/checkpoints/errors.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Batch } from '../../src/destinations/port.ts';
import { sourceAccount } from '../../src/event-grid/source.ts';
import { sweep } from '../../src/relay/discovery/sweep.ts';
import { LagBook } from '../../src/relay/source/lag.ts';
import { handleMessage } from '../../src/relay/visit/consumer.ts';
import { CONTAINER, MINUTE, NAME, numbers, relay, row, rows } from './harness.ts';

/** Lets the named calls of a port fail for as long as the answer is true. */
function failing(port: object, method: string, when: () => boolean): void {
  const whole = Reflect.get(port, method).bind(port);
  Object.assign(port, {
    async [method](...args: unknown[]) {
      if (when()) throw new CheckpointError('storage_unavailable', 'not now');
      return whole(...args);
    },
  });
}

describe('checkpoints that cannot be written, while everything else works', () => {
  it('do not make tasks multiply', async () => {
    const r = relay();
    let isDown = false;
    failing(r.checkpoints, 'save', () => isDown);
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    isDown = true;
    await r.pass(12 * MINUTE);
    expect((await r.queue.depth()).ready).toBe(1);
    isDown = false;
    r.append(rows(3, 6));
    await r.pass(2 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 6));
    await r.pass(90 * MINUTE, MINUTE);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('do not make the tasks of a destination that is down multiply', async () => {
    const r = relay();
    let isDown = false;
    failing(r.checkpoints, 'save', () => isDown);
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    isDown = true;
    await r.pass(20 * MINUTE);
    expect((await r.queue.depth()).ready).toBe(2);
    isDown = false;
    r.sink('hook').behave = () => {};
    await r.pass(15 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 3));
  });
});

describe("a consumer that stands still before its last write, until its claim is another one's", () => {
  it('does not close the blob over the row that came meanwhile', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    r.clock.advance(80 * MINUTE);

    const { save, claim } = r.checkpoints;
    let isStill = false;
    Object.assign(r.checkpoints, {
      save: async (...args: Parameters<typeof save>) => {
        if (!isStill && args[1].closed) {
          isStill = true;
          r.append(row(3).trimEnd());
          Object.assign(r.checkpoints, {
            claim: async () => ({ durationMs: 30_000, renew: async () => {}, release: async () => {} }),
          });
          await r.notify();
          await r.work();
          Object.assign(r.checkpoints, { claim });
        }
        return save(...args);
      },
    });
    await r.work();
    expect(isStill).toBe(true);
    await r.pass(60 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual([0, 1, 2, 3]);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });
});

describe('the sweep', () => {
  const never = new AbortController().signal;
  const sweepNow = (r: ReturnType<typeof relay>) =>
    sweep(
      r.deps,
      { containerPrefix: 'insights-logs-', from: r.clock.now() - 60 * MINUTE, to: r.clock.now() },
      never,
    );

  it('goes on behind a checkpoint that cannot be read, and behind a container that cannot be listed', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 3), NAME.replace('tenantId=t', 'tenantId=a'));
    r.append(rows(3, 6));
    r.blobs.createContainer('insights-logs-a');
    const { load } = r.checkpoints;
    const { folders } = r.blobs;
    Object.assign(r.checkpoints, {
      load: async (...args: Parameters<typeof load>) => {
        if (args[0].name.startsWith('tenantId=a'))
          throw new CheckpointError('checkpoint_unreadable', 'not JSON');
        return load(...args);
      },
    });
    Object.assign(r.blobs, {
      async *folders(...args: Parameters<typeof folders>) {
        if (args[0] === 'insights-logs-a') throw new BlobError('blob_forbidden', 'no');
        yield* folders(...args);
      },
    });
    r.clock.advance(2 * MINUTE);
    expect(await sweepNow(r)).toMatchObject({ listed: 2, queued: 1 });
    await r.work();
    expect(r.sink('splunk').rows).toEqual([3, 4, 5]);
  });
});

describe('a consumer that has to be killed at each restart', () => {
  it('poisons no task', async () => {
    const r = relay(['splunk']);
    const account = sourceAccount({ account: r.blobs.account, containerPrefix: 'insights-logs-' });
    r.append(rows(0, 3));
    await r.notify();
    for (let restarts = 0; restarts < 8; restarts++) {
      const abort = new AbortController();
      r.sink('splunk').behave = (_, signal) => {
        abort.abort(new Error('too late'));
        signal.throwIfAborted();
      };
      r.clock.advance(MINUTE);
      const options = {
        sources: [{ account, deps: r.deps }],
        concurrency: 1,
        visibilitySeconds: 120,
        dequeueLimit: 5,
      };
      const stopping = { stop: abort.signal, abort: abort.signal };
      for (const message of await r.queue.receive(32, 120)) {
        await handleMessage(r.deps, options, message, stopping);
      }
    }
    r.sink('splunk').behave = () => {};
    await r.pass(MINUTE);
    expect(r.sink('splunk').rows).toEqual([0, 1, 2]);
    expect((await r.queue.depth()).poison).toBe(0);
  });
});

describe('a batch that is taken only in part', () => {
  const batchOf = (r: ReturnType<typeof relay>, items: number) => {
    const batch = { items, bytes: 1 << 20, ageMs: MINUTE };
    Object.assign(r.deps.destinations.get('splunk')?.destination ?? {}, { batch });
    return r.sink('splunk');
  };
  const has = (batch: Batch, n: number) => batch.items.findIndex((item) => numberOf(item) === n);

  it.each([3, 12])(
    'is not sent again and again while a dead letter cannot be stored (%d rows)',
    async (items) => {
      const r = relay(['splunk']);
      let isDown = true;
      failing(r.deadLetters, 'put', () => isDown);
      batchOf(r, items).behave = (batch) => {
        const row = has(batch, 4);
        if (row >= 0) throw new RowsRefusedError('rows_refused', 'no', { rows: [row] });
      };
      r.append(rows(0, 24));
      await r.notify();
      await r.pass(20 * MINUTE);
      // Of the rows behind it one goes out each time: it shows that the destination is well.
      expect(r.sink('splunk').rows.filter((n) => n !== 5)).toEqual([0, 1, 2, 3]);
      isDown = false;
      await r.pass(2 * MINUTE);
      expect([...new Set(r.sink('splunk').rows)]).toEqual(numbers(0, 24).filter((n) => n !== 4));
      expect(await r.letters()).toHaveLength(1);
    },
  );

  it('is not sent from its beginning while the destination is down for the rest of it', async () => {
    const r = relay(['splunk']);
    batchOf(r, 12).behave = (batch) => {
      if (has(batch, 4) >= 0) throw new RowsRefusedError('rows_refused', 'no');
      if (batch.items.some((item) => Number(numberOf(item)) > 4)) {
        throw new RetryableError('server_error', 'no');
      }
    };
    r.append(rows(0, 24));
    await r.notify();
    await r.pass(30 * MINUTE);
    expect(r.sink('splunk').rows).toEqual([0, 1, 2, 3]);
    expect(await r.letters()).toEqual([]);
    r.sink('splunk').behave = () => {};
    await r.pass(10 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 24));
  });
});

describe('the lag of a blob', () => {
  const of = (r: ReturnType<typeof relay>, table: string) =>
    r.metrics.gaugeValue('xdr_relay_lag_bytes', { table, destination: 'hook' });

  it('counts once, and no longer when it is delivered', async () => {
    const r = relay();
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(rows(0, 3));
    await r.notify();
    await r.pass(80 * MINUTE, MINUTE);
    expect(of(r, 'DeviceEvents')).toBe(rows(0, 3).length);
    expect(of(r, CONTAINER) ?? 0).toBe(0);
    r.sink('hook').behave = () => {};
    await r.pass(20 * MINUTE, MINUTE);
    expect(of(r, 'DeviceEvents')).toBe(0);
    expect(of(r, CONTAINER) ?? 0).toBe(0);
  });

  it('is forgotten when another consumer looks after it', () => {
    const r = relay();
    const metrics = recordingMetrics();
    const book = LagBook.create(metrics, r.clock);
    const bytes = () => metrics.gaugeValue('xdr_relay_lag_bytes', { destination: 'hook' });
    const since = r.clock.now();
    book.set('hook', r.ref, 'DeviceEvents', { bytes: 100, since });
    book.set('hook', { ...r.ref, name: 'due' }, 'DeviceEvents', {
      bytes: 10,
      since,
      due: since + 5 * MINUTE,
    });
    r.clock.advance(6 * MINUTE);
    expect(bytes()).toBe(110);
    r.clock.advance(2 * MINUTE);
    expect(bytes()).toBe(100);
    r.clock.advance(53 * MINUTE);
    expect(bytes()).toBeUndefined();
  });

  it('is told by one spelling of the table, also while no row was read', () => {
    const r = relay();
    const metrics = recordingMetrics();
    const book = LagBook.create(metrics, r.clock);
    const since = r.clock.now();
    book.set('hook', r.ref, undefined, { bytes: 100, since });
    book.set('hook', { ...r.ref, name: 'read' }, 'DEVICEEVENTS', { bytes: 10, since });
    book.set('hook', { ...r.ref, container: 'logs-newtable' }, undefined, { bytes: 1, since });
    book.set('hook', { ...r.ref, container: 'logs-newtable', name: 'read' }, 'NewTable', { bytes: 2, since });
    const seen = metrics.series('xdr_relay_lag_bytes').map(({ labels, value }) => [labels.table, value]);
    expect(seen).toEqual([
      ['DeviceEvents', 110],
      ['newtable', 3],
    ]);
  });

  it('grows older while it waits, by destination, and a destination that is gone is not told', () => {
    const r = relay();
    const metrics = recordingMetrics();
    const book = LagBook.create(metrics, r.clock);
    let names = ['hook', 'splunk'];
    book.follow(() => names);
    const age = (destination: string) =>
      metrics.gaugeValue('xdr_relay_oldest_undelivered_seconds', { destination });
    expect([age('hook'), age('splunk')]).toEqual([0, 0]);
    book.set('hook', r.ref, 'DeviceEvents', { bytes: 100, since: r.clock.now() - 5_000 });
    r.clock.advance(MINUTE);
    expect([age('hook'), age('splunk')]).toEqual([65, 0]);
    book.set('hook', r.ref, 'DeviceEvents', { bytes: 0, since: 0 });
    expect(age('hook')).toBe(0);
    names = ['splunk'];
    expect(age('hook')).toBeUndefined();
    expect(metrics.series('xdr_relay_lag_bytes')).toEqual([]);
  });
});

describe('a destination that is behind', () => {
  it('and is taken out of relay.yaml for a while gets what it missed when it is back', async () => {
    const r = relay();
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(rows(0, 6));
    await r.notify();
    await r.pass(MINUTE);
    const all = r.deps.destinations;
    const without = new Map([...all].filter(([name]) => name !== 'hook'));
    Object.defineProperty(r.deps, 'destinations', { value: without, configurable: true });
    await r.pass(90 * MINUTE, MINUTE);
    expect(await r.checkpoint()).toMatchObject({ closed: true });
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });

    Object.defineProperty(r.deps, 'destinations', { value: all });
    r.sink('hook').behave = () => {};
    await sweep(
      r.deps,
      { containerPrefix: 'insights-logs-', from: r.clock.now() - 180 * MINUTE, to: r.clock.now() },
      new AbortController().signal,
    );
    await r.pass(10 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 6));
  });
});

describe('a blob that is replaced while it is read', () => {
  it('is read from its beginning, by those that read on their own too', async () => {
    const r = relay();
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(rows(0, 9));
    let isReplaced = false;
    r.sink('splunk').behave = () => {
      if (isReplaced) return;
      isReplaced = true;
      r.blobs.remove(r.ref);
      r.clock.advance(1_000);
      r.append(rows(100, 112));
    };
    await r.notify();
    await r.pass(2 * MINUTE);
    r.sink('hook').behave = () => {};
    await r.pass(15 * MINUTE);
    for (const name of ['splunk', 'hook']) {
      expect(r.sink(name).rows.filter((n) => Number(n) >= 100)).toEqual(numbers(100, 112));
    }
    expect(await r.letters()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../../lab/delivery.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import {
  DestinationRefusedError,
  RetryableError,
  RowsRefusedError,
} from '../../../src/destinations/errors.ts';
import { QueueError } from '../../../src/queue/errors.ts';
import { TASK_VERSION, type Task } from '../../../src/queue/task.ts';
import { visit } from '../../../src/relay/visit/visit.ts';
import { CONTAINER, MINUTE, numbers, relay, row, rows } from '../harness.ts';

describe('a process that is told to end while a visit opens its blob', () => {
  it('waits for no destination that does not take the rows', async () => {
    const r = relay(['splunk'], {
      retry: { retryForMs: 60 * MINUTE, retryMinMs: MINUTE, retryMaxMs: MINUTE },
    });
    let tries = 0;
    r.sink('splunk').behave = () => {
      tries++;
      throw new RetryableError('throttled', 'busy');
    };
    r.append(rows(0, 10));
    const read = r.blobs.read.bind(r.blobs);
    r.blobs.read = (ref, range, signal) => {
      r.stop.abort();
      return read(ref, range, signal);
    };
    await r.notify();
    // The clock stands still, so a retry would be waited for for ever.
    await r.work();
    expect(tries).toBe(0);
    expect((await r.checkpoint())?.destinations.splunk?.offset ?? 0).toBe(0);
  });
});

describe('a growing blob', () => {
  it('is followed from its empty beginning to its end, each row once and in order', async () => {
    const r = relay();
    r.append('');
    await r.notify();
    await r.work();
    const all = rows(0, 40);
    for (let from = 0; from < all.length; from += 777) {
      r.append(all.slice(from, from + 777));
      await r.pass(MINUTE);
    }
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 40));
    await r.pass(90 * MINUTE);
    expect(await r.checkpoint()).toMatchObject({
      closed: true,
      destinations: { splunk: { offset: all.length } },
    });
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('repeats nothing where its next task cannot be sent', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 10));
    await r.notify();
    const send = r.queue.send.bind(r.queue);
    r.queue.send = () => {
      r.queue.send = send;
      throw new QueueError('queue_unavailable', 'no');
    };
    await r.pass(MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 10));
  });

  it('looks again soon after growth and later while it is quiet', async () => {
    const r = relay();
    r.append(row(0));
    await r.notify();
    await r.work();
    const dues: number[] = [];
    for (let i = 0; i < 6; i++) {
      const due = (await r.checkpoint())?.next?.due ?? 0;
      dues.push((due - r.clock.now()) / 1000);
      r.clock.advance(due - r.clock.now());
      await r.work();
    }
    expect(dues).toEqual([5, 5, 10, 20, 40, 60]);
  });

  it('is not closed while it grows, however late, and keeps the partial last line until it closes', async () => {
    const r = relay(['splunk']);
    r.append(row(0));
    await r.notify();
    await r.work();
    await r.pass(70 * MINUTE, MINUTE);
    r.append(row(1) + row(2).trimEnd());
    await r.pass(14 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual([0, 1]);
    expect((await r.checkpoint())?.closed).toBe(false);
    await r.pass(5 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual([0, 1, 2]);
    expect((await r.checkpoint())?.closed).toBe(true);
  });

  it('is reopened by growth after it closed', async () => {
    const r = relay(['splunk']);
    r.append(row(0));
    await r.notify();
    await r.pass(90 * MINUTE, MINUTE);
    expect((await r.checkpoint())?.closed).toBe(true);
    r.append(row(1));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 1]);
    expect((await r.checkpoint())?.closed).toBe(false);
    await r.pass(30 * MINUTE, MINUTE);
    expect((await r.checkpoint())?.closed).toBe(true);
  });
});

describe('notifications', () => {
  it('that come twice change nothing and leave one live task', async () => {
    const r = relay();
    r.append(rows(0, 5));
    for (let i = 0; i < 5; i++) await r.notify();
    await r.work();
    expect(r.sink('hook').rows).toEqual(numbers(0, 5));
    await r.pass(10_000);
    expect(await r.queue.depth()).toEqual({ ready: 1, poison: 0 });
  });

  it('of a blob that is gone end', async () => {
    const r = relay();
    await r.notify();
    await r.work();
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
    expect(r.metrics.counter('xdr_relay_blobs_gone_total')).toBe(1);
  });
});

describe('a replaced blob', () => {
  it('starts from 0', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 5));
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    r.clock.advance(1000);
    r.append(rows(10, 13));
    await r.pass(MINUTE);
    expect(r.sink('splunk').rows).toEqual([...numbers(0, 5), ...numbers(10, 13)]);
  });
});

describe('rows', () => {
  it('that are filtered move the offset like others', async () => {
    const r = relay(['splunk']);
    r.append(row(0) + row(1, { drop: true }) + row(2) + row(3, { drop: true }));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 2]);
    const checkpoint = await r.checkpoint();
    expect(checkpoint?.destinations.splunk?.offset).toBe(checkpoint?.length);
  });

  it('that cannot be read go to the dead letters and the rest goes on', async () => {
    const r = relay();
    r.append(`${row(0)}not json\r\n{"properties":{}}\r\n${row(1)}`);
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 1]);
    expect(await r.letters()).toEqual(
      expect.arrayContaining([
        { reason: 'not_json', destination: undefined },
        { reason: 'no_category', destination: undefined },
      ]),
    );
    expect(await r.letters()).toHaveLength(2);
  });

  it('that a destination refuses go to its dead letters, found by bisecting, and the others arrive', async () => {
    const r = relay();
    r.sink('hook').behave = (batch) => {
      if (batch.items.some((item) => payloadOf(item).includes('"n":4,')))
        throw new RowsRefusedError('rows_refused', 'no');
    };
    r.append(Array.from({ length: 8 }, (_, n) => row(n, { x: 1 })).join(''));
    await r.notify();
    await r.work();
    expect(r.sink('hook').rows).toEqual([0, 1, 2, 3, 5, 6, 7]);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 8));
    expect(await r.letters()).toEqual([{ reason: 'rows_refused', destination: 'hook' }]);
    expect((await r.checkpoint())?.destinations.hook?.counts).toEqual({
      rows: 8,
      delivered: 7,
      filtered: 0,
      deadLettered: 1,
    });
  });

  it('all refused mean that the destination is wrong: none becomes a dead letter', async () => {
    const r = relay(['hook']);
    const wrong = relay(['hook']);
    Object.assign(wrong.sink('hook').batch, { items: 50 });
    wrong.sink('hook').behave = () => {
      throw new RowsRefusedError('rows_refused', 'no');
    };
    wrong.append(rows(0, 20));
    await wrong.notify();
    await wrong.work();
    expect(await wrong.letters()).toEqual([]);
    expect((await wrong.checkpoint())?.destinations.hook).toMatchObject({ offset: 0, behind: {} });
    expect(r.sink('hook').rows).toEqual([]);
  });
});

describe('a destination that is down', () => {
  it('reads on by itself later, without holding back or repeating what the others get', async () => {
    const r = relay();
    let down = true;
    r.sink('hook').behave = () => {
      if (down) throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual(numbers(0, 10));
    expect((await r.checkpoint())?.destinations).toMatchObject({
      hook: { offset: 0, behind: { attempts: 1 } },
    });

    r.append(rows(10, 20));
    await r.pass(5 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 20));
    expect(r.sink('hook').rows).toEqual([]);

    down = false;
    await r.pass(10 * MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 20));
    expect((await r.checkpoint())?.destinations.hook).not.toHaveProperty('behind');

    r.append(rows(20, 25));
    await r.pass(2 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 25));
    expect(await r.letters()).toEqual([]);
    // However often it is read, a row counts once.
    expect(r.metrics.counter('xdr_relay_rows_total')).toBe(25);
  });

  it('gets its own task even if the answer to the write of the checkpoint is lost', async () => {
    const r = relay();
    let down = true;
    r.sink('hook').behave = () => {
      if (down) throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    const save = r.checkpoints.save.bind(r.checkpoints);
    const load = r.checkpoints.load.bind(r.checkpoints);
    let isLost = false;
    r.checkpoints.save = async (ref, checkpoint, etag) => {
      const written = await save(ref, checkpoint, etag);
      if (!checkpoint.destinations.hook?.behind || isLost) return written;
      isLost = true;
      r.checkpoints.load = () => {
        r.checkpoints.load = load;
        throw new CheckpointError('storage_unavailable', 'Cannot load it');
      };
      // The client sends the write again, and its own first write is in the way.
      throw new CheckpointError('checkpoint_conflict', 'Somebody else wrote');
    };
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    expect(isLost).toBe(true);
    down = false;
    await r.pass(MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 10));
  });

  it('keeps its own task where another visit sees the blob grow while that task looks at it', async () => {
    const r = relay();
    let down = true;
    r.sink('hook').behave = () => {
      if (down) throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    down = false;
    const due = (await r.checkpoint())?.destinations.hook?.behind?.due ?? 0;
    const task = (await r.checkpoint())?.destinations.hook?.behind?.task ?? '';
    const cursor = { destination: 'hook', replay: false };
    const own: Task = { v: TASK_VERSION, id: task, blob: r.ref, origin: 'behind', cursor };
    r.clock.advance(due - r.clock.now());

    const stat = r.blobs.stat.bind(r.blobs);
    let mayGrow = true;
    r.blobs.stat = async (ref, signal) => {
      const seen = await stat(ref, signal);
      if (!mayGrow) return seen;
      mayGrow = false;
      r.append(rows(10, 20));
      const shared: Task = { v: TASK_VERSION, id: 'grown', blob: r.ref, origin: 'notification' };
      await visit(r.deps, shared, r.stopping);
      return seen;
    };
    expect(await visit(r.deps, own, r.stopping)).not.toBe('superseded');
    expect(r.sink('hook').rows).toEqual(numbers(0, 10));
  });

  it('is left alone while its breaker is open', async () => {
    const r = relay();
    let tries = 0;
    r.sink('hook').behave = () => {
      tries++;
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(rows(0, 10));
    await r.notify();
    await r.pass(30 * MINUTE);
    expect(tries).toBeGreaterThan(5);
    // At most 16 in a first search for rows that fail alone, then 12 at each reopening, whose pauses grow to five minutes.
    expect(tries).toBeLessThan(150);
  });

  it('is waited for as long as it asks', async () => {
    const r = relay();
    let tries = 0;
    r.sink('hook').behave = () => {
      tries++;
      throw new RetryableError('throttled', 'slow down', { retryAfterMs: 10 * MINUTE });
    };
    r.append(row(0));
    await r.notify();
    await r.pass(9 * MINUTE);
    expect(tries).toBe(1);
    await r.pass(2 * MINUTE);
    expect(tries).toBe(2);
  });

  it('whose task was lost gets a new one', async () => {
    const r = relay();
    let down = true;
    r.sink('hook').behave = () => {
      if (down) throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    r.append(rows(0, 4));
    await r.notify();
    await r.work();
    r.clock.advance(10_000);
    for (const message of await r.queue.receive(32, 120)) {
      if (message.body.includes('"destination"')) await message.complete();
      else await message.release(0);
    }
    down = false;
    await r.pass(10 * MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 4));
  });
});

describe('the lag', () => {
  it('is told in bytes and in seconds', async () => {
    const r = relay();
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(rows(0, 3));
    r.clock.step(Date.UTC(2026, 10, 23, 7, 5) - r.clock.now());
    await r.notify();
    await r.work();
    const table = 'DeviceEvents';
    expect(r.metrics.histogram('xdr_relay_delivery_seconds', { destination: 'splunk' })).toEqual({
      count: 1,
      sum: 60,
    });
    expect(r.metrics.gaugeValue('xdr_relay_oldest_undelivered_seconds', { destination: 'splunk' })).toBe(0);
    const waits = () =>
      r.metrics.gaugeValue('xdr_relay_oldest_undelivered_seconds', { destination: 'hook' }) ?? 0;
    const before = waits();
    r.clock.advance(10_000);
    expect(waits()).toBe(before + 10);
    expect(r.metrics.gaugeValue('xdr_relay_lag_bytes', { table, destination: 'splunk' })).toBe(0);
    expect(r.metrics.gaugeValue('xdr_relay_lag_bytes', { table, destination: 'hook' })).toBe(
      rows(0, 3).length,
    );
  });
});

describe('a claim', () => {
  it('that is lost stops the sending before the next batch', async () => {
    const r = relay(['splunk']);
    r.sink('splunk').behave = async () => {
      r.clock.advance(31_000);
      expect(await r.checkpoints.claim(r.ref)).toBeDefined();
    };
    r.append(rows(0, 9));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 1, 2]);
    r.sink('splunk').behave = () => {};
    await r.pass(2 * MINUTE);
    // The batch that was on its way when the claim was lost may come twice, and no other.
    expect(
      r
        .sink('splunk')
        .rows.slice(3)
        .filter((n) => Number(n) > 2),
    ).toEqual(numbers(3, 9));
  });

  it('of another consumer is respected', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 3));
    const claim = await r.checkpoints.claim(r.ref);
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([]);
    await claim?.release();
    await r.pass(10_000);
    expect(r.sink('splunk').rows).toEqual([0, 1, 2]);
  });
});

describe('block blobs', () => {
  it('are read whole, whatever their form, and closed', async () => {
    const r = relay(['splunk']);
    const documents = {
      'array.json': `[${rows(0, 3).trim().split('\r\n').join(',')}]`,
      'records.json': `{"records":[${rows(3, 5).trim().split('\r\n').join(',')}]}`,
      'bom.json': `\ufeff${rows(5, 7)}`,
    };
    for (const [name, text] of Object.entries(documents)) {
      await r.notify(r.blobs.put(CONTAINER, name, Buffer.from(text)));
    }
    await r.work();
    expect(r.sink('splunk').rows).toEqual(numbers(0, 7));
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });
});

describe('shutting down', () => {
  it('stops reading, commits what is done and leaves the rest to the next consumer', async () => {
    const r = relay(['splunk']);
    r.sink('splunk').behave = () => r.stop.abort();
    r.append(rows(0, 12));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 1, 2]);
    expect(await r.queue.depth()).toMatchObject({ ready: 1 });
    expect(await r.checkpoints.claim(r.ref)).toBeDefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/checkpoints/checkpoint.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { DestinationDownError } from '../../../src/delivery/errors.ts';
import { queueBlob } from '../../../src/relay/discovery/sweep.ts';
import { listLosses, lostRanges, reportLoss } from '../../../src/relay/visit/losses.ts';
import { CONTAINER, MINUTE, NAME, relay, row, rows } from '../harness.ts';

async function losses(r: ReturnType<typeof relay>) {
  const found = [];
  for await (const { loss } of listLosses(r.documents)) found.push(loss);
  return found;
}

const isDown = () => {
  throw new DestinationDownError('timeout', 'no answer');
};

describe('a blob that is deleted before it was delivered', () => {
  it('is reported by range, for each destination that had not got it', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.sink('hook').behave = isDown;
    r.append(rows(10, 20));
    await r.pass(2 * MINUTE, MINUTE);
    r.blobs.remove(r.ref);
    await r.pass(30 * MINUTE, MINUTE);
    const [from, to] = [rows(0, 10).length, rows(0, 20).length];
    expect(await losses(r)).toMatchObject([
      {
        container: CONTAINER,
        name: NAME,
        reason: 'deleted',
        length: to,
        ranges: [{ destination: 'hook', from, to }],
      },
    ]);
    const labels = { table: 'deviceevents', destination: 'hook' };
    expect(r.metrics.counter('xdr_relay_lost_bytes_total', labels)).toBe(to - from);
    expect(r.metrics.counter('xdr_relay_lost_blobs_total', labels)).toBe(1);
  });

  it('is counted once, however often it is noticed', async () => {
    const r = relay(['splunk']);
    r.sink('splunk').behave = isDown;
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    for (let times = 0; times < 3; times++) {
      await r.notify();
      await r.work();
    }
    expect(r.metrics.counter('xdr_relay_blobs_gone_total')).toBeGreaterThanOrEqual(3);
    expect(r.metrics.counter('xdr_relay_lost_blobs_total')).toBe(1);
    expect(await losses(r)).toHaveLength(1);
  });

  it('is no loss where everything was delivered', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.pass(120 * MINUTE, MINUTE);
    r.blobs.remove(r.ref);
    await r.notify();
    await r.work();
    expect(await losses(r)).toEqual([]);
  });

  it('is reported with what is known where nobody ever looked at it', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 10));
    const stat = await r.blobs.stat(r.ref);
    if (!stat) throw new Error('no blob');
    await queueBlob(r.deps, { ...stat, ref: r.ref }, 'sweep');
    r.blobs.remove(r.ref);
    await r.work();
    expect(await losses(r)).toMatchObject([{ length: 0, ranges: [{ destination: 'splunk', from: 0 }] }]);
  });

  it('is reported where another blob has its name', async () => {
    const r = relay(['splunk']);
    r.sink('splunk').behave = isDown;
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    r.clock.advance(MINUTE);
    r.append(row(99));
    await r.notify();
    await r.work();
    expect(await losses(r)).toMatchObject([
      { reason: 'replaced', ranges: [{ destination: 'splunk', from: 0, to: rows(0, 10).length }] },
    ]);
  });

  it('is counted once where it is noticed before another blob has its name, and after', async () => {
    const r = relay(['splunk']);
    r.sink('splunk').behave = isDown;
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    await r.notify();
    await r.work();
    expect(await losses(r)).toHaveLength(1);
    r.clock.advance(MINUTE);
    r.append(row(99));
    await r.notify();
    await r.work();
    expect(r.metrics.counter('xdr_relay_blobs_replaced_total')).toBe(1);
    expect(r.metrics.counter('xdr_relay_lost_blobs_total')).toBe(1);
    expect(await losses(r)).toMatchObject([{ reason: 'deleted' }]);
  });

  it('is reported each time that its content is replaced in place, and once when the same is noticed again', async () => {
    const r = relay(['splunk']);
    const content = (length: number): Checkpoint => ({
      v: 1,
      createdOn: 1,
      length,
      grownOn: length,
      format: 'lines',
      closed: false,
      destinations: {},
      replays: {},
    });
    for (const length of [10, 20, 20]) await reportLoss(r.deps, r.ref, content(length), content(length));
    await reportLoss(r.deps, r.ref, content(30));
    await reportLoss(r.deps, r.ref, content(40));
    const found = (await losses(r)).map(({ reason, length }) => [reason, length]);
    expect(found.sort()).toEqual([
      ['deleted', 30],
      ['replaced', 10],
      ['replaced', 20],
    ]);
  });

  it('brings the task back where the loss cannot be written down', async () => {
    const r = relay(['splunk']);
    r.sink('splunk').behave = isDown;
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    const { put } = r.documents;
    Object.assign(r.documents, {
      put: async (name: string, ...rest: [never, never]) => {
        if (name.startsWith('losses/')) throw new CheckpointError('storage_unavailable', '503');
        return put(name, ...rest);
      },
    });
    await r.pass(5 * MINUTE, MINUTE);
    expect(r.metrics.counter('xdr_relay_lost_blobs_total')).toBe(0);
    Object.assign(r.documents, { put });
    await r.pass(30 * MINUTE, MINUTE);
    expect(await losses(r)).toHaveLength(1);
  });
});

describe('lostRanges', () => {
  const checkpoint: Checkpoint = {
    v: 1,
    createdOn: 1,
    length: 100,
    grownOn: 1,
    format: 'lines',
    closed: false,
    destinations: { splunk: { offset: 90 } },
    replays: {},
    end: { length: 100, offset: 90 },
  };

  it('counts the last line of an open blob, which nobody could deliver yet', () => {
    expect(lostRanges(checkpoint, ['splunk'])).toEqual([{ destination: 'splunk', from: 90, to: 100 }]);
  });

  it('owes a destination that is new all of an open blob and nothing of a closed one', () => {
    expect(lostRanges(checkpoint, ['late'])).toEqual([{ destination: 'late', from: 0, to: 100 }]);
    expect(lostRanges({ ...checkpoint, closed: true }, ['late'])).toEqual([]);
  });

  it('leaves out destinations that relay.yaml no longer has, and replays', () => {
    const closed = {
      ...checkpoint,
      closed: true,
      destinations: { old: { offset: 0 }, splunk: { offset: 100 } },
      replays: { splunk: { offset: 5, to: 100 } },
      end: { length: 100, offset: 100 },
    };
    expect(lostRanges(closed, ['splunk'])).toEqual([]);
  });

  it('does not know the end of compressed data that nobody read to its end', () => {
    const { end: _, ...rest } = checkpoint;
    expect(lostRanges({ ...rest, format: 'gzip' }, ['splunk'])).toEqual([
      { destination: 'splunk', from: 90 },
    ]);
    const ended = { ...rest, format: 'gzip' as const, closed: true, end: { length: 100, offset: 90 } };
    expect(lostRanges(ended, ['splunk'])).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { DestinationRefusedError } from '../../../src/destinations/errors.ts';
import { sweep } from '../../../src/relay/discovery/sweep.ts';
import { hourFolder } from '../../../src/shared/blob-ref.ts';
import { HOUR, MINUTE, NAME, numbers, relay, row, rows } from '../harness.ts';

const never = new AbortController().signal;
const HOUR_MS = 60 * MINUTE;

function sweeper(r: ReturnType<typeof relay>, backMs = 3 * HOUR_MS) {
  return () => {
    const now = r.clock.now();
    return sweep(r.deps, { containerPrefix: 'insights-logs-', from: now - backMs, to: now }, never);
  };
}

describe('the sweep', () => {
  it('delivers everything when no notification ever comes', async () => {
    const r = relay();
    const sweepNow = sweeper(r);
    const all = rows(0, 60);
    for (let from = 0; from < all.length; from += 1_111) {
      r.append(all.slice(from, from + 1_111));
      r.clock.advance(2 * MINUTE);
      await sweepNow();
      await r.pass(5_000);
    }
    await r.pass(30 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 60));
  });

  it('queues nothing for a blob that a live task looks after, or that is finished', async () => {
    const r = relay();
    const sweepNow = sweeper(r);
    r.append(row(0));
    await r.notify();
    await r.work();
    r.append(row(1));
    r.clock.advance(2 * MINUTE);
    expect(await sweepNow()).toMatchObject({ listed: 1, queued: 0 });
    await r.pass(90 * MINUTE, MINUTE);
    expect(await sweepNow()).toMatchObject({ listed: 1, queued: 0 });
  });

  it('queues a blob once, however often it lists it', async () => {
    const r = relay();
    const sweepNow = sweeper(r);
    r.append(row(0));
    r.clock.advance(2 * MINUTE);
    expect(await sweepNow()).toMatchObject({ listed: 1, queued: 1 });
    expect(await sweepNow()).toMatchObject({ listed: 1, queued: 0 });
  });

  it('leaves a blob that has just been created to its notification', async () => {
    const r = relay();
    r.append('');
    expect(await sweeper(r)()).toMatchObject({ listed: 1, queued: 0 });
  });

  it('finds a closed blob that grew again, as far back as it looks', async () => {
    const r = relay(['splunk']);
    r.append(row(0));
    await r.notify();
    await r.pass(90 * MINUTE, MINUTE);
    await r.pass(10 * HOUR_MS, HOUR_MS);
    r.append(row(1));
    expect((await sweeper(r)()).queued).toBe(0);
    expect((await sweeper(r, 48 * HOUR_MS)()).queued).toBe(1);
    await r.pass(30 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual([0, 1]);
  });

  it('finds a task that was lost', async () => {
    const r = relay(['splunk']);
    r.append(row(0));
    await r.notify();
    await r.work();
    r.append(row(1));
    r.clock.advance(10_000);
    for (const message of await r.queue.receive(32, 60)) await message.complete();
    r.clock.advance(6 * MINUTE);
    expect((await sweeper(r)()).queued).toBe(1);
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 1]);
  });

  it('finds a destination whose task was lost, also of a closed blob', async () => {
    const r = relay();
    let down = true;
    r.sink('hook').behave = () => {
      if (down) throw new DestinationRefusedError('not_authorized', 'no');
    };
    r.append(row(0));
    await r.notify();
    await r.pass(90 * MINUTE, MINUTE);
    r.clock.advance(10 * MINUTE);
    for (const message of await r.queue.receive(32, 60)) await message.complete();
    down = false;
    r.clock.advance(6 * MINUTE);
    expect((await sweeper(r)()).queued).toBe(1);
    await r.pass(MINUTE);
    expect(r.sink('hook').rows).toEqual([0]);
    expect(r.sink('splunk').rows).toEqual([0]);
  });

  it('pairs each of many blobs with its own checkpoint', async () => {
    const r = relay(['splunk']);
    const folder = `tenantId=t/${hourFolder(HOUR)}m=00/`;
    const names = Array.from({ length: 40 }, (_, i) => `${folder}PT1H_${(i * 7) % 40}.json`);
    for (const name of names) r.append(row(1), name);
    for (const name of names.filter((_, i) => i % 2 === 0)) await r.notify({ ...r.ref, name });
    while ((await r.work()) > 0);
    r.clock.advance(2 * MINUTE);
    expect(await sweeper(r)()).toMatchObject({ listed: 40, queued: 20 });
  });

  it('passes over what is no row blob', async () => {
    const r = relay();
    r.append(row(0), NAME.replace('PT1H.json', 'notes.txt'));
    r.blobs.append('insights-logs-other', 'no-folder.json', Buffer.from(row(1)));
    r.blobs.append('somebody-elses', NAME, Buffer.from(row(2)));
    r.clock.advance(2 * MINUTE);
    expect(await sweeper(r)()).toMatchObject({ listed: 1, queued: 0 });
  });
});

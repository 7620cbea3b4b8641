import { describe, expect, it } from 'vitest';
import { QueueError } from '../../src/queue/errors.ts';
import { withRenewal } from '../../src/queue/keep.ts';
import { MemoryQueue } from '../../src/queue/memory.ts';
import type { QueueMessage } from '../../src/queue/port.ts';
import { sendAll } from '../../src/queue/send-all.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';

/** Runs 100 times as fast. */
const fast: Clock = {
  now: () => systemClock.now() * 100,
  monotonic: () => systemClock.monotonic() * 100,
  sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
};

describe('withRenewal', () => {
  it('keeps the message while the work runs, and leaves it usable afterwards', async () => {
    const queue = new MemoryQueue('tasks', fast);
    await queue.send('long');
    const [message] = await queue.receive(1, 20);
    if (!message) throw new Error('no message');
    const result = await withRenewal(message, 20, fast, async (signal) => {
      await fast.sleep(80_000);
      expect(await queue.receive(1, 20)).toEqual([]);
      expect(signal.aborted).toBe(false);
      return 'done';
    });
    expect(result).toBe('done');
    await message.complete();
    expect(await queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('renews at half of the visibility and stops when the work is over', async () => {
    let renewals = 0;
    const message = fake(async () => {
      renewals += 1;
    });
    await withRenewal(message, 20, fast, () => fast.sleep(5_000));
    expect(renewals).toBe(0);
    await withRenewal(message, 20, fast, () => fast.sleep(45_000));
    const after = renewals;
    expect(after).toBeGreaterThan(0);
    await fast.sleep(30_000);
    expect(renewals).toBe(after);
  });

  it('throws what the work throws', async () => {
    const work = () => Promise.reject(new Error('no'));
    await expect(
      withRenewal(
        fake(async () => {}),
        20,
        fast,
        work,
      ),
    ).rejects.toThrow('no');
  });

  it('aborts the work when another consumer has the message', async () => {
    const message = fake(() => Promise.reject(new QueueError('queue_message_lost', 'gone')));
    const reason = await withRenewal(message, 20, fast, aborted);
    expect(reason).toMatchObject({ code: 'queue_message_lost' });
  });

  it('tries again when the queue does not answer, and aborts only when the visibility is over', async () => {
    let tries = 0;
    const begun = fast.monotonic();
    const message = fake(() => {
      tries += 1;
      return Promise.reject(new QueueError('queue_unavailable', 'down'));
    });
    const reason = await withRenewal(message, 20, fast, aborted);
    expect(reason).toMatchObject({ code: 'queue_message_lost' });
    expect(tries).toBeGreaterThan(1);
    expect(fast.monotonic() - begun).toBeGreaterThanOrEqual(20_000);
  });

  it('carries on when a renewal fails once', async () => {
    let tries = 0;
    const message = fake(async () => {
      tries += 1;
      if (tries === 1) throw new QueueError('queue_unavailable', 'down');
    });
    const ended = await withRenewal(message, 40, fast, async (signal) => {
      await fast.sleep(60_000);
      return signal.aborted;
    });
    expect(ended).toBe(false);
    expect(tries).toBeGreaterThan(1);
  });

  it('aborts when a renewal hangs until the visibility is over', async () => {
    const message = fake(() => new Promise(() => {}));
    expect(await withRenewal(message, 20, fast, aborted)).toMatchObject({ code: 'queue_message_lost' });
  });
});

describe('sendAll', () => {
  it('sends everything, no more than `concurrency` at once', async () => {
    const sent: string[] = [];
    let running = 0;
    let most = 0;
    const send = async (body: string) => {
      running += 1;
      most = Math.max(most, running);
      await systemClock.sleep(1);
      running -= 1;
      sent.push(body);
    };
    const bodies = Array.from({ length: 50 }, (_, n) => String(n));
    await sendAll({ send }, bodies, 4);
    expect(sent.sort()).toEqual([...bodies].sort());
    expect(most).toBe(4);
  });

  it('stops at the first failure, with nothing left running', async () => {
    let calls = 0;
    let running = 0;
    const send = async () => {
      calls += 1;
      running += 1;
      await systemClock.sleep(1);
      running -= 1;
      if (calls > 3) throw new QueueError('queue_unavailable', 'down');
    };
    await expect(sendAll({ send }, Array(100).fill('x'), 4)).rejects.toMatchObject({
      code: 'queue_unavailable',
    });
    expect(running).toBe(0);
    expect(calls).toBeLessThan(20);
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    let calls = 0;
    const send = async () => {
      calls += 1;
      if (calls === 10) stop.abort(new Error('late'));
    };
    await expect(sendAll({ send }, Array(100).fill('x'), 2, stop.signal)).rejects.toThrow('late');
    expect(calls).toBeLessThan(15);
  });
});

const aborted = (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

function fake(renew: () => Promise<void>): QueueMessage {
  const nothing = async () => {};
  return { id: '1', body: '', dequeueCount: 1, renew, complete: nothing, release: nothing, poison: nothing };
}

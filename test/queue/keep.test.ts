import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { MemoryQueue } from '../../lab/memory/queue.ts';
import { QueueError } from '../../src/queue/errors.ts';
import { withRenewal } from '../../src/queue/keep.ts';
import type { QueueMessage } from '../../src/queue/port.ts';
import { sendAll } from '../../src/queue/send-all.ts';
import { systemClock } from '../../src/shared/clock.ts';

describe('withRenewal', () => {
  it('keeps the message while the work runs, and leaves it usable afterwards', async () => {
    const clock = new FakeClock();
    const queue = new MemoryQueue('tasks', clock);
    await queue.send('long');
    const [message] = await queue.receive(1, 20);
    if (!message) throw new Error('no message');
    const working = withRenewal(message, 20, clock, async (signal) => {
      await clock.sleep(80_000);
      return signal.aborted;
    });
    for (let n = 0; n < 7; n += 1) {
      await clock.run(11_000);
      expect(await queue.receive(1, 20)).toEqual([]);
    }
    await clock.run(11_000);
    expect(await working).toBe(false);
    await message.complete();
    expect(await queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('renews at half of the visibility and stops when the work is over', async () => {
    const clock = new FakeClock();
    const renewals: number[] = [];
    const begun = clock.monotonic();
    const message = fake(async () => {
      renewals.push((clock.monotonic() - begun) / 1000);
    });
    const working = withRenewal(message, 20, clock, () => clock.sleep(45_000));
    await clock.run(200_000);
    await working;
    expect(renewals).toEqual([10, 20, 30, 40]);
  });

  it('throws what the work throws', async () => {
    const work = () => Promise.reject(new Error('no'));
    await expect(
      withRenewal(
        fake(async () => {}),
        20,
        systemClock,
        work,
      ),
    ).rejects.toThrow('no');
  });

  it('aborts the work when another consumer has the message', async () => {
    const clock = new FakeClock();
    const message = fake(() => Promise.reject(new QueueError('queue_message_lost', 'gone')));
    const working = withRenewal(message, 20, clock, aborted);
    await clock.run(10_000);
    expect(await working).toMatchObject({ code: 'queue_message_lost' });
  });

  it('tries again when the queue does not answer, and aborts when the visibility is over', async () => {
    const clock = new FakeClock();
    let tries = 0;
    const message = fake(() => {
      tries += 1;
      return Promise.reject(new QueueError('queue_unavailable', 'down'));
    });
    let over = false;
    const working = withRenewal(message, 20, clock, aborted).finally(() => {
      over = true;
    });
    await clock.run(19_900);
    expect(over).toBe(false);
    expect(tries).toBeGreaterThan(2);
    await clock.run(200);
    expect(await working).toMatchObject({ code: 'queue_message_lost' });
  });

  it('carries on when a renewal fails once', async () => {
    const clock = new FakeClock();
    let tries = 0;
    const message = fake(async () => {
      tries += 1;
      if (tries === 1) throw new QueueError('queue_unavailable', 'down');
    });
    const working = withRenewal(message, 20, clock, async (signal) => {
      await clock.sleep(60_000);
      return signal.aborted;
    });
    await clock.run(60_000);
    expect(await working).toBe(false);
    expect(tries).toBeGreaterThan(2);
  });

  it('aborts when a renewal hangs until the visibility is over', async () => {
    const clock = new FakeClock();
    const message = fake(() => new Promise(() => {}));
    const working = withRenewal(message, 20, clock, aborted);
    await clock.run(20_000);
    expect(await working).toMatchObject({ code: 'queue_message_lost' });
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

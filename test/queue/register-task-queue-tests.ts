import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/queue/encoding.ts';
import type { QueueMessage, TaskQueue } from '../../src/queue/port.ts';
import { systemClock } from '../../src/shared/clock.ts';

export interface QueueContractOptions {
  /** `fixed`: the service gives a message to another consumer when it wants to; nobody can ask for a time. */
  readonly visibility?: 'chosen' | 'fixed';
}

/** What each TaskQueue adapter does. `makeQueue` gives a queue of its own to each test, `ensure()` not yet called. */
export function registerTaskQueueTests(
  name: string,
  makeQueue: () => TaskQueue,
  { visibility = 'chosen' }: QueueContractOptions = {},
): void {
  const ready = async () => {
    const queue = makeQueue();
    await queue.ensure();
    return queue;
  };

  describe(`${name}: the TaskQueue contract`, () => {
    it('can be ensured twice and is empty at first', async () => {
      const queue = await ready();
      await queue.ensure();
      expect(await queue.receive(32, 30)).toEqual([]);
      expect(await queue.depth()).toEqual({ ready: 0, poison: 0 });
    });

    it('gives back each body as it was sent', async () => {
      const queue = await ready();
      const bodies = ['{"a":1}', 'tâche ☃ 𝄞', '<&>"\'', ' task\r\n', 'dGFzaw=='];
      for (const body of bodies) await queue.send(body);
      const messages = await queue.receive(32, 30);
      expect(messages.map((message) => message.body).sort()).toEqual([...bodies].sort());
      expect(new Set(messages.map((message) => message.id)).size).toBe(bodies.length);
    });

    it('takes the largest body and refuses a larger one', async () => {
      const queue = await ready();
      await queue.send('é'.repeat(MAX_BODY_BYTES / 2));
      await expect(queue.send('x'.repeat(MAX_BODY_BYTES + 1))).rejects.toMatchObject({
        code: 'queue_message_too_large',
      });
      expect((await only(queue)).body.length).toBe(MAX_BODY_BYTES / 2);
    });

    it('gives at most as many as asked for', async () => {
      const queue = await ready();
      for (let n = 0; n < 5; n += 1) await queue.send(`${n}`);
      expect(await queue.receive(2, 30)).toHaveLength(2);
      expect(await queue.receive(32, 30)).toHaveLength(3);
    });

    it('hides a received message, and deletes it for good when completed', async () => {
      const queue = await ready();
      await queue.send('once');
      const message = await only(queue);
      expect(message.dequeueCount).toBe(1);
      expect(await queue.receive(32, 30)).toEqual([]);
      await message.complete();
      expect(await queue.depth()).toEqual({ ready: 0, poison: 0 });
    });

    it('shows visible messages without taking them, where it can', async () => {
      const queue = await ready();
      if (!queue.peek) return;
      await queue.send('first');
      await queue.send('later', 60);
      const peeked = await queue.peek(32);
      expect(peeked).toEqual([
        { id: expect.any(String), body: 'first', insertedOn: expect.any(Number), dequeueCount: 0 },
      ]);
      expect(Math.abs(Date.now() - (peeked[0]?.insertedOn ?? 0))).toBeLessThan(60_000);
      await (await only(queue)).release(0);
      expect((await queue.peek(1))[0]?.dequeueCount).toBe(1);
    });

    it('holds a delayed message back', async () => {
      const queue = await ready();
      await queue.send('later', 2);
      expect(await queue.receive(32, 30)).toEqual([]);
      expect((await eventually(queue)).body).toBe('later');
    });

    it('takes a delay of seven days', async () => {
      const queue = await ready();
      await queue.send('next week', 604_800);
      expect(await queue.receive(32, 30)).toEqual([]);
    });

    it('gives a released message back, its dequeue count one higher', async () => {
      const queue = await ready();
      await queue.send('again');
      await (await only(queue)).release(0);
      const second = await eventually(queue);
      expect(second).toMatchObject({ body: 'again', dequeueCount: 2 });
      await second.release(3600);
      expect(await queue.receive(32, 30)).toEqual([]);
    });

    it.skipIf(visibility === 'fixed')(
      'gives a message whose visibility ran out to another, and refuses the first consumer from then on',
      async () => {
        const queue = await ready();
        await queue.send('slow');
        const first = await only(queue, 1);
        const second = await eventually(queue);
        expect(second).toMatchObject({ id: first.id, dequeueCount: 2 });
        for (const act of [() => first.renew(30), () => first.complete(), () => first.release(0)]) {
          await expect(act()).rejects.toMatchObject({ code: 'queue_message_lost' });
        }
        await second.complete();
        await expect(second.complete()).rejects.toMatchObject({ code: 'queue_message_lost' });
      },
    );

    it('refuses to settle a message twice', async () => {
      const queue = await ready();
      await queue.send('once');
      const message = await only(queue);
      await message.complete();
      for (const act of [() => message.renew(30), () => message.complete(), () => message.release(0)]) {
        await expect(act()).rejects.toMatchObject({ code: 'queue_message_lost' });
      }
    });

    it('keeps a message as often as it is renewed', async () => {
      const queue = await ready();
      await queue.send('long');
      const message = await only(queue, 1);
      await message.renew(30);
      await message.renew(30);
      await systemClock.sleep(1200);
      expect(await queue.receive(32, 30)).toEqual([]);
      await message.complete();
    });

    it('moves a message to the poison queue', async () => {
      const queue = await ready();
      await queue.send('bad');
      await (await only(queue)).poison('it never worked');
      expect(await queue.depth()).toEqual({ ready: 0, poison: 1 });
      expect(await queue.receive(32, 30)).toEqual([]);
    });

    it('moves the largest message to the poison queue too', async () => {
      const queue = await ready();
      await queue.send('"'.repeat(MAX_BODY_BYTES));
      await (await only(queue)).poison('too bad '.repeat(1000));
      expect(await queue.depth()).toEqual({ ready: 0, poison: 1 });
    });

    it('gives each message to one of many consumers', async () => {
      const queue = await ready();
      for (let n = 0; n < 20; n += 1) await queue.send(`${n}`);
      const taken = (await Promise.all([1, 2, 3, 4].map(() => queue.receive(32, 30)))).flat();
      expect(taken.map((message) => Number(message.body)).sort((a, b) => a - b)).toEqual([
        ...Array(20).keys(),
      ]);
    });
  });
}

async function only(queue: TaskQueue, visibilitySeconds = 30): Promise<QueueMessage> {
  const [message, ...more] = await queue.receive(32, visibilitySeconds);
  expect(more).toEqual([]);
  if (!message) throw new Error('The queue gave nothing.');
  return message;
}

async function eventually(queue: TaskQueue): Promise<QueueMessage> {
  for (let tries = 0; tries < 100; tries += 1) {
    const [message] = await queue.receive(1, 30);
    if (message) return message;
    await systemClock.sleep(100);
  }
  throw new Error('The queue gave nothing in 10 s.');
}

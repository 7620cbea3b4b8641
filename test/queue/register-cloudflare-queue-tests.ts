import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { CloudflareBroker } from '../../lab/memory/cloudflare-broker.ts';
import { createCloudflareQueue } from '../../src/queue/cloudflare.ts';
import type { QueueMessage, TaskQueue } from '../../src/queue/port.ts';
import { sendAll } from '../../src/queue/send-all.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { registerTaskQueueTests } from './register-task-queue-tests.ts';

const DAY = 86_400;

/** What Cloudflare's queue does, on Node and in workerd alike. */
export function registerCloudflareQueueTests(host: string): void {
  registerTaskQueueTests(`Cloudflare queue ${host}`, () => pulled(open(systemClock)), {
    visibility: 'fixed',
  });

  describe(`Cloudflare queue ${host}`, () => {
    it('makes long delays of several, and counts no delivery for them', async () => {
      const clock = new FakeClock(Date.UTC(2026, 10, 23));
      const { queue, tasks } = open(clock);
      await queue.send('{"in":"three days"}', 3 * DAY - 5);
      for (let day = 0; day < 2; day++) {
        clock.advance(DAY * 1000);
        const [message] = tasks.deliver(10);
        expect(message && (await queue.take(message))).toBeUndefined();
      }
      expect(tasks.delays).toEqual([DAY, DAY, DAY - 5]);
      clock.advance((DAY - 5) * 1000);
      const [message] = tasks.deliver(10);
      const held = message && (await queue.take(message));
      expect(held).toMatchObject({ body: '{"in":"three days"}', dequeueCount: 1 });
    });

    it('keeps count over a release that is longer than one delay', async () => {
      const clock = new FakeClock(Date.UTC(2026, 10, 23));
      const { queue, tasks } = open(clock);
      await queue.send('x');
      for (const count of [1, 2]) {
        const [message] = tasks.deliver(1);
        const held = message && (await queue.take(message));
        expect(held?.dequeueCount).toBe(count);
        await held?.release(2 * DAY);
        clock.advance(DAY * 1000);
        const [halfway] = tasks.deliver(1);
        expect(halfway && (await queue.take(halfway))).toBeUndefined();
        clock.advance(DAY * 1000);
      }
      const [message] = tasks.deliver(1);
      expect(message && (await queue.take(message))).toMatchObject({ body: 'x', dequeueCount: 3 });
    });

    it('sends what comes together in few calls', async () => {
      const { queue, tasks } = open(systemClock);
      const bodies = Array.from({ length: 2000 }, (_, n) => JSON.stringify({ n }));
      await sendAll(queue, bodies, 32);
      expect(tasks.bodies).toEqual(bodies);
      expect(tasks.calls).toBeLessThan(70);
      await Promise.all(Array.from({ length: 30 }, () => queue.send('x'.repeat(40_000))));
      expect(tasks.bodies).toHaveLength(2030);
    });

    it('tells everybody when a call fails, in words that hold nothing of the message', async () => {
      const failing = {
        sendBatch: () => Promise.reject(new Error('Too Many Requests')),
        metrics: () => Promise.reject(new Error('no')),
      };
      const queue = createCloudflareQueue({
        name: 'tasks',
        tasks: failing,
        poison: failing,
        clock: systemClock,
      });
      const results = await Promise.allSettled([queue.send('a'), queue.send('b')]);
      for (const result of results) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'queue_unavailable' } });
      }
      await expect(queue.depth()).rejects.toMatchObject({ code: 'queue_unavailable' });
    });

    it('leaves a message unsettled when it cannot be sent on', async () => {
      const clock = new FakeClock(Date.UTC(2026, 10, 23));
      const { queue, tasks } = open(clock);
      await queue.send('x');
      const [message] = tasks.deliver(1);
      const held = message && (await queue.take(message));
      tasks.sendBatch = () => Promise.reject(new Error('Too Many Requests'));
      await expect(held?.release(2 * DAY)).rejects.toMatchObject({ code: 'queue_unavailable' });
      expect(held?.settled).toBe(false);
      expect(tasks.bodies).toHaveLength(1);
    });

    it('takes messages that were put there as JSON', async () => {
      const { queue, tasks } = open(systemClock);
      await queue.send('x');
      const [message] = tasks.deliver(1);
      const held = message && (await queue.take({ ...message, body: [{ eventType: 'x' }] }));
      expect(held?.body).toBe('[{"eventType":"x"}]');
    });
  });
}

function open(clock: typeof systemClock) {
  const tasks = new CloudflareBroker(clock);
  const poison = new CloudflareBroker(clock);
  return { tasks, poison, queue: createCloudflareQueue({ name: 'tasks', tasks, poison, clock }) };
}

/** The queue, with the batches that Cloudflare would push handed out as if they were fetched. */
function pulled({ queue, tasks }: ReturnType<typeof open>): TaskQueue {
  return {
    name: queue.name,
    ensure: () => queue.ensure(),
    send: (body, delay) => queue.send(body, delay),
    depth: () => queue.depth(),
    async receive(max) {
      const taken = await Promise.all(tasks.deliver(max).map((message) => queue.take(message)));
      return taken.filter((message): message is QueueMessage & typeof message => message !== undefined);
    },
  };
}

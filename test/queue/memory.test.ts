import { describe, expect, it } from 'vitest';
import { MemoryQueue } from '../../lab/memory/queue.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { queueContract } from './register-task-queue-tests.ts';

queueContract('MemoryQueue', () => new MemoryQueue('tasks', systemClock));

describe('MemoryQueue', () => {
  it('shows what was poisoned, and why', async () => {
    const queue = new MemoryQueue('tasks', systemClock);
    await queue.send('bad');
    const [message] = await queue.receive(1, 30);
    await message?.poison('no such thing');
    expect(queue.poisoned.map((text) => JSON.parse(text))).toMatchObject([
      { reason: 'no such thing', body: 'bad', dequeueCount: 1 },
    ]);
  });
});

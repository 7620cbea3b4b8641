import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { MemoryQueue } from '../../lab/memory/queue.ts';
import { watchedQueue } from '../../src/queue/watched-queue.ts';

function watched() {
  const clock = new FakeClock();
  return { clock, queue: watchedQueue(new MemoryQueue('tasks', clock), clock), stop: new AbortController() };
}

/** Waits, and says when that ended and how. */
async function waited({ clock, queue, stop }: ReturnType<typeof watched>, ms: number) {
  let end: { readonly at: number; readonly isDue: boolean } | undefined;
  const waiting = queue.wait(ms, stop.signal).then((isDue) => {
    end = { at: clock.monotonic(), isDue };
  });
  return { waiting, end: () => end };
}

describe('a queue that knows when messages of this process are due', () => {
  it('wakes at the moment a message that was sent is due, and not before', async () => {
    const w = watched();
    await w.queue.send('a', 3);
    const { end } = await waited(w, 10_000);
    await w.clock.run(2_900);
    expect(end()).toBeUndefined();
    await w.clock.run(400);
    expect(end()).toMatchObject({ isDue: true });
    expect(await w.queue.receive(1, 60)).toHaveLength(1);
  });

  it('wakes for a message that is sent while it waits', async () => {
    const w = watched();
    const { end } = await waited(w, 10_000);
    await w.clock.run(1_000);
    await w.queue.send('a');
    await w.clock.run(300);
    expect(end()).toMatchObject({ isDue: true });
  });

  it('wakes for a message that was put back', async () => {
    const w = watched();
    await w.queue.send('a');
    expect(await w.queue.wait(1_000, w.stop.signal).then(() => true)).toBe(true);
    const [message] = await w.queue.receive(1, 60);
    await message?.release(2);
    const { end } = await waited(w, 10_000);
    await w.clock.run(2_300);
    expect(end()).toMatchObject({ isDue: true });
  });

  it('ends without a message, and when it is stopped', async () => {
    const w = watched();
    const first = await waited(w, 500);
    await w.clock.run(600);
    expect(first.end()).toMatchObject({ isDue: false });
    const second = await waited(w, 10_000);
    w.stop.abort();
    await second.waiting;
    expect(second.end()).toMatchObject({ isDue: false });
  });
});

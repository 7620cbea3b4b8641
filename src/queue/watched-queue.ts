/** Wraps a queue and tracks when messages of this process are due, so that an idle consumer need not poll all the time. */
import type { Clock } from '../shared/clock.ts';
import type { QueueMessage, TaskQueue } from './port.ts';

/** The precision with which due times are stored; a message is visible at most so long after it is due. Milliseconds. */
const GRAIN_MS = 250;
/** How many due times are stored. Beyond this, the latest are forgotten, and polling finds their messages. */
const MOST = 2_048;

export interface WatchedQueue extends TaskQueue {
  /**
   * Waits until a message that this process has sent or put back is due, at most `ms` milliseconds. Returns true if one is due; false after
   * the time, or when the signal is aborted.
   */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
  /** Another thread of this process has sent a message that is due in so many milliseconds. */
  expect(ms: number): void;
}

export function watchedQueue(queue: TaskQueue, clock: Clock): WatchedQueue {
  const due = new DueTimes(clock);
  const watched = (message: QueueMessage): QueueMessage => ({
    ...message,
    async release(delaySeconds) {
      await message.release(delaySeconds);
      due.note(delaySeconds * 1000);
    },
  });
  return {
    name: queue.name,
    ensure: () => queue.ensure(),
    async send(body, delaySeconds = 0) {
      await queue.send(body, delaySeconds);
      due.note(delaySeconds * 1000);
    },
    receive: async (max, visibilitySeconds) => (await queue.receive(max, visibilitySeconds)).map(watched),
    depth: (signal) => queue.depth(signal),
    ...(queue.peek && { peek: queue.peek.bind(queue) }),
    wait: (ms, signal) => due.wait(ms, signal),
    expect: (ms) => due.note(ms),
  };
}

class DueTimes {
  readonly #clock: Clock;
  /** The due times on the monotonic clock, in units of {@link GRAIN_MS}. */
  readonly #times = new Set<number>();
  #noted: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(ms: number): void {
    this.#times.add(Math.ceil((this.#clock.monotonic() + ms) / GRAIN_MS));
    if (this.#times.size > MOST) this.#times.delete(Math.max(...this.#times));
    this.#noted?.();
  }

  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    const until = this.#clock.monotonic() + ms;
    while (!signal.aborted) {
      const now = this.#clock.monotonic();
      if (this.#drop(now)) return true;
      if (now >= until) return false;
      const next = Math.min(until, ...[...this.#times].map((time) => time * GRAIN_MS));
      await this.#sleep(next - now, signal);
    }
    return false;
  }

  /** Removes the due times up to `now`, and returns whether there were any. */
  #drop(now: number): boolean {
    const due = [...this.#times].filter((time) => time * GRAIN_MS <= now);
    for (const time of due) this.#times.delete(time);
    return due.length > 0;
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        this.#noted = undefined;
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      this.#noted = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}

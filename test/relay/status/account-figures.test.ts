import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { MemoryQueue } from '../../../lab/memory/queue.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { DeadLetterSummary } from '../../../src/delivery/dead-letters.ts';
import { QueueError } from '../../../src/queue/errors.ts';
import { encodeTask, type Task } from '../../../src/queue/task.ts';
import { AccountFigures, type AccountPorts } from '../../../src/relay/status/account-figures.ts';

const MINUTE = 60_000;
const blob = { account: 'a', container: 'c', name: 'n' };
const task = (origin: Task['origin']) => encodeTask({ v: 1, id: 'i', blob, origin });

function figures(letters: readonly (string | undefined)[] = []) {
  const clock = new FakeClock();
  const metrics = recordingMetrics();
  const queue = new MemoryQueue('q', clock);
  const calls = { depth: 0, peek: 0, list: 0 };
  const state = { isDown: false, hangs: false };
  const counted = async (name: keyof typeof calls) => {
    calls[name] += 1;
    if (state.hangs) await new Promise(() => {});
    if (state.isDown) throw new QueueError('queue_unavailable', 'The queue does not answer.');
  };
  const ports: AccountPorts = {
    queue: {
      depth: async () => {
        await counted('depth');
        return queue.depth();
      },
      peek: async (max) => {
        await counted('peek');
        return queue.peek(max);
      },
    },
    deadLetters: {
      async *list() {
        await counted('list');
        for (const destination of letters) yield { destination } as DeadLetterSummary;
      },
    },
  };
  const account = new AccountFigures({
    clock,
    metrics,
    logger: silentLogger,
    destinations: () => ['splunk', 'hook'],
    shares: true,
  });
  return { clock, metrics, queue, calls, state, refresh: () => account.refresh(ports) };
}

describe('the figures of the account', () => {
  it('cost one look for a thousand who ask, and are looked at again when they are old', async () => {
    const { calls, clock, refresh } = figures();
    await Promise.all(Array.from({ length: 1_000 }, refresh));
    expect(calls).toEqual({ depth: 1, peek: 1, list: 1 });
    clock.advance(10_001);
    await refresh();
    expect(calls).toEqual({ depth: 2, peek: 2, list: 1 });
    clock.advance(5 * MINUTE);
    await refresh();
    expect(calls).toEqual({ depth: 3, peek: 3, list: 2 });
  });

  it('tell the messages, the poison, and the age of the oldest that nobody has taken', async () => {
    const { clock, metrics, queue, refresh } = figures();
    await queue.send(task('tail'), 1);
    await queue.send('bad');
    await (await queue.receive(1, 30))[0]?.poison('it never worked');
    clock.advance(5 * MINUTE);
    await queue.send('{"an": "event of Event Grid"}');
    clock.advance(MINUTE);
    await queue.send(task('notification'));
    await refresh();
    clock.advance(1_000);
    expect(metrics.gaugeValue('xdr_relay_queue_messages')).toBe(3);
    expect(metrics.gaugeValue('xdr_relay_queue_visible_messages')).toBe(3);
    expect(metrics.gaugeValue('xdr_relay_poison_messages')).toBe(1);
    expect(metrics.gaugeValue('xdr_relay_queue_oldest_message_seconds')).toBe(61);
    for (const message of await queue.receive(32, 30)) await message.complete();
    clock.advance(10_001);
    await refresh();
    expect(metrics.gaugeValue('xdr_relay_queue_oldest_message_seconds')).toBe(0);
  });

  it('tell what could be taken now, and from 32 messages on all of them', async () => {
    const { clock, metrics, queue, refresh } = figures();
    const visible = () => metrics.gaugeValue('xdr_relay_queue_visible_messages');
    for (let n = 0; n < 31; n++) await queue.send(`${n}`);
    for (let n = 0; n < 5; n++) await queue.send(`later ${n}`, 3_600);
    await refresh();
    expect(visible()).toBe(31);
    await queue.send('one more');
    clock.advance(10_001);
    await refresh();
    expect(visible()).toBe(37);
  });

  it('tell the dead letters by destination, also those of rows without one', async () => {
    const { metrics, refresh } = figures(['splunk', undefined, 'gone', 'splunk']);
    await refresh();
    const told = metrics.series('xdr_relay_dead_letters_present');
    expect(told.map(({ labels, value }) => [labels.destination, value])).toEqual([
      ['splunk', 2],
      ['hook', 0],
      [undefined, 1],
      ['gone', 1],
    ]);
  });

  it('tell nothing where the account does not answer, rather than what was before', async () => {
    const { clock, metrics, state, refresh } = figures();
    await refresh();
    expect(metrics.gaugeValue('xdr_relay_queue_messages')).toBe(0);
    state.isDown = true;
    clock.advance(5 * MINUTE + 1);
    await refresh();
    expect(metrics.gaugeValue('xdr_relay_queue_messages')).toBeUndefined();
    expect(metrics.series('xdr_relay_dead_letters_present')).toEqual([]);
    const failed = () => metrics.series('xdr_relay_look_failed').map(({ value }) => value);
    expect(failed()).toEqual([1, 1]);
    state.isDown = false;
    clock.advance(10_001);
    await refresh();
    expect(failed()).toEqual([0, 0]);
  });

  it('are waited for three seconds at most, and a look that hangs ends', async () => {
    const { clock, metrics, state, refresh } = figures();
    state.hangs = true;
    const asking = refresh();
    clock.advance(3_001);
    await asking;
    clock.advance(20_000);
    await Promise.resolve();
    await expect.poll(() => metrics.gaugeValue('xdr_relay_look_failed')).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoints/errors.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { MINUTE, numbers, relay, rows } from './harness.ts';

/** Lets the named calls of a port fail for as long as the answer is true. */
function failing(port: object, method: string, when: () => boolean): void {
  const whole = Reflect.get(port, method).bind(port);
  Object.assign(port, {
    async [method](...args: unknown[]) {
      if (when()) throw new CheckpointError('storage_unavailable', 'not now');
      return whole(...args);
    },
  });
}

describe('checkpoints that cannot be written, while everything else works', () => {
  it('do not make tasks multiply', async () => {
    const r = relay();
    let isDown = false;
    failing(r.checkpoints, 'save', () => isDown);
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    isDown = true;
    await r.pass(12 * MINUTE);
    expect((await r.queue.depth()).ready).toBe(1);
    isDown = false;
    r.append(rows(3, 6));
    await r.pass(2 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 6));
    await r.pass(90 * MINUTE, MINUTE);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('do not make the tasks of a destination that is down multiply', async () => {
    const r = relay();
    let isDown = false;
    failing(r.checkpoints, 'save', () => isDown);
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('http_401', 'no');
    };
    r.append(rows(0, 3));
    await r.notify();
    await r.work();
    isDown = true;
    await r.pass(20 * MINUTE);
    expect((await r.queue.depth()).ready).toBe(2);
    isDown = false;
    r.sink('hook').behave = () => {};
    await r.pass(15 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 3));
  });
});

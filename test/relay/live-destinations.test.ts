import { expect, it } from 'vitest';
import { Sink } from '../../lab/memory/sink.ts';
import { RetryableError } from '../../src/destinations/errors.ts';
import { MINUTE, numbers, relay, rows } from './harness.ts';

/** A relay with rows for two destinations, and a new object for the second. */
async function setUp() {
  const r = relay(['splunk', 'hook']);
  r.append(rows(0, 50));
  await r.notify();
  return { r, renewed: new Sink('hook') };
}

it('a destination that is replaced gets what it had not, once and in order; the others do not notice', async () => {
  const { r, renewed } = await setUp();
  await r.work();
  expect(r.sink('hook').rows).toEqual(numbers(0, 50));
  await r.change(
    new Map([
      ['splunk', r.sink('splunk')],
      ['hook', renewed],
    ]),
  );
  r.append(rows(50, 90));
  await r.pass(5 * MINUTE);
  expect([r.sink('hook').rows, renewed.rows]).toEqual([numbers(0, 50), numbers(50, 90)]);
  expect(r.sink('splunk').rows).toEqual(numbers(0, 90));
});

it('a request in flight ends at the old object, and the rows behind it go to the new one', async () => {
  const { r, renewed } = await setUp();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  r.sink('hook').behave = async () => {
    ask();
    await answered;
  };
  const working = r.work();
  await asked;
  await r.change(
    new Map([
      ['splunk', r.sink('splunk')],
      ['hook', renewed],
    ]),
  );
  answer();
  await working;
  await r.pass(5 * MINUTE);
  const old = r.sink('hook').rows;
  expect(old.length).toBeGreaterThan(0);
  expect([...old, ...renewed.rows]).toEqual(numbers(0, 50));
  expect(r.sink('splunk').rows).toEqual(numbers(0, 50));
});

it('a destination that was out of service is tried at once when it was changed', async () => {
  const { r, renewed } = await setUp();
  r.sink('hook').behave = () => {
    throw new RetryableError('server_error', 'answered 500');
  };
  await r.pass(10 * MINUTE);
  expect(r.deps.destinations.get('hook')?.breaker.isOpen).toBe(true);
  await r.change(
    new Map([
      ['splunk', r.sink('splunk')],
      ['hook', renewed],
    ]),
  );
  const { openUntil = 0 } = r.deps.destinations.get('hook')?.breaker.record ?? {};
  expect(openUntil).toBeLessThanOrEqual(r.clock.now());
  await r.pass(10 * MINUTE);
  expect(renewed.rows).toEqual(numbers(0, 50));
});

it('one that is removed gets nothing more, and goes on where it was when it comes back', async () => {
  const { r, renewed } = await setUp();
  await r.work();
  await r.change(new Map([['splunk', r.sink('splunk')]]));
  r.append(rows(50, 90));
  await r.pass(5 * MINUTE);
  expect(r.sink('hook').rows).toEqual(numbers(0, 50));
  await r.change(
    new Map([
      ['splunk', r.sink('splunk')],
      ['hook', renewed],
    ]),
  );
  r.append(rows(90, 95));
  await r.pass(5 * MINUTE);
  expect(renewed.rows).toEqual(numbers(50, 95));
  await r.closed();
});

/** While a destination is disabled nothing is sent to it, and nothing is skipped. */
import { expect, it } from 'vitest';
import { Sink } from '../../lab/memory/sink.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { enableDestination } from '../../src/relay/status/service.ts';
import { MINUTE, numbers, relay, rows } from './harness.ts';

it('is left alone for days, goes on where it stopped when it is enabled, and holds back no other', async () => {
  const r = relay(['splunk', 'hook']);
  const hook = Object.assign(new Sink('hook'), { disableAfterMs: 60 * MINUTE });
  await r.change(
    new Map([
      ['splunk', r.sink('splunk')],
      ['hook', hook],
    ]),
  );
  let asked = 0;
  hook.behave = () => {
    asked += 1;
    throw new DestinationRefusedError('not_authorized', 'wrong token');
  };
  r.append(rows(0, 10));
  await r.notify();
  await r.pass(100 * MINUTE, 30_000);
  expect(r.metrics.gaugeValue('xdr_relay_destination_disabled', { destination: 'hook' })).toBe(1);
  const askedBefore = asked;
  expect(askedBefore).toBeGreaterThan(10);
  r.append(rows(10, 20));
  await r.notify();
  await r.pass(3 * 24 * 60 * MINUTE, 5 * MINUTE);
  expect(asked).toBe(askedBefore);
  expect(r.sink('splunk').rows).toEqual(numbers(0, 20));

  hook.behave = () => {};
  expect(await enableDestination(r.documents, 'hook')).toBe(true);
  await r.pass(15 * MINUTE, 30_000);
  expect(hook.rows).toEqual(numbers(0, 20));
  expect(r.metrics.gaugeValue('xdr_relay_destination_disabled', { destination: 'hook' })).toBe(0);
});

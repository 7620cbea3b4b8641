import { expect, it } from 'vitest';
import { checkReloading } from '../support/reloading.ts';

it('a relay whose relay.yaml and secrets change while rows flow loses no row and keeps their order', async () => {
  const { changes } = await checkReloading({
    seed: 20261126,
    reloads: 3,
    kills: [2],
    removes: false,
    rows: 100_000,
    threads: 1,
  });
  expect(changes[0]).toEqual(
    expect.arrayContaining(['destinations.splunk.token', 'destinations.hook.secrets', 'log.level']),
  );
});

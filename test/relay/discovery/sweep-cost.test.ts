import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { type CountingProxy, startCountingProxy } from '../../../lab/counting-proxy.ts';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../../src/blobs/azure.ts';
import { createAzureCheckpointStore } from '../../../src/checkpoints/azure.ts';
import { sweep } from '../../../src/relay/discovery/sweep.ts';
import { hourFolder } from '../../../src/shared/blob-ref.ts';
import { inParallel } from '../../../src/shared/in-parallel.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';
import { MINUTE, relay, row } from '../harness.ts';

const TABLES = 30;
const PREFIX = 'insights-logs-advancedhunting-';
const STATE = 'xdr-relay-state';
const HOUR_MS = 60 * MINUTE;
/** In the middle of a day, of a month and of its tens of days: where the calendar is for most of the time. */
const NOON = Date.UTC(2026, 10, 26, 12, 30);
/** Blobs of a table in the last two days, and those of them that the narrow sweep looks at. */
const AGES = [0, 1, 20, 25, 26, 30, 31, 40, 46];
const RECENT = 2;

let azurite: Azurite;
let proxy: CountingProxy;

beforeAll(async () => {
  azurite = await azuriteAccount();
  proxy = await startCountingProxy(azurite);
  const { service: direct } = createBlobAccount({
    setting: 'storage',
    connection_string: azurite.connectionString,
  });
  const checkpoints = createAzureCheckpointStore(direct, STATE);
  await checkpoints.ensure();
  const blobs = createAzureBlobStore(direct, azurite.account);
  const tables = Array.from({ length: TABLES }, (_, n) => `${PREFIX}table${n}`);
  await inParallel(tables, 8, async (container) => {
    const client = direct.getContainerClient(container);
    await client.create();
    for (const age of AGES) {
      const name = `tenantId=t/${hourFolder(NOON - age * HOUR_MS)}m=00/PT1H.json`;
      await client.getBlockBlobClient(name).upload(row(0), row(0).length);
    }
    for await (const { ref, createdOn, length, etag } of blobs.list(container, '')) {
      const read = { length, createdOn, grownOn: createdOn, format: 'lines', closed: true, etag } as const;
      const destinations = { splunk: { offset: length } };
      await checkpoints.save(ref, { v: 1, ...read, destinations, replays: {} }, undefined);
    }
  });
}, 60_000);
afterAll(async () => {
  await proxy?.close();
  await azurite?.stop();
});

/** A consumer that has just started, at some moment. */
function consumer(now: number) {
  const r = relay(['splunk']);
  r.clock.advance(now - r.clock.now());
  const { service, account } = createBlobAccount({
    setting: 'storage',
    connection_string: proxy.connectionString,
  });
  const deps = {
    ...r.deps,
    blobs: createAzureBlobStore(service, account),
    checkpoints: createAzureCheckpointStore(service, STATE),
  };
  const back = async (hours: number) => {
    proxy.reset();
    const to = r.clock.now();
    const options = { containerPrefix: PREFIX, from: to - hours * HOUR_MS, to };
    const result = await sweep(deps, options, new AbortController().signal);
    expect(result).toMatchObject({ containers: TABLES, queued: 0, passedOver: 0 });
    return result.listed;
  };
  return { ...r, wide: () => back(48), narrow: () => back(3) };
}

const NOTHING = { write: 0, list: 0, read: 0, other: 0, lease: 0, queue: 0, free: 0 };

it('30 tables are swept with less than 100 operations, and their recent hours with one listing of each', async () => {
  const { wide, narrow, clock } = consumer(NOON);
  expect(await wide()).toBe(TABLES * AGES.length);
  // The containers; of each its tenants, its blobs, its checkpoints.
  expect(proxy.counts()).toEqual({ ...NOTHING, list: 1 + 3 * TABLES });
  await wide();
  expect(proxy.counts()).toEqual({ ...NOTHING, list: 1 + 2 * TABLES });
  expect(await narrow()).toBe(TABLES * RECENT);
  expect(proxy.counts()).toEqual({ ...NOTHING, list: 1 + TABLES, other: RECENT * TABLES });

  // No blobs, and the calendar at its worst: 30 and 31 December are listed together, 1 January alone. A day has passed.
  clock.advance(Date.UTC(2027, 0, 1, 1, 30) - NOON);
  await wide();
  expect(proxy.counts()).toEqual({ ...NOTHING, list: 1 + TABLES + 2 * TABLES });
  await narrow();
  expect(proxy.counts()).toEqual({ ...NOTHING, list: 1 + 2 * TABLES });
}, 60_000);

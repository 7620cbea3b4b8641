import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { type FaultProxy, startFaultProxy } from '../../../lab/fault-proxy.ts';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../../src/blobs/azure.ts';
import { sweep } from '../../../src/relay/discovery/sweep.ts';
import { hourFolder } from '../../../src/shared/blob-ref.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';
import { MINUTE, relay, row } from '../harness.ts';
import { registerSweepFaultTests } from './register-sweep-fault-tests.ts';

registerSweepFaultTests('in Node');

let azurite: Azurite;
let proxy: FaultProxy;
beforeAll(async () => {
  azurite = await azuriteAccount();
  proxy = await startFaultProxy(azurite.blobEndpoint);
});
afterAll(async () => {
  await proxy.close();
  await azurite.stop();
});

it.each([
  [409, 'ContainerBeingDeleted'],
  [500, 'OperationTimedOut'],
  [503, 'ServerBusy'],
  [403, 'AuthorizationPermissionMismatch'],
])('case 07, over Azure itself: listing aaagone answers %i %s, zzz is swept', async (status, code) => {
  const prefix = `insights-logs-${status}-`;
  const through = azurite.connectionString.replace(
    /BlobEndpoint=http:\/\/[^/]+/,
    `BlobEndpoint=${proxy.url}`,
  );
  const { service, account } = createBlobAccount({ setting: 'storage', connection_string: through });
  const name = `tenantId=t/${hourFolder(systemClock.now())}m=00/PT1H.json`;
  for (const table of ['aaagone', 'zzz']) {
    const container = service.getContainerClient(prefix + table);
    await container.create();
    await container.getBlockBlobClient(name).upload(row(0), row(0).length);
  }
  proxy.fault = ({ method, url = '' }) =>
    method === 'GET' && url.includes('comp=list') && url.includes(`${prefix}aaagone`)
      ? { kind: 'status', status, code }
      : undefined;
  const r = relay(['splunk']);
  // Two minutes on: the blobs' notifications are overdue.
  r.clock.advance(systemClock.now() + 2 * MINUTE - r.clock.now());
  const deps = { ...r.deps, blobs: createAzureBlobStore(service, account) };
  const to = systemClock.now();
  const options = { containerPrefix: prefix, from: to - 60 * MINUTE, to };
  const result = await sweep(deps, options, new AbortController().signal);
  expect(result).toMatchObject({ queued: 1, containers: 2, passedOver: 1 });
  const [message] = await r.queue.receive(32, 60);
  expect(JSON.parse(message?.body ?? '').blob.container).toBe(`${prefix}zzz`);
});

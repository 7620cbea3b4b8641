import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { type CountingProxy, startCountingProxy } from '../../../lab/counting-proxy.ts';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../../src/blobs/azure.ts';
import { createAzureCheckpointStore } from '../../../src/checkpoints/azure.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';
import { relay, row } from '../harness.ts';

const MIB = 1 << 20;
/** A thirtieth of a gigabyte, in rows so long that they cost little besides. */
const TOTAL = 32 * MIB;
const APPEND = 4 * MIB;
const STATE = 'xdr-relay-state';
/** What a process reads on one core. */
const MIB_A_SECOND = 20;

let azurite: Azurite;
let proxy: CountingProxy;
beforeAll(async () => {
  azurite = await azuriteAccount();
  proxy = await startCountingProxy(azurite);
});
afterAll(async () => {
  await proxy?.close();
  await azurite?.stop();
});

it('a gigabyte is read with a request for each 4 MiB, and with 60 checkpoints at most', async () => {
  const r = relay(['splunk']);
  const sent = { bytes: 0 };
  r.sink('splunk').behave = ({ items }) => {
    const bytes = items.reduce((sum, item) => sum + item.payload().length, 0);
    sent.bytes += bytes;
    r.clock.advance(Math.ceil((bytes / MIB / MIB_A_SECOND) * 1_000));
  };
  const { service } = createBlobAccount({ setting: 'storage', connection_string: proxy.connectionString });
  const checkpoints = createAzureCheckpointStore(service, STATE);
  await checkpoints.ensure();
  const container = service.getContainerClient(r.ref.container);
  await container.create();
  const blob = container.getAppendBlobClient(r.ref.name);
  await blob.create();
  const rows = Buffer.from(row(0, { text: 'x'.repeat(MIB / 4 - 500) }));
  const piece = Buffer.alloc(APPEND, ' ');
  piece[APPEND - 1] = 10;
  for (let at = 0; at + rows.length < APPEND; at += rows.length) rows.copy(piece, at);
  for (let at = 0; at < TOTAL; at += APPEND) await blob.appendBlock(piece, piece.length);
  Object.assign(r.deps, { blobs: createAzureBlobStore(service, r.ref.account), checkpoints });

  proxy.reset();
  await r.notify();
  await r.work();

  expect(sent.bytes).toBeGreaterThan(0.95 * TOTAL);
  expect((await checkpoints.load(r.ref))?.checkpoint.destinations.splunk?.offset).toBe(TOTAL);
  const pieces = TOTAL / APPEND;
  const names = {
    source: proxy.names({ container: r.ref.container }),
    state: proxy.names({ container: STATE }),
  };
  // One of them looks at how rows are written, before the rows.
  expect(names.source.GetBlob).toBeLessThanOrEqual(pieces + 1);
  const written = proxy.operations.filter(
    ({ name, blob: path }) => name === 'PutBlob' && path.startsWith('checkpoints/'),
  );
  expect(written.length).toBeGreaterThan(1);
  expect(written.length).toBeLessThanOrEqual((60 * TOTAL) / 1e9 + 1);
  // Claim, checkpoint, look and hand-over besides: as many as a visit costs.
  expect(proxy.total() - (names.source.GetBlob ?? 0) - written.length).toBeLessThanOrEqual(8);
}, 60_000);

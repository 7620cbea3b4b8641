import type { BlockBlobClient } from '@azure/storage-blob';
import { expect, it } from 'vitest';
import type { BlobStore } from '../../../src/blobs/port.ts';
import { TASK_VERSION } from '../../../src/queue/task.ts';
import { visit } from '../../../src/relay/visit/visit.ts';
import { CONTAINER, numbers, relay, rows } from '../harness.ts';

export interface RealBlobs {
  readonly store: BlobStore;
  clientOf(container: string, name: string): Promise<BlockBlobClient>;
}

/** A relay whose source is a real blob service: case 06, a list of blocks over a block blob, which keeps its creation time. */
export function registerRewrittenBlobTests(make: () => Promise<RealBlobs>): void {
  it.each([
    ['shorter', 22],
    ['equal', 25],
    ['longer', 28],
  ])('reads content that was put over a blob as a list of blocks from 0: %s', async (length, to) => {
    const { store, clientOf } = await make();
    const name = `${length}.json`;
    const client = await clientOf(CONTAINER, name);
    const write = async (text: string) => {
      const id = Buffer.from(crypto.randomUUID()).toString('base64');
      await client.stageBlock(id, Buffer.from(text), Buffer.byteLength(text));
      await client.commitBlockList([id]);
      return (await client.getProperties()).createdOn?.getTime();
    };
    const r = relay(['splunk']);
    const deps = { ...r.deps, blobs: store };
    const ref = { account: store.account, container: CONTAINER, name };
    const look = (id: string) =>
      visit(deps, { v: TASK_VERSION, id, blob: ref, origin: 'notification' }, r.stopping);

    const created = await write(rows(10, 15));
    expect(await look('first')).toBe('done');
    expect(await look('again')).toBe('done');
    expect(r.sink('splunk').rows).toEqual(numbers(10, 15));

    expect(await write(rows(20, to))).toBe(created);
    for (const id of ['second', 'third', 'fourth']) await look(id);
    // The task that begins again from 0, where the visit found out only while it read.
    for (const message of await r.queue.receive(32, 60)) await look(JSON.parse(message.body).id);
    expect(r.sink('splunk').rows).toEqual([...numbers(10, 15), ...numbers(20, to)]);
    expect(r.metrics.counter('xdr_relay_blobs_replaced_total')).toBe(1);
  });
}

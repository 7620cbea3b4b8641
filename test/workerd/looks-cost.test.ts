/** What the Worker's looks at blobs cost in storage operations, as a proxy in front of the storage counts them. */
import { expect, inject, it } from 'vitest';
import type { CountedOperation } from '../../lab/counting-proxy.ts';
import { KEY, rows, startRelay } from './relay.ts';

const { connectionString, operations } = inject('counted');

async function operationsSoFar(): Promise<readonly CountedOperation[]> {
  return (await fetch(operations)).json();
}

/** Announces the blob under the address that the Worker knows: the proxy's. */
function announce(relay: Awaited<ReturnType<typeof startRelay>>): Promise<Response> {
  const own = relay.notification();
  const { pathname } = new URL(own.data.url);
  const endpoint = /BlobEndpoint=([^;]+)/.exec(connectionString)?.[1];
  const url = new URL(pathname, endpoint).href;
  return relay.fetch(`/events?code=${KEY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
    body: JSON.stringify([{ ...own, data: { ...own.data, url } }]),
  });
}

it('costs six operations a look at a quiet blob, its message on the queue included, and nine one that grew', async () => {
  const relay = await startRelay({ variables: { STORAGE: connectionString } });
  try {
    /** Makes the visit that is due, and tells its operations. */
    const visit = async () => {
      relay.clock.advance(1_500);
      const before = (await operationsSoFar()).length;
      const sent = relay.tasks.calls;
      expect(await relay.work()).toBe(1);
      const names = (await operationsSoFar()).slice(before).map(({ name }) => name);
      return [...names, ...Array.from({ length: relay.tasks.calls - sent }, () => 'SendMessage')];
    };
    await relay.append(rows(0, 20));
    expect((await announce(relay)).status).toBe(200);
    await visit();
    for (let look = 0; look < 3; look++) {
      expect((await visit()).toSorted()).toEqual([
        'AcquireBlobLease',
        'GetBlob',
        'GetBlobProperties',
        'PutBlob',
        'ReleaseBlobLease',
        'SendMessage',
      ]);
    }
    await relay.append(rows(20, 40));
    expect((await visit()).length).toBeLessThanOrEqual(9);
  } finally {
    await relay.close();
  }
});

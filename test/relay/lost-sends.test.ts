import { describe, expect, it } from 'vitest';
import { MemoryQueue } from '../../lab/memory/queue.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { QueueError } from '../../src/queue/errors.ts';
import { sweep } from '../../src/relay/discovery/sweep.ts';
import { CONTAINER, HOUR, MINUTE, numbers, relay, rows } from './harness.ts';

/** Lets the sends to the queue fail that `fails` picks; `taken` ones are made all the same, and only their answer is lost. */
function breakSends(
  r: ReturnType<typeof relay>,
  fails: (body: { destination?: string }) => 'refused' | 'taken' | undefined,
): void {
  const send = MemoryQueue.prototype.send.bind(r.queue);
  r.queue.send = async (body, delaySeconds) => {
    const how = fails(JSON.parse(body));
    if (how !== 'refused') await send(body, delaySeconds);
    if (how) throw new QueueError('queue_unavailable', 'no answer');
  };
}

/** The sink refuses everything until it is told otherwise. */
function down(r: ReturnType<typeof relay>, name: string): () => void {
  r.sink(name).behave = () => {
    throw new DestinationRefusedError('not_authorized', 'no');
  };
  return () => {
    r.sink(name).behave = () => {};
  };
}

describe('a task that did not get onto the queue', () => {
  it('of a sweep is queued by the next sweep, and not after five minutes', async () => {
    const r = relay();
    r.append(rows(0, 3));
    r.clock.advance(2 * MINUTE);
    let failures = 0;
    breakSends(r, () => (failures++ === 0 ? 'refused' : undefined));
    const range = { containerPrefix: 'insights-logs-advancedhunting-', from: HOUR, to: HOUR };
    await expect(sweep(r.deps, range, r.stop.signal)).rejects.toMatchObject({ code: 'queue_unavailable' });
    r.clock.advance(4_000);
    expect(await sweep(r.deps, range, r.stop.signal)).toMatchObject({ queued: 1 });
    // Once is enough.
    expect(await sweep(r.deps, range, r.stop.signal)).toMatchObject({ queued: 0 });
    await r.work();
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual(numbers(0, 3));
  });

  // No sweep finds a blob without an hour in its path: nothing but its tasks brings it to its end.
  it.each(['refused', 'taken'] as const)(
    '(%s) keeps no destination from a blob without an hour',
    async (how) => {
      const r = relay(['splunk', 'hook', 'chat']);
      const back = [down(r, 'hook'), down(r, 'chat')];
      let failures = 0;
      breakSends(r, ({ destination }) => (destination === 'hook' && failures++ === 0 ? how : undefined));
      await r.notify(r.blobs.put(CONTAINER, 'export.json', Buffer.from(rows(0, 5))));
      await r.work();
      expect(failures).toBe(1);
      for (const comeBack of back) comeBack();
      await r.pass(15 * MINUTE);
      for (const name of ['splunk', 'hook', 'chat']) expect(r.sink(name).rows).toEqual(numbers(0, 5));
      expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
    },
  );

  it("keeps none from it either where the message that comes back is Event Grid's own", async () => {
    const r = relay(['splunk', 'hook']);
    const comeBack = down(r, 'hook');
    const { name } = r.blobs.put(CONTAINER, 'export.json', Buffer.from(rows(0, 5)));
    await r.queue.send(
      JSON.stringify({
        id: '831e1650-001e-001b-66ab-eeb76e069631',
        topic: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/memory',
        subject: `/blobServices/default/containers/${CONTAINER}/blobs/${name}`,
        eventType: 'Microsoft.Storage.BlobCreated',
        eventTime: '2026-11-23T07:00:00Z',
        data: { api: 'PutBlob', url: `https://memory.blob.core.windows.net/${CONTAINER}/${name}` },
        dataVersion: '',
        metadataVersion: '1',
      }),
    );
    // As when the process dies there: the message is not settled and its visibility runs out.
    let isDead = false;
    breakSends(r, ({ destination }) => {
      isDead ||= destination === 'hook';
      return isDead ? 'refused' : undefined;
    });
    await r.work();
    expect(r.sink('splunk').rows).toEqual(numbers(0, 5));
    isDead = false;
    breakSends(r, () => undefined);
    comeBack();
    await r.pass(15 * MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 5));
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });
});

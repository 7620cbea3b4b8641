/** Several sources in one process: whose tasks wait for whom, and what carries a source's name. */

import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryBlobStore } from '../../../lab/memory/blob-store.ts';
import { createMemoryCheckpointStore } from '../../../lab/memory/checkpoint-store.ts';
import { numberOf } from '../../../lab/memory/sink.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { BlobError } from '../../../src/blobs/errors.ts';
import { sourceAccount } from '../../../src/event-grid/source.ts';
import { SourceHealth } from '../../../src/relay/source/source-health.ts';
import { relaySources, type SourcePorts } from '../../../src/relay/source/sources.ts';
import { handleMessage } from '../../../src/relay/visit/consumer.ts';
import { CONTAINER, MINUTE, NAME, numbers, relay, rows } from '../harness.ts';

/** Two sources with the same containers and the same blob names in them. */
function two() {
  const r = relay(['splunk']);
  const source = (account: string) => {
    const blobs = createMemoryBlobStore({ clock: r.clock, account });
    const ports: SourcePorts = {
      name: account,
      account: sourceAccount({ account, containerPrefix: 'insights-logs-' }),
      blobs,
      checkpoints: createMemoryCheckpointStore({ clock: r.clock, leaseSeconds: 30, scope: account }),
      documents: createMemoryStateDocuments(),
    };
    return { blobs, ports };
  };
  const [contoso, fabrikam] = [source('contoso'), source('fabrikam')];
  const begins = new Map(
    ['contoso', 'fabrikam'].map((name) => [name, { isDecided: true, start: undefined }] as const),
  );
  const looks = { fabrikam: 0 };
  let isDown = false;
  const down: SourcePorts = {
    ...fabrikam.ports,
    blobs: {
      ...fabrikam.blobs,
      async stat(...args) {
        looks.fabrikam += 1;
        if (isDown) throw new BlobError('storage_unavailable', 'nobody answers');
        return fabrikam.blobs.stat(...args);
      },
    },
  };
  const sources = relaySources(r.deps, [contoso.ports, down], begins);
  const options = { sources, concurrency: 4, visibilitySeconds: 120, dequeueLimit: 5 };
  return {
    ...r,
    contoso,
    fabrikam,
    looks,
    setDown: (value: boolean) => {
      isDown = value;
    },
    async pass(ms: number) {
      for (let gone = 0; gone < ms; gone += 1_000) {
        r.clock.advance(1_000);
        for (const message of await r.queue.receive(32, 120)) {
          await handleMessage(r.deps, options, message, r.stopping);
        }
      }
    },
  };
}

const ref = (account: string, name = NAME) => ({ account, container: CONTAINER, name });

describe('two sources that have the same blob', () => {
  it('are read each for itself; rows and figures carry the name', async () => {
    const r = two();
    r.contoso.blobs.append(CONTAINER, NAME, Buffer.from(rows(0, 4)));
    r.fabrikam.blobs.append(CONTAINER, NAME, Buffer.from(rows(10, 13)));
    await r.notify(ref('contoso'));
    await r.notify(ref('fabrikam'));
    await r.pass(MINUTE);
    const items = r.sink('splunk').batches.flatMap((batch) => batch.items);
    const of = (name: string) => items.filter(({ head }) => head.source.name === name).map(numberOf);
    expect(of('contoso')).toEqual(numbers(0, 4));
    expect(of('fabrikam')).toEqual(numbers(10, 13));
    expect(r.metrics.counter('xdr_relay_rows_total', { source: 'contoso' })).toBe(4);
    expect(r.metrics.counter('xdr_relay_rows_total', { source: 'fabrikam' })).toBe(3);
    expect(r.metrics.gaugeValue('xdr_relay_lag_bytes', { source: 'fabrikam' })).toBe(0);
  });
});

describe('a source that does not answer', () => {
  it('is asked by one visit at a time, however many blobs it has, and heals by itself', async () => {
    const r = two();
    r.setDown(true);
    const names = Array.from({ length: 50 }, (_, n) => NAME.replace('tenantId=t', `tenantId=${n}`));
    for (const [n, name] of names.entries()) {
      r.fabrikam.blobs.append(CONTAINER, name, Buffer.from(rows(n, n + 1)));
      await r.notify(ref('fabrikam', name));
    }
    r.contoso.blobs.append(CONTAINER, NAME, Buffer.from(rows(0, 4)));
    await r.notify(ref('contoso'));
    await r.pass(10 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 4));
    // Three that failed, then pauses of 5, 10, 20, 40 and 60 seconds.
    expect(r.looks.fabrikam).toBeLessThan(20);
    expect(r.looks.fabrikam).toBeGreaterThan(5);
    r.setDown(false);
    await r.pass(3 * MINUTE);
    expect(r.sink('splunk').rows.length).toBe(54);
  });
});

describe('the health of a source', () => {
  it('is believed after three failures in a row, and asked again at growing intervals', () => {
    const clock = new FakeClock(0);
    const health = new SourceHealth(clock);
    health.failed();
    health.failed();
    health.answered();
    health.failed();
    health.failed();
    expect(health.admit()).toBe(0);
    health.failed();
    expect(health.admit()).toBe(5_000);
    clock.advance(5_000);
    expect(health.admit()).toBe(0);
    // One tries; the others wait for it, but not for ever.
    expect(health.admit()).toBe(15_000);
    health.failed();
    expect(health.admit()).toBe(10_000);
    clock.advance(10_000);
    expect(health.admit()).toBe(0);
    health.unasked();
    expect(health.admit()).toBe(0);
    health.answered();
    expect([health.admit(), health.admit(), health.isDown]).toEqual([0, 0, false]);
  });
});

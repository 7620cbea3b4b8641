import { describe, expect, it } from 'vitest';
import { createDestination } from '../../src/destinations/create.ts';
import type { HttpClientFactory } from '../../src/destinations/http.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { depsOf } from './deps.ts';
import type { Balancing } from './hec-cluster.ts';
import { batchOf, envelope } from './samples.ts';

/** A {@link HecCluster}, wherever it runs. */
export interface ClusterBench {
  readonly origin: string;
  /** Ids of the events that were indexed. */
  readonly indexed: () => Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Two indexers behind a balancer: a batch counts as delivered when it is indexed, and not when another one is. */
export function hecAcknowledgement(
  host: string,
  http: HttpClientFactory,
  openCluster: (token: string, balancing: Balancing) => Promise<ClusterBench>,
): void {
  describe(`splunk_hec: acknowledgement behind a balancer, ${host}`, () => {
    const signal = new AbortController().signal;

    it.each<[string, Balancing]>([
      ['is sticky', { cookies: true, isSticky: true }],
      ['stopped being sticky', { cookies: true, isSticky: false }],
      ['has no cookies', { cookies: false, isSticky: false }],
    ])('believes only the indexer that took the batch where the balancer %s', async (_, balancing) => {
      const token = '0a1b2c3d-0000-4000-8000-0123456789ab';
      const cluster = await openCluster(token, balancing);
      const config = splunkHecConfig.parse({
        type: 'splunk_hec',
        url: cluster.origin,
        token,
        allow_networks: ['127.0.0.0/8'],
        acknowledgement: true,
        acknowledgement_timeout: '4s',
      });
      const destination = createDestination('splunk', config, depsOf(http));
      const batches = [1, 2].map((at) => batchOf(destination, [envelope(at)], `msg_${at}`));
      const ids = [1, 2].map((at) => envelope(at).id);

      const results = await Promise.allSettled(batches.map((batch) => destination.send(batch, signal)));
      const indexed = await cluster.indexed();
      expect(indexed).toHaveLength(1);
      expect(ids.filter((_id, at) => results[at]?.status === 'fulfilled')).toEqual(indexed);
      const lost = ids.findIndex((id) => !indexed.includes(id));
      expect(results[lost]).toMatchObject({ reason: { name: 'RetryableError', code: 'not_acknowledged' } });

      const again = batches[lost] ?? expect.fail('nothing was lost');
      await destination.send(again, signal);
      expect([...(await cluster.indexed())].sort()).toEqual(ids);

      const pipeline = destination.openPipeline?.() ?? expect.fail('no pipeline');
      const waits: Promise<void>[] = [];
      for (const at of [3, 4]) {
        const handover = await pipeline.handOver(batchOf(destination, [envelope(at)], `msg_${at}`), signal);
        waits.push(handover.acknowledged);
      }
      await Promise.all(waits);
      expect(await cluster.indexed()).toHaveLength(4);
      await destination.close();
      await cluster.close();
    });
  });
}

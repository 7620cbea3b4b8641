import { describe, expect, it } from 'vitest';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { indexDocument } from '../../../src/relay/alerts/names.ts';
import { resetDestination, silentMessengers } from '../../../src/relay/status/service.ts';
import { relay, rows } from '../harness.ts';

describe('resetting a destination', () => {
  it('lets running consumers try it again, whatever its waiting time was', async () => {
    const r = relay(['splunk']);
    const { breaker } = r.deps.destinations.get('splunk') ?? {};
    if (!breaker) throw new Error('no destination');
    await breaker.failed({ code: 'server_error', message: 'later', retryAfterMs: 60 * 60_000 });
    r.append(rows(0, 3));
    expect(await resetDestination(r.documents, 'splunk')).toEqual({
      breaker: true,
      holds: false,
      pause: false,
    });
    await breaker.refresh();
    expect(breaker.record).toBeUndefined();
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toHaveLength(3);
  });

  it('releases held tables, and says where there was nothing to reset', async () => {
    const documents = createMemoryStateDocuments();
    await documents.put('holds/splunk', {}, undefined);
    await documents.put('holds/splunk-2', {}, undefined);
    expect(await resetDestination(documents, 'splunk')).toEqual({
      breaker: false,
      holds: true,
      pause: false,
    });
    expect(await resetDestination(documents, 'splunk')).toEqual({
      breaker: false,
      holds: false,
      pause: false,
    });
    expect(await documents.get('holds/splunk-2')).toBeDefined();
  });

  it('ends the pause of a destination for people, which is listed until then', async () => {
    const documents = createMemoryStateDocuments();
    const pause = { until: 90_000, ms: 60_000, failures: 3, since: 1, code: 'timeout', message: 'no answer' };
    await documents.put(indexDocument('soc-slack'), { v: 1, nextAt: 7, shards: {}, pause }, undefined);
    await documents.put(indexDocument('soc-teams'), { v: 1, nextAt: 0, shards: {} }, undefined);
    const { until: openUntil, ms: _, ...why } = pause;
    expect(await silentMessengers(documents, 40_000)).toMatchObject([
      { destination: 'soc-slack', openUntil, ...why },
    ]);
    expect(await resetDestination(documents, 'soc-slack')).toEqual({
      breaker: false,
      holds: false,
      pause: true,
    });
    expect(await silentMessengers(documents, 40_000)).toEqual([]);
    expect((await documents.get(indexDocument('soc-slack')))?.value).toEqual({ v: 1, nextAt: 7, shards: {} });
    expect(await resetDestination(documents, 'soc-teams')).toMatchObject({ pause: false });
  });
});

import { describe, expect, it } from 'vitest';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { resetDestination } from '../../../src/relay/status/service.ts';
import { relay, rows } from '../harness.ts';

describe('resetting a destination', () => {
  it('lets running consumers try it again, whatever its waiting time was', async () => {
    const r = relay(['splunk']);
    const { breaker } = r.deps.destinations.get('splunk') ?? {};
    if (!breaker) throw new Error('no destination');
    await breaker.failed({ code: 'server_error', message: 'later', retryAfterMs: 60 * 60_000 });
    r.append(rows(0, 3));
    expect(await resetDestination(r.documents, 'splunk')).toEqual({ breaker: true, holds: false });
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
    expect(await resetDestination(documents, 'splunk')).toEqual({ breaker: false, holds: true });
    expect(await resetDestination(documents, 'splunk')).toEqual({ breaker: false, holds: false });
    expect(await documents.get('holds/splunk-2')).toBeDefined();
  });
});

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { CONTAINER, MINUTE, numbers, relay, rows } from './harness.ts';

const document = `{"records":[${rows(0, 5).trim().split('\r\n').join(',')}]}`;

describe('a blob that nobody could read at first', () => {
  it.each([
    ['a document', Buffer.from(document)],
    ['gzip', gzipSync(rows(0, 5))],
    ['a document in gzip', gzipSync(document)],
    ['lines', Buffer.from(rows(0, 5))],
  ])('is %s to a destination that reads on its own too', async (_, content) => {
    const names = ['splunk', 'hook'];
    const r = relay(names);
    for (const name of names) {
      r.sink(name).behave = () => {
        throw new DestinationRefusedError('http_401', 'no');
      };
    }
    // Both are known to be out of service when the blob is looked at.
    for (const { breaker } of r.deps.destinations.values()) {
      await breaker.failed({ code: 'http_401', message: 'no' });
    }
    await r.notify(r.blobs.put(CONTAINER, 'export.json', content));
    await r.work();
    // They are tried, in vain.
    await r.pass(MINUTE);
    for (const name of names) r.sink(name).behave = () => {};
    await r.pass(15 * MINUTE);
    for (const name of names) {
      expect(r.sink(name).rows).toEqual(numbers(0, 5));
    }
    expect(await r.letters()).toEqual([]);
  });
});

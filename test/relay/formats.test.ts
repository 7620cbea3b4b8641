import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BlobStore } from '../../src/blobs/port.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { CONTAINER, MINUTE, numbers, relay, row, rows } from './harness.ts';

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
        throw new DestinationRefusedError('not_authorized', 'no');
      };
    }
    // Both are known to be out of service when the blob is looked at.
    for (const { breaker } of r.deps.destinations.values()) {
      await breaker.failed({ code: 'not_authorized', message: 'no' });
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

describe('a long gzip blob on a slow line', () => {
  it('is read in as many visits as its own time takes: what was read before does not count', async () => {
    const r = relay(['splunk'], { visitMs: 4_000 });
    // Each piece that the store gives takes a second.
    const read: BlobStore['read'] = async function* (...args) {
      for await (const piece of r.blobs.read(...args)) {
        for (let at = 0; at < piece.length; at += 64 * 1024) {
          r.clock.advance(1_000);
          yield piece.subarray(at, at + 64 * 1024);
        }
      }
    };
    Object.assign(r.deps, { blobs: { ...r.blobs, read } });
    const count = 1_500;
    const content = Array.from({ length: count }, (_, n) =>
      row(n, { noise: randomBytes(700).toString('hex') }),
    );
    const blob = gzipSync(content.join(''));
    const seconds = Math.ceil(blob.length / (64 * 1024));
    expect(seconds).toBeGreaterThan(12);
    await r.notify(r.blobs.put(CONTAINER, 'export.json', blob));
    let visits = 0;
    for (let messages = await r.work(); messages > 0; messages = await r.work()) {
      visits += messages;
      r.clock.advance(1_000);
    }
    expect(r.sink('splunk').rows).toEqual(numbers(0, count));
    expect(visits).toBeLessThanOrEqual(Math.ceil(seconds / 4) + 2);
  });
});

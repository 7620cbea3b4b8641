import { expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryBlobStore } from '../../../lab/memory/blob-store.ts';
import { TenantFolders } from '../../../src/relay/source/tenant-folders.ts';
import { DAY_MS, HOUR_MS } from '../../../src/shared/duration.ts';

const never = new AbortController().signal;

/** An account with two containers, and the listings that were made of it. */
function account() {
  const clock = new FakeClock(Date.UTC(2026, 10, 26));
  const memory = createMemoryBlobStore({ clock });
  const listed: string[] = [];
  const blobs = {
    ...memory,
    folders(container: string, prefix: string, signal?: AbortSignal) {
      listed.push(container);
      return memory.folders(container, prefix, signal);
    },
  };
  const tenants = new TenantFolders(clock);
  const put = (container: string, tenant: string) => {
    memory.put(container, `tenantId=${tenant}/y=2026/PT1H.json`, Buffer.from('x'));
  };
  return { clock, put, listed, of: (container: string) => tenants.of(blobs, container, never), memory };
}

it('lists a container once, and anew a day later', async () => {
  const { clock, put, listed, of } = account();
  put('one', 't');
  expect(await of('one')).toEqual(['tenantId=t/']);
  put('one', 'u');
  clock.advance(DAY_MS - 1);
  expect(await of('one')).toEqual(['tenantId=t/']);
  expect(listed).toEqual(['one']);
  clock.advance(1);
  expect(await of('one')).toEqual(['tenantId=t/', 'tenantId=u/']);
  expect(listed).toEqual(['one', 'one']);
});

it('looks for a tenant that is new in one container in the others too', async () => {
  const { clock, put, listed, of } = account();
  put('one', 't');
  put('two', 't');
  await of('one');
  await of('two');
  put('one', 'u');
  put('three', 'u');
  clock.advance(HOUR_MS);
  expect(await of('one')).toEqual(['tenantId=t/']);
  expect(await of('three')).toEqual(['tenantId=u/']);
  expect(await of('one')).toEqual(['tenantId=t/', 'tenantId=u/']);
  await of('two');
  expect(listed).toEqual(['one', 'two', 'three', 'one', 'two']);
});

it('lists a container without folders each time', async () => {
  const { put, of, memory } = account();
  memory.createContainer('one');
  expect(await of('one')).toEqual([]);
  put('one', 't');
  expect(await of('one')).toEqual(['tenantId=t/']);
});

/** A Worker on a state that a newer version has written: not ready, its tasks wait, and it sends and writes nothing. */
import { afterEach, expect, it, vi } from 'vitest';
import { STATE_VERSION, VERSION_BLOB } from '../../src/checkpoints/state-version.ts';
import { KEY, rows, startRelay } from './relay.ts';

let relay: Awaited<ReturnType<typeof startRelay>> | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await relay?.close();
});

it('a Worker refuses a state that a newer version has written', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue();
  relay = await startRelay();
  const { service, stateContainer, fetch, hec, tasks } = relay;
  const state = service.getContainerClient(stateContainer);
  await state.create();
  const text = JSON.stringify({ version: STATE_VERSION + 1 });
  await state.getBlockBlobClient(VERSION_BLOB).upload(text, text.length);

  await relay.append(rows(0, 10));
  expect((await relay.notify()).status).toBe(200);
  await relay.queue(tasks.deliver(1));
  await relay.scheduled();
  await relay.settled();
  expect((await hec.state()).arrived).toEqual([]);
  expect(tasks.deliver(2)).toEqual([]);
  relay.clock.advance(301_000);
  expect(tasks.deliver(2)).toHaveLength(1);

  const ready = await fetch(`/readyz?code=${KEY}`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({
    checks: { state: { ok: false, error: { code: 'state_newer' } } },
  });
  expect(JSON.stringify(log.mock.calls)).toContain('state_newer');
  const names: string[] = [];
  for await (const { name } of state.listBlobsFlat()) names.push(name);
  expect(names).toEqual([VERSION_BLOB]);
});

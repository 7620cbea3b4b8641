/** When a process that no longer renews its heartbeat counts as dead. */
import { expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { Fleet } from '../../../src/relay/follow/fleet.ts';

const ref = { account: 'account', container: 'insights-logs-advancedhunting-a', name: 'PT1H.json' };

it('notices a dead process at the third read, whether reading takes longer or shorter than before', async () => {
  const clock = new FakeClock(0);
  const documents = createMemoryStateDocuments();
  const hints: string[] = [];
  const queue = { send: async (body: string) => void hints.push(body) };
  const deps = { documents, queue, clock, logger: silentLogger };
  const { signal } = new AbortController();
  await new Fleet(deps).beat({
    host: 'dead:1',
    cores: 1,
    capacity: 10,
    load: 1,
    follows: [{ ref, task: 'task' }],
    leaving: [],
  });
  const living = new Fleet(deps);
  await living.look(signal);
  await clock.run(25_000);
  await living.look(signal);
  expect(hints).toHaveLength(0);
  await clock.run(24_800);
  await living.look(signal);
  expect(hints).toHaveLength(1);
});

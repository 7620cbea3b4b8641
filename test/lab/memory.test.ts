import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryBlobStore } from '../../lab/memory/blob-store.ts';
import { createMemoryCheckpointStore } from '../../lab/memory/checkpoint-store.ts';
import { createMemoryDeadLetters } from '../../lab/memory/dead-letters.ts';
import { MemoryQueue } from '../../lab/memory/queue.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { registerBlobStoreTests } from '../blobs/register-blob-store-tests.ts';
import { registerCheckpointStoreTests } from '../checkpoints/register-checkpoint-store-tests.ts';
import { registerClaimsTests } from '../checkpoints/register-claims-tests.ts';
import { registerStateDocumentsTests } from '../checkpoints/register-state-documents-tests.ts';
import { registerDeadLettersTests } from '../delivery/register-dead-letters-tests.ts';
import { registerTaskQueueTests } from '../queue/register-task-queue-tests.ts';
import { MANY } from '../support/small-pages.ts';

registerBlobStoreTests('memory', async () => {
  const store = createMemoryBlobStore();
  return {
    store,
    many: MANY,
    put: async (container, name, content) => store.put(container, name, content),
    append: async (container, name, content) => store.append(container, name, content),
    remove: async (ref) => store.remove(ref),
    createContainer: async (container) => store.createContainer(container),
    async fill(container, names) {
      for (const name of names) store.append(container, name, new Uint8Array());
    },
  };
});

const checkpoints = async () => {
  const clock = new FakeClock();
  const store = createMemoryCheckpointStore({ clock });
  return {
    one: store,
    two: store,
    many: MANY,
    async expire() {
      clock.advance(60_001);
    },
  };
};
registerCheckpointStoreTests('memory', checkpoints);
registerClaimsTests('memory', checkpoints);

registerStateDocumentsTests('memory', async () => {
  const documents = createMemoryStateDocuments();
  return [documents, documents];
});

registerDeadLettersTests('memory', async (clock) => createMemoryDeadLetters({ clock }));

registerTaskQueueTests('MemoryQueue', () => new MemoryQueue('tasks', systemClock));

describe('MemoryQueue', () => {
  it('shows what was poisoned, and why', async () => {
    const queue = new MemoryQueue('tasks', systemClock);
    await queue.send('bad');
    const [message] = await queue.receive(1, 30);
    await message?.poison('no such thing');
    expect(queue.poisoned.map((text) => JSON.parse(text))).toMatchObject([
      { reason: 'no such thing', body: 'bad', dequeueCount: 1 },
    ]);
  });
});

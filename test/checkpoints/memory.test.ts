import { createMemoryCheckpointStore } from '../../lab/memory/checkpoint-store.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { checkpointStoreContract } from './register-checkpoint-store-tests.ts';
import { stateDocumentsContract } from './register-state-documents-tests.ts';

checkpointStoreContract('memory', async () => {
  let passed = 0;
  const store = createMemoryCheckpointStore({ clock: { ...systemClock, monotonic: () => passed } });
  return {
    one: store,
    two: store,
    async expire() {
      passed += 60_001;
    },
  };
});

stateDocumentsContract('memory', async () => {
  const documents = createMemoryStateDocuments();
  return [documents, documents];
});

import { createMemoryStateDocuments } from '../../src/checkpoints/documents-memory.ts';
import { createMemoryCheckpointStore } from '../../src/checkpoints/memory.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { checkpointStoreContract } from './contract.ts';
import { stateDocumentsContract } from './contract-documents.ts';

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

/** Makes a missing state container look empty. Only for reports, because a consumer would treat every blob as new. */
import type { StateDocuments } from './documents.ts';
import { StateMissingError } from './errors.ts';
import type { CheckpointStore } from './port.ts';

/** Wraps the state so that reads from a missing container find nothing and listings are empty. Writes still fail. */
export function emptyWhereMissing({
  checkpoints,
  documents,
}: {
  readonly checkpoints: CheckpointStore;
  readonly documents: StateDocuments;
}): { readonly checkpoints: CheckpointStore; readonly documents: StateDocuments } {
  return {
    checkpoints: {
      ...checkpoints,
      load: (ref, signal) => checkpoints.load(ref, signal).catch(none),
      look: (ref, signal) => checkpoints.look(ref, signal).catch(none),
      list: (container, prefix, signal) => listed(checkpoints.list(container, prefix, signal)),
      listClaims: (container, prefix, signal) => listed(checkpoints.listClaims(container, prefix, signal)),
    },
    documents: {
      ...documents,
      get: (name, signal) => documents.get(name, signal).catch(none),
      list: (prefix, signal) => listed(documents.list(prefix, signal)),
    },
  };
}

function none(error: unknown): undefined {
  if (!(error instanceof StateMissingError)) throw error;
}

async function* listed<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    none(error);
  }
}

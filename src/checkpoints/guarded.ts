/** Wraps checkpoints and documents so that no request reaches a state that a newer relay has written. */
import type { StateDocuments } from './documents.ts';
import type { CheckpointStore } from './port.ts';
import type { StateVersion } from './state-version.ts';

/** Checkpoints and claims behind the version. `ensure` marks the state. */
export function guardedCheckpoints(store: CheckpointStore, version: StateVersion): CheckpointStore {
  return {
    ensure: () => ensured(store, version),
    load: (ref, signal) => reading(version, () => store.load(ref, signal), signal),
    look: (ref, signal) => reading(version, () => store.look(ref, signal), signal),
    save: (ref, checkpoint, etag) => writing(version, () => store.save(ref, checkpoint, etag)),
    claim: (ref, cursor) => writing(version, () => store.claim(ref, cursor)),
    remove: (ref, etag) => writing(version, () => store.remove(ref, etag)),
    list: (container, prefix, signal) =>
      listing(version, () => store.list(container, prefix, signal), signal),
    listClaims: (container, prefix, signal) =>
      listing(version, () => store.listClaims(container, prefix, signal), signal),
  };
}

/** Documents behind the version. `ensure` marks the state. */
export function guardedDocuments(documents: StateDocuments, version: StateVersion): StateDocuments {
  return {
    ensure: () => ensured(documents, version),
    get: (name, signal) => reading(version, () => documents.get(name, signal), signal),
    put: (name, value, etag) => writing(version, () => documents.put(name, value, etag)),
    copy: (name, to, etag) => writing(version, () => documents.copy(name, to, etag)),
    remove: (name, etag) => writing(version, () => documents.remove(name, etag)),
    list: (prefix, signal) => listing(version, () => documents.list(prefix, signal), signal),
  };
}

async function ensured(store: { ensure(): Promise<void> }, version: StateVersion): Promise<void> {
  await version.mayRead();
  await store.ensure();
  await version.mark();
}

async function reading<T>(version: StateVersion, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await version.mayRead(signal);
  return await work();
}

async function writing<T>(version: StateVersion, work: () => Promise<T>): Promise<T> {
  await version.mayWrite();
  return await work();
}

async function* listing<T>(
  version: StateVersion,
  list: () => AsyncIterable<T>,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  await version.mayRead(signal);
  yield* list();
}

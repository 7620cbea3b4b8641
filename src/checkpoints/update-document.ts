/**
 * How consumers change what they share: load, change, write under the ETag; if another consumer wrote meanwhile, start over from what that
 * one wrote. The only place that takes a conflict for a reason to try again.
 */
import type { Clock } from '../shared/clock.ts';
import { codeOf } from '../shared/errors.ts';
import type { JsonValue } from '../shared/json.ts';
import type { StateDocuments } from './documents.ts';

/** What is stored at one moment; without an ETag where nothing is. */
export interface Version<T> {
  readonly value: T | undefined;
  readonly etag: string | undefined;
}

/** Something that several consumers write: a document, a checkpoint. */
export interface SharedDocument<T> {
  load(): Promise<Version<T>>;
  /** Writes under the ETag and gives the new one; none where the document is gone now. Throws `checkpoint_conflict`. */
  save(value: T, etag: string | undefined): Promise<string | undefined>;
}

/** What is to be written, or that nothing is; and what the caller of {@link updateDocument} gets for it. */
export type Decision<T, R> = { readonly write: T; readonly result: R } | { readonly keep: R };

/** How long it is tried against others that write the same document. */
export interface Patience {
  /** Writes at most, the first included. */
  readonly tries: number;
  /** Absent: the next try follows at once. */
  readonly pause?: {
    readonly clock: Pick<Clock, 'sleep'>;
    /** Milliseconds before the next try, after so many failed. */
    readonly ms: (failed: number) => number;
    readonly signal?: AbortSignal;
  };
}

/** For a write after which, where another consumer was faster, there is nothing to do. */
export const ONE_TRY: Patience = { tries: 1 };

export type Outcome<T, R> =
  | { readonly kind: 'written'; readonly result: R; readonly version: Version<T> }
  /** The change found nothing to write. */
  | { readonly kind: 'kept'; readonly result: R }
  /** Others wrote at each try; `conflict` is the last CheckpointError. */
  | { readonly kind: 'busy'; readonly conflict: unknown };

/**
 * Changes a shared document. `decide` is called again, with what is stored by then, for each further try: it must not rely on what it
 * found before. Throws what `document` throws, save for conflicts, and the reason of the pause's signal.
 *
 * @param known what the caller believes to be stored: where that is so, nothing is loaded.
 */
export async function updateDocument<T, R>(
  document: SharedDocument<T>,
  decide: (current: T | undefined) => Decision<T, R>,
  { tries, pause }: Patience,
  known?: Version<T>,
): Promise<Outcome<T, R>> {
  let current = known ?? (await document.load());
  for (let failed = 1; ; failed++) {
    const decision = decide(current.value);
    if ('keep' in decision) return { kind: 'kept', result: decision.keep };
    const { write: value, result } = decision;
    try {
      const etag = await document.save(value, current.etag);
      return { kind: 'written', result, version: { value, etag } };
    } catch (error) {
      if (codeOf(error) !== 'checkpoint_conflict') throw error;
      if (failed === tries) return { kind: 'busy', conflict: error };
    }
    const ms = pause?.ms(failed) ?? 0;
    if (ms > 0) await pause?.clock.sleep(ms, pause.signal);
    current = await document.load();
  }
}

/** Writes it where nothing is; false where something is already. */
export async function createShared<T>(document: SharedDocument<T>, value: T): Promise<boolean> {
  const nothing = { value: undefined, etag: undefined };
  const { kind } = await updateDocument(
    document,
    () => ({ write: value, result: undefined }),
    ONE_TRY,
    nothing,
  );
  return kind === 'written';
}

/** {@link createShared} for a document of the state container. */
export function createDocument(documents: StateDocuments, name: string, value: JsonValue): Promise<boolean> {
  return createShared(
    sharedDocument(documents, name, (stored) => stored),
    value,
  );
}

/** A document of the state container. `parse` gives undefined for what is not one of ours: then it is written over. */
export function sharedDocument<T extends JsonValue>(
  documents: StateDocuments,
  name: string,
  parse: (value: JsonValue) => T | undefined,
  signal?: AbortSignal,
): SharedDocument<T> {
  return {
    async load() {
      const stored = await documents.get(name, signal);
      return { value: stored && parse(stored.value), etag: stored?.etag };
    },
    save: (value, etag) => documents.put(name, value, etag),
  };
}

/**
 * Changes shared documents: loads, changes, writes under the ETag, and starts over if another consumer wrote meanwhile. No other code
 * retries after a conflict.
 */
import type { Clock } from '../shared/clock.ts';
import { codeOf } from '../shared/errors.ts';
import type { JsonValue } from '../shared/json.ts';
import { type StateDocuments, UnreadableDocumentError } from './documents.ts';

/** The stored value at one moment; without an ETag if nothing is stored. */
export interface Version<T> {
  readonly value: T | undefined;
  readonly etag: string | undefined;
}

/** A document or checkpoint that several consumers write. */
export interface SharedDocument<T> {
  load(): Promise<Version<T>>;
  /** Writes under the ETag and returns the new ETag; undefined if saving removed the document. Throws `checkpoint_conflict`. */
  save(value: T, etag: string | undefined): Promise<string | undefined>;
}

/** What to write, if anything, and the result that {@link updateDocument} returns. */
export type Decision<T, R> = { readonly write: T; readonly result: R } | { readonly keep: R };

/** How often a change is tried while other consumers write the same document. */
export interface Patience {
  /** The most writes, the first included. */
  readonly tries: number;
  /** The pause between tries; if absent, the next try follows at once. */
  readonly pause?: {
    readonly clock: Pick<Clock, 'sleep'>;
    /** The pause after a number of failed tries. Milliseconds. */
    readonly ms: (failed: number) => number;
    readonly signal?: AbortSignal;
  };
}

/** A single try, for a write that is not needed if another consumer was faster. */
export const ONE_TRY: Patience = { tries: 1 };

export type Outcome<T, R> =
  | { readonly kind: 'written'; readonly result: R; readonly version: Version<T> }
  /** `decide` chose not to write. */
  | { readonly kind: 'kept'; readonly result: R }
  /** Other consumers wrote at each try; `conflict` is the last CheckpointError. */
  | { readonly kind: 'busy'; readonly conflict: unknown };

/**
 * Changes a shared document. For each further try, `decide` is called again with the value that is stored then, so it must not rely on
 * earlier values. Throws the errors of `document` except conflicts, and the reason of the pause's signal.
 *
 * @param known what the caller believes is stored. The first try uses it without loading the document.
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

/** Creates a document. Returns false if it exists already. */
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

/** Makes a shared document in the state container. If `parse` returns undefined, the stored content is not the relay's and is overwritten. */
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

/** A shared document of which nothing is lost where it is damaged: what is no JSON, or too long, counts as nothing, and the next write replaces it. */
export function replacingDamaged<T>(document: SharedDocument<T>): SharedDocument<T> {
  return {
    ...document,
    async load() {
      try {
        return await document.load();
      } catch (error) {
        if (!(error instanceof UnreadableDocumentError)) throw error;
        return { value: undefined, etag: error.etag };
      }
    },
  };
}

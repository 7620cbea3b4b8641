/**
 * The version of the whole stored state: checkpoints, documents, claims and dead letters.
 *
 * It is raised when an older relay would misread what a newer one writes, or would destroy it by writing over it. A relay reads every older
 * version. It refuses a newer one and writes nothing to it, because most documents of the state are overwritten where they cannot be
 * understood.
 */
import { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { CheckpointError } from './errors.ts';

/** The version that this relay writes. */
export const STATE_VERSION = 1;

/** The blob in the state container that has the version. */
export const VERSION_BLOB = 'version.json';

/** A relay looks this often, at most, whether a newer one has raised the version. Milliseconds. */
export const LOOK_EVERY_MS = 60_000;

/**
 * After the version was raised, nobody writes in its form for so long: by then the relays that are older have looked, and their last
 * requests have ended (a dead letter may take two minutes). Milliseconds.
 */
export const RAISE_WAIT_MS = LOOK_EVERY_MS + 150_000;

/**
 * Marking the state begins with what was found so recently, instead of looking again: by then no container that was deleted exists again,
 * since Azure keeps its name for at least 30 seconds (Microsoft Learn, "Delete Container"). Milliseconds.
 */
const STILL_TRUE_MS = 10_000;

/** How often several relays that start together may get in each other's way. */
const TRIES = 5;

const versionSchema = z.looseObject({
  version: z.int().min(1),
  /** When an older state was raised to this version, ms since the epoch; absent where the state began with it. */
  raisedOn: z.int().nonnegative().optional(),
});

type Marked = z.infer<typeof versionSchema>;

/** What a look found, or what was written since, whose ETag is not known; undefined where there is no version. */
type Found = (Marked & { readonly etag: string | undefined }) | undefined;

/** Where the version is stored. Its methods throw CheckpointError. */
export interface VersionStore {
  /** The state container, for messages. */
  readonly container: string;
  /** Undefined if there is none, or no container. */
  load(signal?: AbortSignal): Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** Writes under the ETag, or only if there is none. Throws `checkpoint_conflict`. */
  save(text: string, etag: string | undefined): Promise<void>;
}

/** What was seen at the last look: plain data, which a Worker keeps from one invocation to the next. */
export interface VersionSeen {
  last?: { readonly version: number; readonly at: number };
}

/** Guards the state against relays of other versions. All methods throw CheckpointError: `state_newer`, `checkpoint_unreadable`, `storage_unavailable`. */
export interface StateVersion {
  /**
   * Resolves if this relay may read the state. Looks at most each {@link LOOK_EVERY_MS}; looks at the same time are one, which ends
   * when all who wait for it have given up.
   */
  mayRead(signal?: AbortSignal): Promise<void>;
  /** Resolves if this relay may write to the state. A state of an older version is marked before. */
  mayWrite(): Promise<void>;
  /**
   * Marks the state with this relay's version. Where it raises the version, or it was raised just before, it waits until older relays
   * have noticed, {@link RAISE_WAIT_MS} at most.
   */
  mark(): Promise<void>;
}

export interface StateVersionOptions {
  readonly store: VersionStore;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>;
  readonly seen?: VersionSeen;
  /** The version that this relay writes; tests play a newer one. */
  readonly version?: number;
  /** Called each time when the state is found to be newer. */
  readonly onNewer?: ((error: CheckpointError) => void) | undefined;
}

export function createStateVersion(options: StateVersionOptions): StateVersion {
  const { store, clock, seen = {}, version = STATE_VERSION, onNewer } = options;
  let looking: SharedLook | undefined;
  let marking: Promise<void> | undefined;
  /** The last look. */
  let looked: { readonly found: Found; readonly at: number } | undefined;

  const refuseNewer = (stored: number) => {
    if (stored <= version) return;
    const error = newer(store.container, stored, version);
    onNewer?.(error);
    throw error;
  };
  const load = async (signal?: AbortSignal): Promise<Found> => {
    const at = clock.monotonic();
    const stored = await store.load(signal);
    const marked = stored && parse(stored.text, store.container);
    // A state without the blob is of version 1: it was stored before there was one.
    seen.last = { version: marked?.version ?? 1, at: clock.monotonic() };
    const found = stored && marked && { ...marked, etag: stored.etag };
    looked = { found, at };
    return found;
  };
  const loadUnlessJust = (): Promise<Found> | Found =>
    looked && clock.monotonic() - looked.at < STILL_TRUE_MS ? looked.found : load();

  async function markOnce(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const stored = await (tries === 1 ? loadUnlessJust() : load());
      refuseNewer(stored?.version ?? version);
      if (stored?.version === version) return wait(stored);
      const mark: Marked = { version, ...(stored && { raisedOn: clock.now() }) };
      try {
        await store.save(`${JSON.stringify(mark)}\n`, stored?.etag);
        looked = { found: { ...mark, etag: undefined }, at: clock.monotonic() };
        seen.last = { version, at: clock.monotonic() };
        return wait(mark);
      } catch (error) {
        if (!isConflict(error) || tries === TRIES) throw error;
      }
    }
  }

  async function wait({ raisedOn }: Marked): Promise<void> {
    if (raisedOn === undefined) return;
    const left = Math.min(raisedOn + RAISE_WAIT_MS - clock.now(), RAISE_WAIT_MS);
    if (left > 0) await clock.sleep(left);
  }

  async function mayRead(signal?: AbortSignal): Promise<void> {
    const { last } = seen;
    if (last && clock.monotonic() - last.at < LOOK_EVERY_MS) return refuseNewer(last.version);
    const look =
      looking ??
      new SharedLook(load, () => {
        if (looking === look) looking = undefined;
      });
    looking = look;
    refuseNewer((await look.wait(signal))?.version ?? version);
  }

  function mark(): Promise<void> {
    marking ??= markOnce().finally(() => {
      marking = undefined;
    });
    return marking;
  }

  return {
    mayRead,
    async mayWrite() {
      await mayRead();
      if ((seen.last?.version ?? version) < version) await mark();
    },
    mark,
  };
}

/** One look for all who ask at the same time. */
class SharedLook {
  readonly #controller = new AbortController();
  readonly #found: Promise<{ readonly version: number } | undefined>;
  readonly #onEnd: () => void;
  #waiting = 0;

  constructor(
    load: (signal: AbortSignal) => Promise<{ readonly version: number } | undefined>,
    onEnd: () => void,
  ) {
    this.#onEnd = onEnd;
    this.#found = load(this.#controller.signal).finally(onEnd);
    // Where all have given up, nobody takes its error.
    this.#found.catch(() => undefined);
  }

  /** What it found. Rejects with the signal's reason when that is aborted; the last who gives up ends the look. */
  async wait(signal?: AbortSignal): Promise<{ readonly version: number } | undefined> {
    signal?.throwIfAborted();
    const { promise: cut, reject } = Promise.withResolvers<never>();
    const give = () => reject(signal?.reason);
    signal?.addEventListener('abort', give, { once: true });
    this.#waiting += 1;
    try {
      return await Promise.race([cut, this.#found]);
    } finally {
      signal?.removeEventListener('abort', give);
      this.#waiting -= 1;
      if (this.#waiting === 0) {
        // Who asks from now on begins a look of their own.
        this.#onEnd();
        this.#controller.abort(signal?.reason);
      }
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof CheckpointError && error.code === 'checkpoint_conflict';
}

function parse(text: string, container: string): Marked {
  try {
    return versionSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${container}/${VERSION_BLOB} is damaged, so it is not known which version of xdr-relay can read the state: ${messageOf(cause)}`;
    throw new CheckpointError('checkpoint_unreadable', message, { cause });
  }
}

function newer(container: string, stored: number, own: number): CheckpointError {
  return new CheckpointError(
    'state_newer',
    `The state in ${container} is of version ${stored}, and this xdr-relay reads up to version ${own}: a newer xdr-relay has written it. Run that version or a newer one; this one has written nothing`,
  );
}

/** The fleet of following processes: renews this process's heartbeat, reads the others', and takes over the blobs of a dead process. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, sharedDocument, updateDocument, type Version } from '../../checkpoints/update-document.ts';
import type { TaskQueue } from '../../queue/port.ts';
import { sendAll } from '../../queue/send-all.ts';
import { encodeTask } from '../../queue/task.ts';
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf, loggedError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Logger } from '../../shared/logger.ts';
import {
  HEARTBEAT_FOLDER,
  type Heartbeat,
  heartbeatSchema,
  hintFor,
  type Listed,
  laterSchema,
} from './heartbeat.ts';
import { type NoHeartbeat, Rubbish } from './rubbish.ts';

/** How often a process renews its heartbeat. Milliseconds. */
export const BEAT_MS = 25_000;
/**
 * A process whose heartbeat did not change in reads over this time counts as dead. Shorter than two intervals between reads, because the time that a
 * read takes varies: otherwise many a dead process would be noticed only at the next read. Milliseconds.
 */
const DEAD_MS = 45_000;
/** Reads that are further apart than this prove nothing, because reader and writer may have suffered the same outage, or the reader was suspended. Milliseconds. */
const GAP_MS = 40_000;
const SENDS_AT_ONCE = 8;

export interface FleetDeps {
  /** The documents that all sources share. */
  readonly documents: StateDocuments;
  readonly queue: Pick<TaskQueue, 'send'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The part of a heartbeat that describes the process. */
export type OwnState = Pick<Heartbeat, 'host' | 'cores' | 'capacity' | 'load' | 'follows' | 'leaving'>;

/** Another process's heartbeat as last read. */
interface Seen {
  readonly heartbeat: Heartbeat;
  readonly etag: string;
  /** Since when reads have found this version and, below, the last such read, by this process's monotonic clock. */
  readonly since: number;
  readonly readAt: number;
  /** The blobs that the process follows, by {@link keyOf}. */
  readonly paths: ReadonlySet<string>;
}

/** One process's view of the fleet. Its methods must not run concurrently. */
export class Fleet {
  readonly #deps: FleetDeps;
  readonly #rubbish: Rubbish;
  #id: string = crypto.randomUUID();
  #etag: string | undefined;
  #beats = 0;
  /** The other processes by id. */
  #seen = new Map<string, Seen>();

  constructor(deps: FleetDeps) {
    this.#deps = deps;
    this.#rubbish = new Rubbish(deps);
  }

  /** The id of this process. It changes if others took the process for dead. */
  get id(): string {
    return this.#id;
  }

  /** The heartbeats of the other processes, by id. */
  get others(): ReadonlyMap<string, Heartbeat> {
    return new Map([...this.#seen].map(([id, { heartbeat }]) => [id, heartbeat]));
  }

  /** The process that follows a blob, as far as this process knows. */
  followerOf(ref: BlobRef): string | undefined {
    const path = keyOf(ref);
    return [...this.#seen].find(([, { paths }]) => paths.has(path))?.[0];
  }

  /** Reads a process's heartbeat again, and returns what it lists of the blob. Undefined if the process does not follow it, or the heartbeat cannot be read. */
  async confirmed(id: string, ref: BlobRef, signal: AbortSignal): Promise<Listed | undefined> {
    try {
      const found = await readHeartbeat(this.#deps.documents, id, signal);
      if (found === undefined || isInherited(found.heartbeat)) return undefined;
      const path = keyOf(ref);
      return found.heartbeat.follows.find((one) => keyOf(one.ref) === path);
    } catch (error) {
      this.#deps.logger.debug('A heartbeat cannot be read', { ...loggedError(error) });
      return undefined;
    }
  }

  /**
   * Reads the heartbeats of the others, and takes over the blobs of dead processes. Removes what has been no heartbeat for long, one document
   * a call. Throws CheckpointError and QueueError; the next call continues.
   */
  async look(signal: AbortSignal): Promise<void> {
    const { documents, clock } = this.#deps;
    const seen = new Map<string, Seen>();
    const rubbish: NoHeartbeat[] = [];
    for await (const found of heartbeats(documents, this.#id, { signal, rubbish })) {
      const { id } = found;
      const before = this.#seen.get(id);
      const now = clock.monotonic();
      const isSame = before?.etag === found.etag && now - before.readAt <= GAP_MS;
      const since = isSame ? before.since : now;
      const paths = isSame ? before.paths : new Set(found.heartbeat.follows.map(({ ref }) => keyOf(ref)));
      seen.set(id, { heartbeat: found.heartbeat, etag: found.etag, since, readAt: now, paths });
    }
    this.#seen = seen;
    for (const [id, { heartbeat, etag, since, readAt }] of seen) {
      if (readAt - since < DEAD_MS) continue;
      this.#seen.delete(id);
      await this.#inherit(id, heartbeat, etag);
    }
    // No process follows the blobs of an inherited heartbeat: the heir sends hints for them, and if it dies, another process does.
    for (const [id, one] of this.#seen) {
      if (isInherited(one.heartbeat)) this.#seen.set(id, { ...one, paths: new Set() });
    }
    await this.#rubbish.found(rubbish);
  }

  /**
   * Renews the heartbeat. Returns false if it is not this process's any more: another process took this one for dead, or somebody deleted or
   * overwrote the document. This process continues under another id. Throws CheckpointError.
   */
  async beat(state: OwnState): Promise<boolean> {
    const { clock, logger } = this.#deps;
    const beat = ++this.#beats;
    const heartbeat: Heartbeat = { v: 1, beat, at: clock.now(), ...state };
    if (await this.#write(heartbeat)) return true;
    const found = await readHeartbeat(this.#deps.documents, this.#id);
    if (found && !isInherited(found.heartbeat)) {
      // The stored heartbeat is this process's own, from a write whose response was lost.
      this.#etag = found.etag;
      if (await this.#write(heartbeat)) return true;
    }
    logger.warn('The heartbeat of this process was taken over or removed; its blobs go back to the queue');
    this.#id = crypto.randomUUID();
    this.#etag = undefined;
    return false;
  }

  /** Removes the heartbeat of this process, which is ending and follows no blob any more. Throws CheckpointError. */
  async leave(): Promise<void> {
    if (this.#etag !== undefined) await this.#deps.documents.remove(HEARTBEAT_FOLDER + this.#id, this.#etag);
    this.#etag = undefined;
  }

  /**
   * Becomes the heir of a dead process and sends hints for its blobs. Only one process can, because marking the heartbeat needs its ETag.
   * The hints are sent before the document is deleted, because the heir may die too.
   */
  async #inherit(id: string, heartbeat: Heartbeat, etag: string): Promise<void> {
    const { documents, queue, logger } = this.#deps;
    const inherited = { ...heartbeat, heir: this.#id };
    const outcome = await this.#replace(id, inherited, { value: undefined, etag });
    // Another process has become the heir, or the process is alive after all.
    if (outcome === undefined) return;
    const listed = [...heartbeat.follows, ...heartbeat.leaving];
    await sendAll(queue, hintsFor(listed), SENDS_AT_ONCE);
    await documents.remove(HEARTBEAT_FOLDER + id, outcome);
    logger.warn('A process no longer follows its blobs; they are on the queue again', {
      host: heartbeat.host,
      blobs: listed.length,
    });
  }

  /** Writes this process's heartbeat. Returns false if another process wrote or deleted it. */
  async #write(heartbeat: Heartbeat): Promise<boolean> {
    const etag = await this.#replace(this.#id, heartbeat, { value: undefined, etag: this.#etag });
    this.#etag = etag ?? this.#etag;
    return etag !== undefined;
  }

  /** Replaces the known version. Returns the new ETag; undefined if another version is stored. */
  async #replace(id: string, heartbeat: Heartbeat, known: Version<JsonValue>): Promise<string | undefined> {
    const document = sharedDocument(this.#deps.documents, HEARTBEAT_FOLDER + id, (stored) => stored);
    const outcome = await updateDocument<JsonValue, undefined>(
      document,
      () => ({ write: toJson(heartbeat), result: undefined }),
      ONE_TRY,
      known,
    );
    return outcome.kind === 'written' ? outcome.version.etag : undefined;
  }
}

export function hintsFor(listed: readonly Listed[]): readonly string[] {
  return listed.map((one) => encodeTask(hintFor(one)));
}

/** A heartbeat as stored. */
interface StoredHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly etag: string;
}

/**
 * Reads a process's heartbeat; undefined if the document does not exist or is no heartbeat. One damaged document must not keep processes from
 * reading the others, because then no process would take over the blobs of a dead one.
 *
 * @param rubbish takes the document where it is no heartbeat, nor one of a version that this one does not know.
 */
async function readHeartbeat(
  documents: StateDocuments,
  id: string,
  signal?: AbortSignal,
  rubbish: NoHeartbeat[] = [],
): Promise<StoredHeartbeat | undefined> {
  const name = HEARTBEAT_FOLDER + id;
  try {
    const stored = await documents.get(name, signal);
    const heartbeat = heartbeatSchema.safeParse(stored?.value).data;
    if (stored && heartbeat) return { heartbeat, etag: stored.etag };
    if (stored && !laterSchema.safeParse(stored.value).success) rubbish.push({ name, etag: stored.etag });
  } catch (error) {
    if (codeOf(error) !== 'checkpoint_unreadable') throw error;
    rubbish.push({ name, etag: undefined });
  }
  return undefined;
}

/** What the id of a process looks like. Other blobs in the folder, such as a person's copies, are no heartbeats. */
const PROCESS_ID = /^[\w-]{1,100}$/;

/** All heartbeats, except that of one process. Throws CheckpointError. */
async function* heartbeats(
  documents: StateDocuments,
  except: string | undefined,
  { signal, rubbish }: { readonly signal?: AbortSignal | undefined; readonly rubbish?: NoHeartbeat[] },
): AsyncGenerator<StoredHeartbeat & { readonly id: string }> {
  for await (const name of documents.list(HEARTBEAT_FOLDER, signal)) {
    const id = name.slice(HEARTBEAT_FOLDER.length);
    if (id === except || !PROCESS_ID.test(id)) continue;
    const found = await readHeartbeat(documents, id, signal, rubbish);
    if (found) yield { ...found, id };
  }
}

/** The greatest age of a living process's heartbeat, for readers that read only once. Milliseconds. */
const LIVING_MS = 2 * 60_000;

/** The blobs that living processes follow, by {@link keyOf}, for a report. @param now ms since the epoch. */
export async function followedBlobs(
  documents: StateDocuments,
  now: number,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const { heartbeat } of heartbeats(documents, undefined, { signal })) {
    if (now - heartbeat.at > LIVING_MS) continue;
    for (const { ref } of heartbeat.follows) keys.add(keyOf(ref));
  }
  return keys;
}

/** A key that identifies a blob among those of all accounts. */
export function keyOf(ref: BlobRef): string {
  return `${ref.account}/${blobPath(ref)}`;
}

const isInherited = ({ heir }: Heartbeat) => heir !== undefined;
/** Converts a heartbeat to JSON data without undefined members. */
const toJson = (heartbeat: Heartbeat): JsonValue => JSON.parse(JSON.stringify(heartbeat));

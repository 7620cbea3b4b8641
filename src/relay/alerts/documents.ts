/** Reads and writes the documents of alerts: one change at a time in a process, and again after a conflict with another consumer. */

import type { z } from 'zod';
import { nextSeq, type Shard } from '../../alerts/groups/state.ts';
import type { OperationalMessage } from '../../alerts/message.ts';
import { type StateDocuments, UnreadableDocumentError } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import {
  type Decision,
  ONE_TRY,
  type Outcome,
  type Patience,
  type SharedDocument,
  updateDocument,
  type Version,
} from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { type Damage, damageMessage } from './damage.ts';
import { type AlertIndex, NO_INDEX, withEntry } from './index-document.ts';
import { INDEX_KIND, type Kind, OPERATIONAL_KIND, SHARD_KIND } from './kinds.ts';
import { folderOf, INDEX, indexDocument, keptName, OPERATIONAL } from './names.ts';
import { operationalEntry, withMessage } from './operational-document.ts';

export interface DocumentDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Of a destination for machines: how people are told that a document was damaged. Absent: the destination itself tells them. */
  readonly tellPeople?: (message: OperationalMessage) => Promise<void>;
}

/** How often a write is tried while other consumers write, and the longest pause. Milliseconds. */
const TRIES = 20;
const WAIT_MS = 500;
/** The index that was just read or written is not read again for a change within this time. Milliseconds. */
const FRESH_MS = 1_000;
/** How often a damaged document is read again because another consumer has replaced it meanwhile. */
const READS = 5;

/** The documents of one destination. All methods throw CheckpointError. */
export class AlertDocuments {
  readonly #deps: DocumentDeps;
  readonly #destination: string;
  /** By name, what is under way: changes of one process do not disturb each other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** The index as it was last read or written, and when, by the monotonic clock. */
  #fresh: { readonly version: Version<AlertIndex>; readonly at: number } | undefined;

  constructor(destination: string, deps: DocumentDeps) {
    this.#deps = deps;
    this.#destination = destination;
  }

  async index(): Promise<AlertIndex | undefined> {
    return (await this.#readIndex()).value;
  }

  shard(name: string): Promise<Shard | undefined> {
    return this.load(name, SHARD_KIND);
  }

  /** Any other document of the destination. */
  async load<T>(name: string, kind: Kind<T>): Promise<T | undefined> {
    return (await this.#read(name, kind)).value;
  }

  /**
   * Changes the index. A consumer that folds and says at once reads it once: what was read or written a moment ago is taken as it was, and
   * the ETag shows whether it still is. Only a change can be decided on it: whether nothing is to be changed is decided on what was read now.
   */
  changeIndex<R>(decide: (index: AlertIndex | undefined) => Decision<AlertIndex, R>): Promise<R> {
    const name = indexDocument(this.#destination);
    return this.#inTurn(name, async () => {
      const document: SharedDocument<AlertIndex> = {
        load: () => this.#readIndex(),
        save: (value, etag) => this.#deps.documents.put(name, asJson(value), etag),
      };
      const known = this.#freshIndex();
      let outcome = known && (await updateDocument(document, decide, ONE_TRY, known));
      if (outcome?.kind !== 'written') outcome = await updateDocument(document, decide, this.#patience());
      if (outcome.kind === 'written') this.#remember(outcome.version);
      return resultOf(name, outcome);
    });
  }

  changeShard<R>(name: string, decide: (shard: Shard | undefined) => Decision<Shard, R>): Promise<R> {
    return this.change(name, SHARD_KIND, decide);
  }

  change<T, R>(name: string, kind: Kind<T>, decide: (value: T | undefined) => Decision<T, R>): Promise<R> {
    const full = folderOf(this.#destination) + name;
    return this.#inTurn(full, async () => {
      const document: SharedDocument<T> = {
        load: () => this.#read(name, kind),
        save: (value, etag) => this.#deps.documents.put(full, asJson(value), etag),
      };
      return resultOf(full, await updateDocument(document, decide, this.#patience()));
    });
  }

  /** Removes a document of groups if it is still as the caller has seen it. Returns whether it is gone. */
  remove(name: string, isOver: (shard: Shard) => boolean): Promise<boolean> {
    return this.removeIf(name, SHARD_KIND, isOver);
  }

  removeIf<T>(name: string, kind: Kind<T>, isOver: (value: T) => boolean): Promise<boolean> {
    const full = folderOf(this.#destination) + name;
    return this.#inTurn(full, async () => {
      const { value, etag } = await this.#read(name, kind);
      if (value === undefined || etag === undefined) return true;
      if (!isOver(value)) return false;
      try {
        await this.#deps.documents.remove(full, etag);
        return true;
      } catch (error) {
        if (codeOf(error) !== 'checkpoint_conflict') throw error;
        // Somebody wrote it meanwhile, so it is not over: it stays, and nothing is tried again.
        return false;
      }
    });
  }

  /** The names of the stored documents within the folder, without the index. */
  async names(signal?: AbortSignal): Promise<readonly string[]> {
    const folder = folderOf(this.#destination);
    const found: string[] = [];
    for await (const name of this.#deps.documents.list(folder, signal)) {
      if (name !== indexDocument(this.#destination)) found.push(name.slice(folder.length));
    }
    return found;
  }

  async #readIndex(): Promise<Version<AlertIndex>> {
    const version = await this.#read(INDEX, INDEX_KIND);
    this.#remember(version);
    return version;
  }

  #remember(version: Version<AlertIndex>): void {
    this.#fresh = { version, at: this.#deps.clock.monotonic() };
  }

  #freshIndex(): Version<AlertIndex> | undefined {
    const { clock } = this.#deps;
    if (this.#fresh === undefined || clock.monotonic() - this.#fresh.at > FRESH_MS) return undefined;
    return this.#fresh.version;
  }

  /** Reads a document; if the index says that alerts wait in one that is not there, people are told. */
  async #read<T>(name: string, kind: Kind<T>): Promise<Version<T>> {
    const found = await this.#readMended(name, kind);
    if (found.etag !== undefined || !kind.holdsAlerts) return found;
    const isWaitedIn = (index: AlertIndex | undefined) => (index?.shards[name]?.pending ?? 0) > 0;
    const fresh = this.#freshIndex();
    if (fresh !== undefined && !isWaitedIn(fresh.value)) return found;
    // Another consumer may have told them and removed it since the index was read, or have made it anew.
    const index = await this.index();
    if (!isWaitedIn(index)) return found;
    const again = await this.#readMended(name, kind);
    if (again.etag === undefined) {
      const known = this.#damageOf(name, index);
      this.#deps.logger.error(
        'A document in which alerts waited was removed by something else; people are told',
        {
          destination: this.#destination,
          document: name,
          alerts: known.entry?.pending,
        },
      );
      const version = String(known.entry?.seq);
      await this.#announce({ ...known, version, keptAs: undefined, text: '', saved: 0 });
      this.#deps.metrics.count('xdr_relay_alert_documents_damaged_total', { destination: this.#destination });
    }
    return again;
  }

  /** Reads a document. One that is damaged is kept under another name, people are told, and what can be read of it goes on. */
  async #readMended<T>(name: string, kind: Kind<T>): Promise<Version<T>> {
    const full = folderOf(this.#destination) + name;
    for (let reads = 1; ; reads++) {
      const found = await this.#readOnce(full, kind.schema);
      if (!('damaged' in found)) return found;
      try {
        return await this.#mended(name, kind, found);
      } catch (error) {
        // Another consumer was faster: what it has written is read.
        if (codeOf(error) !== 'checkpoint_conflict' || reads === READS) throw error;
      }
    }
  }

  async #readOnce<T>(full: string, schema: z.ZodType<T>): Promise<Version<T> | Damaged> {
    try {
      const stored = await this.#deps.documents.get(full);
      if (stored === undefined) return { value: undefined, etag: undefined };
      const { value, etag } = stored;
      const parsed = schema.safeParse(value);
      if (parsed.success) return { value: parsed.data, etag };
      return { damaged: value, etag, text: JSON.stringify(value), why: parsed.error.message };
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error;
      return { damaged: undefined, etag: error.etag, text: error.text, why: error.message };
    }
  }

  /** Each step can be repeated after a crash: the document is replaced only when people will be told. */
  async #mended<T>(name: string, kind: Kind<T>, { damaged, etag, text, why }: Damaged): Promise<Version<T>> {
    const { documents, clock, logger } = this.#deps;
    const full = folderOf(this.#destination) + name;
    const keptAs = keptName(this.#destination, name);
    await documents.copy(full, keptAs, etag);
    logger.error('A document of alerts was damaged by something else; it is kept, and people are told', {
      destination: this.#destination,
      document: full,
      keptAs,
      error: why.slice(0, 500),
    });
    const known = this.#damageOf(name, name === INDEX ? undefined : await this.index());
    const value = kind.saved(damaged, nextSeq(known.entry, clock.now()));
    const damage = { ...known, version: etag, keptAs, text, saved: kind.waiting(value) };
    let next = value;
    if (kind.withMessage) next = kind.withMessage(value, damageMessage(damage, clock.now()), clock.now());
    else if (kind.holdsAlerts) await this.#announce(damage);
    const written = await documents.put(full, asJson(next), etag);
    this.#deps.metrics.count('xdr_relay_alert_documents_damaged_total', { destination: this.#destination });
    return { value: next, etag: written };
  }

  #damageOf(name: string, index: AlertIndex | undefined) {
    return { destination: this.#destination, name, entry: index?.shards[name] };
  }

  async #announce(damage: Damage): Promise<void> {
    const { clock, tellPeople } = this.#deps;
    if (tellPeople) return tellPeople(damageMessage({ ...damage, isForMachines: true }, clock.now()));
    const entry = await this.change(OPERATIONAL, OPERATIONAL_KIND, (stored) => {
      const now = clock.now();
      const next = withMessage(stored, damageMessage(damage, now), now);
      const result = operationalEntry(next);
      return next === stored ? { keep: result } : { write: next, result };
    });
    if (entry === undefined) return;
    await this.changeIndex((index = NO_INDEX) => {
      const next = withEntry(index, OPERATIONAL, entry);
      return next === index ? { keep: undefined } : { write: next, result: undefined };
    });
  }

  #patience(): Patience {
    const ms = (failed: number) => Math.random() * Math.min(WAIT_MS, 10 * 2 ** failed);
    return { tries: TRIES, pause: { clock: this.#deps.clock, ms } };
  }

  async #inTurn<R>(name: string, work: () => Promise<R>): Promise<R> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }
}

/** What is stored where a document should be, and is none. */
interface Damaged {
  /** The JSON of it; undefined where it is none. */
  readonly damaged: JsonValue | undefined;
  readonly etag: string;
  readonly text: string;
  readonly why: string;
}

/** What the schemas describe is JSON. */
function asJson(value: unknown): JsonValue {
  return value as JsonValue;
}

function resultOf<T, R>(name: string, outcome: Outcome<T, R>): R {
  if (outcome.kind !== 'busy') return outcome.result;
  throw outcome.conflict instanceof Error
    ? outcome.conflict
    : new CheckpointError('checkpoint_conflict', `${name}: other consumers keep writing it`);
}

/** Reads and writes the documents of alerts: one change at a time in a process, and again after a conflict with another consumer. */
import type { z } from 'zod';
import { type Shard, shardSchema } from '../../alerts/groups/state.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import {
  type Decision,
  type Patience,
  sharedDocument,
  updateDocument,
} from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Logger } from '../../shared/logger.ts';
import { type AlertIndex, indexSchema } from './index-document.ts';
import { folderOf, indexDocument } from './names.ts';

export interface DocumentDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often a write is tried while other consumers write, and the longest pause. Milliseconds. */
const TRIES = 20;
const WAIT_MS = 500;

/** The documents of one destination. All methods throw CheckpointError. */
export class AlertDocuments {
  readonly #deps: DocumentDeps;
  readonly #destination: string;
  /** By name, what is under way: changes of one process do not disturb each other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(destination: string, deps: DocumentDeps) {
    this.#deps = deps;
    this.#destination = destination;
  }

  index(): Promise<AlertIndex | undefined> {
    return this.#load(indexDocument(this.#destination), indexSchema);
  }

  shard(name: string): Promise<Shard | undefined> {
    return this.#load(folderOf(this.#destination) + name, shardSchema);
  }

  /** Any other document of the destination. */
  load<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return this.#load(folderOf(this.#destination) + name, schema);
  }

  changeIndex<R>(decide: (index: AlertIndex | undefined) => Decision<AlertIndex, R>): Promise<R> {
    return this.#change(indexDocument(this.#destination), indexSchema, decide);
  }

  changeShard<R>(name: string, decide: (shard: Shard | undefined) => Decision<Shard, R>): Promise<R> {
    return this.#change(folderOf(this.#destination) + name, shardSchema, decide);
  }

  change<T, R>(
    name: string,
    schema: z.ZodType<T>,
    decide: (value: T | undefined) => Decision<T, R>,
  ): Promise<R> {
    return this.#change(folderOf(this.#destination) + name, schema, decide);
  }

  /** Removes a document of groups if it is still as the caller has seen it. Returns whether it is gone. */
  remove(name: string, isOver: (shard: Shard) => boolean): Promise<boolean> {
    return this.removeIf(name, shardSchema, isOver);
  }

  removeIf<T>(name: string, schema: z.ZodType<T>, isOver: (value: T) => boolean): Promise<boolean> {
    const full = folderOf(this.#destination) + name;
    return this.#inTurn(full, async () => {
      const stored = await this.#deps.documents.get(full);
      if (stored === undefined) return true;
      const value = schema.safeParse(stored.value).data;
      if (value !== undefined && !isOver(value)) return false;
      try {
        await this.#deps.documents.remove(full, stored.etag);
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

  async #load<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
      const stored = await this.#deps.documents.get(name);
      return stored && this.#parsed(name, schema, stored.value);
    } catch (error) {
      if (codeOf(error) !== 'checkpoint_unreadable') throw error;
      await this.#discard(name);
      return undefined;
    }
  }

  async #change<T, R>(
    name: string,
    schema: z.ZodType<T>,
    decide: (value: T | undefined) => Decision<T, R>,
  ): Promise<R> {
    const { documents, clock } = this.#deps;
    const document = sharedDocument<JsonValue>(documents, name, (value) => value);
    const pauseMs = (failed: number) => Math.random() * Math.min(WAIT_MS, 10 * 2 ** failed);
    const patience: Patience = { tries: TRIES, pause: { clock, ms: pauseMs } };
    return this.#inTurn(name, async () => {
      const outcome = await updateDocument<JsonValue, R>(
        {
          ...document,
          load: async () => {
            try {
              return await document.load();
            } catch (error) {
              if (codeOf(error) !== 'checkpoint_unreadable') throw error;
              await this.#discard(name);
              return { value: undefined, etag: undefined };
            }
          },
        },
        (value) => {
          const decision = decide(value === undefined ? undefined : this.#parsed(name, schema, value));
          // What the schemas describe is JSON.
          return decision as Decision<JsonValue, R>;
        },
        patience,
      );
      if (outcome.kind !== 'busy') return outcome.result;
      throw outcome.conflict instanceof Error
        ? outcome.conflict
        : new CheckpointError('checkpoint_conflict', `${name}: other consumers keep writing it`);
    });
  }

  /** A document that cannot be read is worth nothing, and keeps alerts from being folded. */
  async #discard(name: string): Promise<void> {
    this.#deps.logger.error('A document of alerts is unreadable and is removed; what waited in it is lost', {
      document: name,
    });
    await this.#deps.documents.remove(name);
  }

  #parsed<T>(name: string, schema: z.ZodType<T>, value: JsonValue): T | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.#deps.logger.error('A document of alerts cannot be read, and begins anew', {
      document: name,
      error: parsed.error.message.slice(0, 500),
    });
    return undefined;
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

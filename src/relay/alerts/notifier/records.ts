/** Records in the documents of groups what was said, and tells the index what each of them has to say next. */
import { type DueMessage, due, type Manner } from '../../../alerts/groups/due.ts';
import { prune } from '../../../alerts/groups/prune.ts';
import { type SaidMessage, said, saidMessage } from '../../../alerts/groups/said.ts';
import { healed, nextSeq, type Shard } from '../../../alerts/groups/state.ts';
import type { Posted } from '../../../destinations/messenger.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { AlertDocuments } from '../documents.ts';
import { type Entry, entryOf } from '../index-document.ts';
import type { KnownIndex } from './known-index.ts';

export interface RecordsDeps {
  readonly documents: AlertDocuments;
  readonly clock: Clock;
  readonly manner: Manner;
  readonly known: KnownIndex;
}

export class Records {
  readonly #deps: RecordsDeps;
  /** By document, messages that were said and could not be recorded yet. */
  readonly #unrecorded = new Map<string, readonly SaidMessage[]>();

  constructor(deps: RecordsDeps) {
    this.#deps = deps;
  }

  /** A document with what was said and is not recorded in it yet. */
  async load(name: string): Promise<Shard | undefined> {
    const shard = await this.#deps.documents.shard(name);
    return shard && said(shard, this.#unrecorded.get(name) ?? [], this.#deps.clock.now());
  }

  /** Remembers that a message was said, or given up: if that cannot be written, this process does not say it again. */
  add(name: string, message: DueMessage, posted: Posted | undefined): void {
    const one = saidMessage(message, posted, this.#deps.clock.now());
    this.#unrecorded.set(name, [...(this.#unrecorded.get(name) ?? []), one]);
  }

  /** Writes what is known of a document that has nothing to say now, removes it where it is over, and tells the index. */
  async settle(name: string, loaded?: Shard): Promise<void> {
    const { documents, clock, known } = this.#deps;
    const { wantsEnd } = this.#deps.manner;
    const own = this.#unrecorded.get(name) ?? [];
    const indexed = known.last?.shards[name]?.seq ?? 0;
    const shard = await documents.changeShard<Shard | undefined>(name, (stored) => {
      const now = clock.now();
      if (stored === undefined) return { keep: undefined };
      const recorded = said(stored, own, now);
      const pruned = prune(healed(recorded, now), now, wantsEnd) ?? recorded;
      // Something else removed the document that the index knows, and a consumer whose clock is behind made it anew: the index would never believe it.
      const next = pruned.seq < indexed ? { ...pruned, seq: nextSeq({ seq: indexed }, now) } : pruned;
      return next === stored ? { keep: stored } : { write: next, result: next };
    });
    this.#unrecorded.delete(name);
    const now = clock.now();
    if (shard === undefined) {
      known.told.set(name, { goneSince: loaded?.seq ?? known.last?.shards[name]?.seq ?? 0 });
      return;
    }
    // Not while the index says that alerts wait in it: a document that is missing then was removed by something else.
    const isWaitedIn = (known.last?.shards[name]?.pending ?? 0) > 0;
    if (!isWaitedIn && prune(shard, now, wantsEnd) === undefined) {
      const isGone = await documents.remove(
        name,
        (stored) => prune(stored, clock.now(), wantsEnd) === undefined,
      );
      if (isGone) {
        known.told.set(name, { goneSince: shard.seq });
        return;
      }
    }
    known.told.set(name, this.entryOf(shard));
  }

  entryOf(shard: Shard): Entry {
    const now = this.#deps.clock.now();
    return entryOf(shard, due(shard, now, this.#deps.manner), now);
  }
}

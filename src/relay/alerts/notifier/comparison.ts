/** Compares the index with all documents: finds those whose entry was never written, because a consumer died in between. */
import { isAhead } from '../../../alerts/groups/state.ts';
import { inParallel } from '../../../shared/in-parallel.ts';
import { NO_INDEX } from '../index-document.ts';
import { JOINS, OPERATIONAL, RULES } from '../names.ts';
import type { Parts } from './parts.ts';
import { tellAboutRelay } from './relay-messages.ts';

/** How often all documents are compared with the index. Milliseconds. */
const COMPARE_MS = 30 * 60_000;
/** The same while the index does not say that they ever were. Milliseconds. */
const COMPARE_NEW_MS = 60_000;
/** Documents that are read at once. */
const READS = 4;

export class Comparison {
  readonly #parts: Parts;
  /** When this process last compared, ms since the epoch. */
  #at = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Consumers share when it was done last, in the index. A new index knows nothing: the one before it may have been damaged or removed. */
  get isDue(): boolean {
    const { clock, known } = this.#parts;
    const now = clock.now();
    const shared = known.last?.comparedAt;
    const [own = 0, other = 0] = [this.#at, shared].map((at = 0) => (isAhead(at, now) ? 0 : at));
    if (shared === undefined) return now - own >= COMPARE_NEW_MS;
    return now - Math.max(own, other) >= COMPARE_MS;
  }

  /** Throws CheckpointError, and the signal's reason. */
  async run(stop: AbortSignal): Promise<void> {
    const { documents, clock, known, joiner, records } = this.#parts;
    this.#at = clock.now();
    const names = await documents.names(stop);
    await inParallel(names, READS, async (name) => {
      if (stop.aborted) return;
      if (name.startsWith(JOINS)) {
        const entry = await joiner.entry(name);
        if (entry) known.told.set(name, entry);
      }
      if (!name.startsWith(RULES)) return;
      const shard = await documents.shard(name);
      if (shard) known.told.set(name, records.entryOf(shard));
    });
    if (stop.aborted) return;
    if (names.includes(OPERATIONAL)) await tellAboutRelay(this.#parts);
    await documents.changeIndex((index = NO_INDEX) => ({
      write: { ...known.completed(index), comparedAt: clock.now() },
      result: undefined,
    }));
    known.told.clear();
  }
}

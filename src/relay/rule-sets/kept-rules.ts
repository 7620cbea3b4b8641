/** The last good set as a process stores and loads it, each within a time limit. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import { DeadlineError, withDeadline } from '../../shared/deadline.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { keepLastGood, type LastGood, LastGoodError, loadLastGood } from './last-good.ts';

/** The time limit for loading the last good set at a start; after it, the storage account counts as out of reach. Milliseconds. */
const LOAD_MS = 60_000;
/** The time limit for storing a new rule set; storing is tried again later. Milliseconds. */
const KEEP_MS = 10_000;

export class KeptRules {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** The set that came into force and is not stored yet. */
  #toKeep: LastGood | undefined;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A set came into force: {@link keep} stores it. */
  put(set: LastGood): void {
    this.#toKeep = set;
  }

  /** Loads the last good set. Throws {@link LastGoodError}, and CheckpointError if the state cannot be read within the time limit. */
  async load(documents: StateDocuments): Promise<LastGood | undefined> {
    const load = (signal: AbortSignal) => loadLastGood(documents, signal);
    try {
      return await withDeadline(LOAD_MS, undefined, load, this.#clock);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      const message = `the last good rules cannot be read: ${error.message}`;
      throw new CheckpointError('storage_unavailable', message, { cause: error });
    }
  }

  /** Stores the set in force, unless it is, for a later start that finds rules with errors. A failure does not affect the rules in force. */
  async keep(documents: StateDocuments): Promise<void> {
    const set = this.#toKeep;
    if (!set) return;
    try {
      await withDeadline(KEEP_MS, undefined, () => keepLastGood(documents, set), this.#clock);
    } catch (error) {
      this.#logger.warn('The rules could not be stored as the last good set', {
        version: set.version,
        ...loggedError(error),
      });
      // A set that is too large stays too large, so storing is not tried again.
      if (!(error instanceof LastGoodError)) return;
    }
    if (this.#toKeep === set) this.#toKeep = undefined;
  }
}

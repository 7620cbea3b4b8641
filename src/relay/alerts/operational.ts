/** The messages about the relay itself that wait for one destination. */
import type { Failure } from '../../alerts/groups/said.ts';
import { isAhead, nextSeq } from '../../alerts/groups/state.ts';
import type { OperationalMessage } from '../../alerts/message.ts';
import type { Clock } from '../../shared/clock.ts';
import type { AlertDocuments } from './documents.ts';
import type { Entry } from './index-document.ts';
import { OPERATIONAL_KIND } from './kinds.ts';
import { OPERATIONAL } from './names.ts';
import {
  dueAt,
  free,
  isSame,
  type Kept,
  operationalEntry,
  type Trouble,
  withMessage,
  writtenAt,
} from './operational-document.ts';

/** A message that is not said yet. */
export interface PendingMessage {
  readonly message: OperationalMessage;
  /** Where the beginning of the same trouble was put. */
  readonly posted: string | undefined;
  /** Tries that failed. */
  readonly trouble: Trouble | undefined;
}

export class OperationalMessages {
  readonly #documents: AlertDocuments;
  readonly #clock: Clock;

  constructor(documents: AlertDocuments, clock: Clock) {
    this.#documents = documents;
    this.#clock = clock;
  }

  /** Stores a message, unless one of its id and phase is stored already. Returns the entry of the index. Throws CheckpointError. */
  add(message: OperationalMessage): Promise<Entry | undefined> {
    return this.#documents.change(OPERATIONAL, OPERATIONAL_KIND, (stored) => {
      const next = withMessage(stored, message, this.#clock.now());
      const result = operationalEntry(next);
      return next === stored ? { keep: result } : { write: next, result };
    });
  }

  async pending(): Promise<PendingMessage | undefined> {
    const stored = await this.#documents.load(OPERATIONAL, OPERATIONAL_KIND);
    const now = this.#clock.now();
    const first = free(stored?.messages ?? []).find(
      (one) => isAhead(writtenAt(one), now) || dueAt(one) <= now,
    );
    if (stored === undefined || first === undefined) return undefined;
    const beginning = stored.messages.findLast(
      ({ message, posted }) => message.id === first.message.id && posted !== undefined,
    );
    return { message: first.message, posted: beginning?.posted, trouble: first.trouble };
  }

  said(pending: PendingMessage, posted: string | undefined): Promise<void> {
    return this.#change(pending, ({ trouble: _, ...one }, now) => ({
      ...one,
      isSaid: true,
      at: now,
      ...(posted !== undefined && { posted }),
    }));
  }

  /** A try failed: the message is due again later, so that it does not keep alerts waiting. */
  failed(
    pending: PendingMessage,
    { retryAt, isRefusal, isOthers = false, accepted }: Failure,
  ): Promise<void> {
    return this.#change(pending, (one, now) => {
      const { failures = 0, since = now, refusals = 0, accepted: before = accepted } = one.trouble ?? {};
      const trouble = {
        failures: failures + (isOthers ? 0 : 1),
        refusals: refusals + (isRefusal ? 1 : 0),
        since,
        accepted: before,
        at: now,
        next: retryAt,
      };
      return { ...one, trouble };
    });
  }

  async #change({ message }: PendingMessage, change: (one: Kept, now: number) => Kept): Promise<void> {
    await this.#documents.change(OPERATIONAL, OPERATIONAL_KIND, (stored) => {
      if (stored === undefined) return { keep: undefined };
      const now = this.#clock.now();
      let isDone = false;
      const messages = stored.messages.map((one) => {
        if (isDone || one.isSaid || !isSame(one.message, message)) return one;
        isDone = true;
        return change(one, now);
      });
      return { write: { ...stored, seq: nextSeq(stored, now), messages }, result: undefined };
    });
  }

  /** What the index says of them, without an entry if there is nothing to say; and the version of what was read. */
  async entry(): Promise<{ readonly entry: Entry | undefined; readonly seq: number }> {
    const stored = await this.#documents.load(OPERATIONAL, OPERATIONAL_KIND);
    return { entry: stored && operationalEntry(stored), seq: stored?.seq ?? 0 };
  }
}

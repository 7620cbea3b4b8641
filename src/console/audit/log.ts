/** Writes the audit log: a line in the relay's log for each login and act, and the last ones into the state. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { AuditEntry, AuditResult } from '../model/audit.ts';
import { addToRing } from './ring.ts';

/** Entries that wait to be stored. More are in the log alone: somebody tries keys faster than the state takes entries. */
const MOST_WAITING = 200;
/** How long one is waited for until it is stored. Milliseconds. */
const LONGEST_WAIT_MS = 3_000;

export interface AuditDeps {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly logger: Logger;
  readonly documents: StateDocuments;
}

export interface AuditEvent {
  readonly who: string;
  /** Object id in Entra ID. */
  readonly id?: string | undefined;
  readonly address: string | undefined;
  readonly what: string;
  readonly result: AuditResult;
  readonly code?: ErrorCode | undefined;
}

export class AuditLog {
  readonly #deps: AuditDeps;
  #waiting: AuditEntry[] = [];
  #storing: Promise<void> | undefined;

  constructor(deps: AuditDeps) {
    this.#deps = deps;
  }

  /** Logs that an act begins, so that one that a kill cuts off is in the log. The page shows acts that have ended alone. */
  begins(event: Omit<AuditEvent, 'result' | 'code'>): void {
    const { who, id, address, what } = entryOf(event);
    this.#deps.logger.info('Console', { audit: true, who, id, address, what, result: 'begun' });
  }

  /** Logs at once. Resolves when the entry is stored, when that has failed, which is logged, or after three seconds. Never rejects. */
  async tell(event: AuditEvent): Promise<void> {
    const { clock, logger } = this.#deps;
    const { result, code } = event;
    const told = entryOf(event);
    const entry: AuditEntry = {
      at: new Date(clock.now()).toISOString(),
      ...told,
      result,
      ...(code !== undefined && { code }),
    };
    const { who, id, address, what } = told;
    logger.info('Console', { audit: true, who, id, address, what, result, code });
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(entry);
    this.#storing ??= this.#store().finally(() => {
      this.#storing = undefined;
    });
    await this.#forAWhile(this.#storing);
  }

  /** Who logs in or acts does not wait for a state that does not answer: the entry is in the log, and stored when it does. */
  async #forAWhile(storing: Promise<void>): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(LONGEST_WAIT_MS, resolve);
    await Promise.race([storing, over]);
    cancel();
  }

  async #store(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      try {
        await addToRing(this.#deps.documents, entries);
      } catch (error) {
        this.#deps.logger.warn('Entries of the audit log are not in the state; they are in this log', {
          entries: entries.length,
          ...loggedError(error),
        });
      }
    }
  }
}

function entryOf({
  who,
  id,
  address,
  what,
}: Omit<AuditEvent, 'result'>): Omit<AuditEntry, 'at' | 'result' | 'code'> {
  return {
    who: plainText(who, 200),
    ...(id !== undefined && { id: plainText(id, 100) }),
    ...(address !== undefined && { address: plainText(address, 100) }),
    what: plainText(what, 400),
  };
}

/** Names come from Entra ID, and what acts say may hold names of files: no control or direction characters get into a log. */
function plainText(text: string, most: number): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}').slice(0, most);
}

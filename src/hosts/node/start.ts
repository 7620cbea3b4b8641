/** Begins the work of a process, and tries again while Azure or the rules do not let it. */
import type { Check } from '../../../routes/health.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { loggedError, RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { orAborted } from '../../shared/or-aborted.ts';

/** Pauses between two tries, milliseconds: the first one, doubled up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * What time, or a person at the storage account or the rules, can fix while the process waits. 401 and 403 are among them: a role
 * that was just given takes minutes to reach the storage service, and a process that ended would take /events with it.
 */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'rules_held',
  'rules_container_unreadable',
  'storage_unavailable',
  'queue_unavailable',
  'blob_forbidden',
  'blob_gone',
]);

/** How far the start of the process is, and what it waits for: for the endpoint and for /readyz. */
export class Start {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #trouble: RelayError | undefined;
  #told: (trouble: RelayError | undefined) => void = () => {};
  #over = false;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Does one step of the start, again and again while the storage account does not answer or refuses, or no rules can be used.
   *
   * Rejects with the signal's reason as soon as it is aborted, and with every error that waiting cannot fix.
   */
  async until<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      signal.throwIfAborted();
      try {
        const done = await orAborted(step(), signal);
        this.#set(undefined);
        return done;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RelayError) || !PASSING.has(error.code)) throw error;
        this.#set(error);
        this.#logger.error(`The start waits for ${awaited(error.code)}`, {
          ...loggedError(error),
          nextTrySeconds: pause / 1000,
        });
      }
      await this.#clock.sleep(pause, signal);
    }
  }

  /** Tells what the start waits for whenever that changes, and undefined when it goes on. */
  onTrouble(listener: (trouble: RelayError | undefined) => void): void {
    this.#told = listener;
  }

  #set(trouble: RelayError | undefined): void {
    this.#trouble = trouble;
    this.#told(trouble);
  }

  /** The start is over: /readyz no longer speaks of it. */
  end(): void {
    this.#over = true;
  }

  /** For /readyz: rejects until the start is over, with what it waits for. */
  readonly check: Check = async () => {
    if (!this.#over) throw this.#trouble ?? new RelayError('starting', 'The relay is starting.');
  };
}

function awaited(code: ErrorCode): string {
  if (code === 'rules_held') return 'rules that can be used';
  return code === 'rules_container_unreadable' ? 'the container of the rules' : 'the storage account';
}

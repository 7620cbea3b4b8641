/** Counts what an invocation uses of Cloudflare's limits. */
import type { BlobStore } from '../../blobs/port.ts';
import type { QueueBinding } from '../../queue/cloudflare-batcher.ts';
import { RelayError } from '../../shared/errors.ts';

/** What one invocation may use. */
export interface BudgetLimits {
  readonly subrequests: number;
  /** Subrequests kept back for what has to be done after the stop: commits, the next tasks, claims given up. */
  readonly reserve: number;
}

/** Counts what an invocation uses of Cloudflare's limits, and says when to finish what is on its way. */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #over = new AbortController();
  #subrequests = 0;
  #bytes = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  get subrequests(): number {
    return this.#subrequests;
  }

  /** Bytes of blobs that were read. No visit is stopped for them: it has a limit of its own, and must get somewhere. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Aborted when the subrequests are nearly used up. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Books a request to anywhere, Cloudflare's own services included. */
  readonly spend = (): void => {
    this.#subrequests++;
    if (this.#subrequests < this.#limits.subrequests - this.#limits.reserve || this.signal.aborted) return;
    this.#over.abort(new RelayError('budget_used', 'The invocation has used its subrequests'));
  };

  readonly read = (bytes: number): void => {
    this.#bytes += bytes;
  };
}

/** Counts what is read. */
export function meteredBlobs(blobs: BlobStore, budget: Budget): BlobStore {
  return {
    account: blobs.account,
    stat: (...args) => blobs.stat(...args),
    async peek(...args) {
      const peeked = await blobs.peek(...args);
      budget.read(peeked?.ahead?.bytes.length ?? 0);
      return peeked;
    },
    async *read(...args) {
      for await (const chunk of blobs.read(...args)) {
        budget.read(chunk.length);
        yield chunk;
      }
    },
    containers: (...args) => blobs.containers(...args),
    list: (...args) => blobs.list(...args),
    folders: (...args) => blobs.folders(...args),
  };
}

/** Counts the calls to a queue. */
export function meteredQueue(binding: QueueBinding, budget: Budget): QueueBinding {
  return {
    sendBatch(messages) {
      budget.spend();
      return binding.sendBatch(messages);
    },
    metrics() {
      budget.spend();
      return binding.metrics();
    },
  };
}

/** Sends the groups that a destination for machines has left from when it was sent groups of alerts. */
import type { Clock } from '../../shared/clock.ts';
import { slept } from '../../shared/slept.ts';
import type { AlertDocuments } from './documents.ts';
import { LOOK_MS } from './notifier/choose.ts';
import type { Notifier } from './notifier.ts';

export interface LeftOverDeps {
  readonly notifier: Pick<Notifier, 'pass'>;
  readonly documents: Pick<AlertDocuments, 'index'>;
  readonly clock: Clock;
}

/** Most destinations never had groups: then a single look is all. */
export class LeftOver {
  readonly #deps: LeftOverDeps;
  #isNothing = false;

  constructor(deps: LeftOverDeps) {
    this.#deps = deps;
  }

  /** Resolves when nothing is left, or when stopped. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.pass({ ms: LOOK_MS, aheadMs: 0 }, stop);
      if (this.#isNothing || !(await slept(this.#deps.clock, LOOK_MS, stop))) return;
    }
  }

  /** The same for a host that does not keep running: see `Notifier.pass`. */
  async pass(pass: Parameters<Notifier['pass']>[0], stop: AbortSignal): Promise<void> {
    this.#isNothing ||= await this.#looksEmpty();
    if (!this.#isNothing) await this.#deps.notifier.pass(pass, stop);
  }

  /** A state that cannot be read is looked at again. */
  async #looksEmpty(): Promise<boolean> {
    try {
      const index = await this.#deps.documents.index();
      return Object.keys(index?.shards ?? {}).length === 0;
    } catch {
      return false;
    }
  }
}

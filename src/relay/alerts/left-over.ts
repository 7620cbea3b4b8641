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

/** After a reload, a batch that was on its way may still be folded: nothing is left when nothing was found twice, so far apart. Milliseconds. */
const AGAIN_MS = 2 * 60_000;

export class LeftOver {
  readonly #deps: LeftOverDeps;

  constructor(deps: LeftOverDeps) {
    this.#deps = deps;
  }

  /** Resolves when nothing is left, or when stopped. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    const pass = { ms: LOOK_MS, aheadMs: 0 };
    for (let empty = 0; empty < 2 && !stop.aborted; ) {
      empty = (await this.pass(pass, stop)) ? 0 : empty + 1;
      if (!(await slept(this.#deps.clock, empty === 0 ? LOOK_MS : AGAIN_MS, stop))) return;
    }
  }

  /** For a host that does not keep running: see `Notifier.pass`. Returns whether anything was left. Never rejects. */
  async pass(pass: Parameters<Notifier['pass']>[0], stop: AbortSignal): Promise<boolean> {
    if (await this.#isNothing()) return false;
    await this.#deps.notifier.pass(pass, stop);
    return true;
  }

  /** A state that cannot be read is looked at again. */
  async #isNothing(): Promise<boolean> {
    try {
      const index = await this.#deps.documents.index();
      return Object.keys(index?.shards ?? {}).length === 0;
    } catch {
      return false;
    }
  }
}

/** Sends the groups that a destination for machines has left from when it was sent groups of alerts. */
import type { Clock } from '../../shared/clock.ts';
import { slept } from '../../shared/slept.ts';
import type { AlertDocuments } from './documents.ts';
import type { Entry } from './index-document.ts';
import { RULES } from './names.ts';
import { LOOK_MS } from './notifier/choose.ts';
import type { Notifier } from './notifier.ts';

export interface LeftOverDeps {
  readonly notifier: Pick<Notifier, 'pass'>;
  readonly documents: Pick<AlertDocuments, 'index'>;
  readonly clock: Clock;
}

/** After a reload, a batch that was on its way may still be folded: nothing is left when nothing was found twice, so far apart. Milliseconds. */
const AGAIN_MS = 2 * 60_000;

/** What is left: documents with groups or with messages, or only documents that remember what was folded, which are removed when they are old. */
type Left = 'groups' | 'memory' | 'nothing';

/** How long nothing is looked at. Milliseconds. */
const PAUSES: Readonly<Record<Left, number>> = { groups: LOOK_MS, memory: 60 * 60_000, nothing: AGAIN_MS };

export class LeftOver {
  readonly #deps: LeftOverDeps;

  constructor(deps: LeftOverDeps) {
    this.#deps = deps;
  }

  /** Resolves when nothing is left, or when stopped. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    const pass = { ms: LOOK_MS, aheadMs: 0 };
    for (let empty = 0; empty < 2 && !stop.aborted; ) {
      const left = await this.#left();
      empty = left === 'nothing' ? empty + 1 : 0;
      if (left !== 'nothing') await this.#deps.notifier.pass(pass, stop);
      if (!(await slept(this.#deps.clock, PAUSES[left], stop))) return;
    }
  }

  /** For a host that does not keep running: see `Notifier.pass`. Returns whether anything was left. Never rejects. */
  async pass(pass: Parameters<Notifier['pass']>[0], stop: AbortSignal): Promise<boolean> {
    if ((await this.#left()) === 'nothing') return false;
    await this.#deps.notifier.pass(pass, stop);
    return true;
  }

  /** A state that cannot be read is looked at again. */
  async #left(): Promise<Left> {
    try {
      const index = await this.#deps.documents.index();
      const entries = Object.entries(index?.shards ?? {});
      if (entries.length === 0) return 'nothing';
      return entries.every(isOnlyMemory) ? 'memory' : 'groups';
    } catch {
      return 'groups';
    }
  }
}

/** Whether a document only remembers what was folded. */
function isOnlyMemory([name, { groups, pending }]: readonly [string, Entry]): boolean {
  return name.startsWith(RULES) && groups === 0 && pending === 0;
}

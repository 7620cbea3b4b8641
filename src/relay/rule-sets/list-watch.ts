/** Tells in log and metrics how large and old the lists of the rules in force are, and which are older than they may be. */
import { agedLists, oldListText } from '../../rules/lists/age.ts';
import type { CompiledList } from '../../rules/lists/compiled-list.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';

/** Watches the lists of the rule sets that come into force. A list that becomes too old is logged once. */
export class ListWatch {
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #old = new Set<string>();
  #names: ReadonlySet<string> = new Set();

  constructor({ metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger }) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** @param files those that the lists were compiled from. @param now milliseconds since the epoch. */
  look(lists: readonly CompiledList[], files: readonly RuleFile[], now: number): void {
    const metrics = this.#metrics;
    const aged = agedLists(lists, files, now);
    const names = new Set(aged.map(({ list }) => list.name));
    for (const list of this.#names) {
      if (names.has(list)) continue;
      metrics.gauge('xdr_relay_list_entries', undefined, { list });
      metrics.gauge('xdr_relay_list_age_seconds', undefined, { list });
      this.#old.delete(list);
    }
    this.#names = names;
    for (const { list, age, isOld } of aged) {
      const { name } = list;
      metrics.gauge('xdr_relay_list_entries', list.size, { list: name });
      metrics.gauge('xdr_relay_list_age_seconds', age === undefined ? undefined : age / 1000, { list: name });
      if (!isOld) this.#old.delete(name);
      else if (!this.#old.has(name)) {
        this.#old.add(name);
        this.#logger.warn('A list is older than it may be: what it should hold by now is not found', {
          list: name,
          error: oldListText(list, age),
        });
      }
    }
    metrics.gauge('xdr_relay_lists_old', this.#old.size);
  }
}

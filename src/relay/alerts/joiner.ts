/** Joins Defender's alerts with their evidence in the state, and puts them into groups when they are complete or have waited. */

import type { Alert } from '../../alerts/groups/alert.ts';
import { type Due, due, type Manner } from '../../alerts/groups/due.ts';
import { fold, groupOf, withEvidence } from '../../alerts/groups/fold.ts';
import { DEFAULT_GROUPING } from '../../alerts/groups/limits.ts';
import type { Shard, StoredDefender } from '../../alerts/groups/state.ts';
import {
  bucketOf,
  type DefenderRow,
  entitiesIn,
  join,
  late,
  moved,
  nextJoin,
  pruneJoins,
  ready,
} from '../../alerts/joins/join.ts';
import type { Joins } from '../../alerts/joins/state.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { ruleOf } from './alerts-of.ts';
import type { AlertDocuments } from './documents.ts';
import { type Entry, entryOf, type Told } from './index-document.ts';
import { JOINS_KIND } from './kinds.ts';
import { joinDocument, ruleShard } from './names.ts';

export interface JoinerDeps {
  readonly destination: string;
  readonly documents: AlertDocuments;
  readonly manner: Manner;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** How long an alert waits for its other table: `join_wait`, which a reload changes. Milliseconds. */
  readonly joinWaitMs: () => number;
}

/** Before all else: what is joined here may be more urgent than anything that is known to be due. */
const SEVERITY = 100;

/** The place of an alert in a group. */
interface Place {
  readonly shard: string;
  readonly group: string;
  readonly seen: StoredDefender;
}

export class AlertJoiner {
  readonly #deps: JoinerDeps;

  constructor(deps: JoinerDeps) {
    this.#deps = deps;
  }

  /**
   * Stores rows of AlertInfo and AlertEvidence. Returns the alerts that are to be put into groups at once. Every other alert is stored when
   * this resolves. Throws CheckpointError.
   */
  async add(rows: readonly DefenderRow[], told: Told): Promise<readonly Alert[]> {
    const { documents, clock, metrics, destination } = this.#deps;
    const joinWaitMs = this.#deps.joinWaitMs();
    const direct: Alert[] = [];
    for (const [name, own] of Map.groupBy(rows, ({ defender }) => joinDocument(bucketOf(defender.alertId)))) {
      const done = await documents.change(name, JOINS_KIND, (stored) => {
        const joined = join(stored, own, joinWaitMs, clock.now());
        return joined.joins === stored || joined.joins.seq === 0
          ? { keep: joined }
          : { write: joined.joins, result: joined };
      });
      direct.push(...done.direct);
      if (done.repeated > 0) {
        metrics.count('xdr_relay_alerts_folded_total', { destination, result: 'repeated' }, done.repeated);
      }
      if (done.joins.seq === 0) continue;
      // What is complete goes into its group here; if that fails, a notifier does it.
      if (ready(done.joins, joinWaitMs, clock.now()).length > 0 || late(done.joins).length > 0) {
        await this.promote(name, told);
      } else told.set(name, this.#entryOf(done.joins));
    }
    return direct;
  }

  /** Puts what is ready in a document into its groups, and tells groups what arrived late. Throws CheckpointError. */
  async promote(name: string, told: Told): Promise<void> {
    const { documents, clock } = this.#deps;
    const joinWaitMs = this.#deps.joinWaitMs();
    const joins = await documents.load(name, JOINS_KIND);
    if (joins === undefined) {
      told.set(name, { goneSince: Math.floor(clock.now()) });
      return;
    }
    const places = new Map<string, Place>();
    for (const { id, alert } of ready(joins, joinWaitMs, clock.now())) {
      places.set(id, await this.#grouped(alert, told));
    }
    for (const one of late(joins)) {
      const { shard, group } = one.moved;
      await this.#tellLate(shard, group, one, told);
      places.set(one.id, { shard, group, seen: one.defender });
    }
    const after = await documents.change(name, JOINS_KIND, (stored) => {
      if (stored === undefined) return { keep: undefined };
      const now = clock.now();
      const next = places.size > 0 ? moved(stored, places, now) : stored;
      const kept = pruneJoins(next, joinWaitMs, now) ?? { ...next, joins: [], ids: [] };
      return kept === stored ? { keep: stored } : { write: kept, result: kept };
    });
    if (after === undefined) return;
    if (after.joins.length === 0 && after.ids.length === 0) {
      const isGone = await documents.removeIf(name, JOINS_KIND, ({ seq }) => seq === after.seq);
      if (isGone) {
        told.set(name, { goneSince: after.seq });
        return;
      }
    }
    told.set(name, this.#entryOf(after));
  }

  /** The entry of a document, for a comparison of all documents with the index. */
  async entry(name: string): Promise<Entry | undefined> {
    const joins = await this.#deps.documents.load(name, JOINS_KIND);
    return joins && this.#entryOf(joins);
  }

  async #grouped(alert: Alert, told: Told): Promise<Place> {
    const { documents, clock, manner, metrics, destination } = this.#deps;
    const { wantsEnd } = manner;
    const rule = ruleOf(alert.envelope, alert.defender?.title);
    const name = ruleShard(rule);
    const { shard, group, folded, next } = await documents.changeShard(name, (stored) => {
      const now = clock.now();
      let made = fold(stored, [alert], { rule, wantsEnd }, now);
      // Single alerts have few places; a group has room, unless the document itself has none: then the alert waits where it is.
      if (made.overflow.length > 0)
        made = fold(stored, [{ ...alert, times: DEFAULT_GROUPING }], { rule, wantsEnd }, now);
      if (made.overflow.length > 0) {
        throw new CheckpointError('checkpoint_unreadable', `${name} has no room for an alert of Defender`);
      }
      const result = {
        shard: made.shard,
        folded: made.folded,
        group: groupOf(made.shard, alert)?.id ?? '',
        next: due(made.shard, now, manner),
      };
      return made.folded > 0 ? { write: made.shard, result } : { keep: result };
    });
    metrics.count('xdr_relay_alerts_folded_total', { destination, result: 'folded' }, folded);
    told.set(name, this.#shardEntry(shard, next));
    return { shard: name, group, seen: alert.defender ?? { alertId: '', techniques: [], evidence: 0 } };
  }

  async #tellLate(
    name: string,
    group: string,
    one: ReturnType<typeof late>[number],
    told: Told,
  ): Promise<void> {
    const { documents, clock, manner } = this.#deps;
    const shard = await documents.changeShard(name, (stored) => {
      if (stored === undefined) return { keep: undefined };
      const evidence = { entities: entitiesIn(one), defender: one.defender };
      const next = withEvidence(stored, group, evidence, clock.now());
      return next === undefined ? { keep: undefined } : { write: next, result: next };
    });
    // The group is over: nobody is told of evidence that comes so late.
    if (shard) told.set(name, this.#shardEntry(shard, due(shard, clock.now(), manner)));
  }

  #shardEntry(shard: Shard, next: Due): Entry {
    return entryOf(shard, next, this.#deps.clock.now());
  }

  #entryOf(joins: Joins): Entry {
    const { clock } = this.#deps;
    const joinWaitMs = this.#deps.joinWaitMs();
    const now = clock.now();
    const pending = joins.joins.filter(({ raised }) => raised !== undefined).length;
    const next = nextJoin(joins, joinWaitMs, now);
    return { seq: joins.seq, due: next, at: now, severity: SEVERITY, pending, messages: 0, groups: 0 };
  }
}

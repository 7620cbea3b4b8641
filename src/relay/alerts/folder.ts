/** Folds the alerts of a batch into the groups of the state: `send` of a destination for people. */
import type { Alert } from '../../alerts/groups/alert.ts';
import { cutEnvelope } from '../../alerts/groups/cut.ts';
import { type Due, due, type Manner } from '../../alerts/groups/due.ts';
import { type Folded, fold } from '../../alerts/groups/fold.ts';
import type { Shard } from '../../alerts/groups/state.ts';
import { silenceFor } from '../../alerts/silences.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import { messageOfOne } from '../../destinations/alert-view/single.ts';
import { PlaceRefusedError, RetryableError, RowsRefusedError } from '../../destinations/errors.ts';
import type { Messenger } from '../../destinations/messenger.ts';
import type { Batch } from '../../destinations/port.ts';
import type { Clock } from '../../shared/clock.ts';
import { sha256Hex } from '../../shared/digest.ts';
import { messageOf } from '../../shared/errors.ts';
import type { Envelope } from '../../shared/event.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { SilenceBook } from '../silences/book.ts';
import { deliveriesIn, eventsIn, type RuleAlerts } from './alerts-of.ts';
import { byRule, sorted } from './by-rule.ts';
import type { AlertDocuments } from './documents.ts';
import { entryOf, MOST_SHARDS, NO_INDEX, type Told, withTold } from './index-document.ts';
import type { AlertJoiner } from './joiner.ts';
import { takeTurn } from './turn.ts';

export interface FolderDeps {
  readonly destination: string;
  readonly documents: AlertDocuments;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly silences: SilenceBook;
  /** Absent: rows of AlertInfo and AlertEvidence are alerts like any other. */
  readonly joiner?: AlertJoiner;
  /** Whether each rule that matched an event is an alert of its own. Otherwise an event is one alert, whatever number of rules matched it. */
  readonly isByRule?: boolean;
  /** Sends alerts that have no room in the state. Absent: the messenger says them. */
  readonly sendUngrouped?: (alerts: readonly Alert[], signal: AbortSignal) => Promise<void>;
  /** Called when something became due soon. */
  readonly wake: () => void;
}

/** Documents that are written at once. */
const WRITES = 4;
/** More ungrouped alerts than this in one batch are said in digests of at most so many. */
const SINGLE = 5;
const DIGEST = 40;
/** The pending counts of the index are renewed so often while alerts come in. Milliseconds. */
const COUNTS_MS = 10_000;
/** The index is not asked for so long whether it knows a document of which it was told: the document remembers what was folded for two days. Milliseconds. */
const KNOWN_MS = 30 * 60_000;

/** Folds batches of one destination. */
export class AlertFolder {
  readonly #deps: FolderDeps;
  readonly #manner: Manner;
  /** By document, when this process last wrote its entry, by the monotonic clock. */
  readonly #told = new Map<string, number>();

  constructor(deps: FolderDeps) {
    this.#deps = deps;
    this.#manner = deps.messenger;
  }

  /**
   * Resolves when every alert of the batch is in the state, or was said. Throws RetryableError `alerts_not_stored`, and what the messenger
   * throws for alerts that have no room in the state.
   */
  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    const reading = batch.reading ?? crypto.randomUUID();
    const { silences, destination, joiner, isByRule } = this.#deps;
    const { events, silenced } = await this.#spoken(isByRule ? deliveriesIn(batch) : eventsIn(batch));
    const overflow = await this.#stored(async () => {
      const { alerts, rows } = sorted(events, reading, batch.reading === undefined || joiner === undefined);
      const told: Told = new Map();
      const direct = joiner && rows.length > 0 ? await joiner.add(rows, told) : [];
      return this.#fold(byRule([...alerts, ...direct]), told, signal);
    });
    if (overflow.length > 0) await this.#ungrouped(overflow, signal);
    for (const [id, alerts] of silenced) silences.count(id, destination, alerts);
  }

  /** The events without the alerts that a silence keeps from people, and how many those are by the silence's id. Evidence raises nothing that could be silenced. */
  async #spoken(all: readonly (readonly Envelope[])[]): Promise<Spoken> {
    const { silences, clock } = this.#deps;
    const silenced = new Map<string, number>();
    const held = await silences.current();
    if (held.length === 0) return { events: all, silenced };
    const now = clock.now();
    const spoken = all.map((envelopes) =>
      envelopes.filter((envelope) => {
        const silence = envelope.evidence === true ? undefined : silenceFor(held, envelope, now);
        if (silence) silenced.set(silence.id, (silenced.get(silence.id) ?? 0) + 1);
        return silence === undefined;
      }),
    );
    return { events: spoken.filter((envelopes) => envelopes.length > 0), silenced };
  }

  /** Returns the alerts that have no room. */
  async #fold(
    rules: ReadonlyMap<string, RuleAlerts>,
    entries: Told,
    signal: AbortSignal,
  ): Promise<readonly Alert[]> {
    const { metrics, destination, clock } = this.#deps;
    const overflow: Alert[] = [];
    const added = new Set<string>();
    let isSoon = entries.size > 0;
    await inParallel(
      rules,
      WRITES,
      async ([name, { rule, alerts }]) => {
        const done = await this.#foldInto(name, { rule, alerts }, added);
        overflow.push(...done.folded.overflow);
        metrics.count('xdr_relay_alerts_folded_total', { destination, result: 'folded' }, done.folded.folded);
        if (done.folded.repeated > 0) {
          const labels = { destination, result: 'repeated' };
          metrics.count('xdr_relay_alerts_folded_total', labels, done.folded.repeated);
        }
        if (done.folded.shard.groups.length === 0 && done.folded.shard.seq === 0) return;
        const isOld = clock.monotonic() - (this.#told.get(name) ?? Number.NEGATIVE_INFINITY) >= COUNTS_MS;
        // Without a change, a crash may have kept the index from knowing the document.
        if (!done.isLowered && !isOld && done.folded.folded > 0) return;
        entries.set(name, entryOf(done.folded.shard, done.next, clock.now()));
        isSoon ||= done.next.next <= clock.now() + COUNTS_MS;
      },
      signal,
    );
    if (entries.size > 0) await this.#tell(entries);
    if (isSoon) this.#deps.wake();
    return overflow;
  }

  async #foldInto(
    name: string,
    { rule, alerts }: RuleAlerts,
    added: Set<string>,
  ): Promise<{ readonly folded: Folded; readonly next: Due; readonly isLowered: boolean }> {
    const { documents, clock } = this.#deps;
    const { wantsEnd } = this.#manner;
    if (!(await this.#hasRoom(name, added))) {
      const shard: Shard = { v: 1, seq: 0, rule, groups: [], ids: [] };
      const folded = { shard, folded: 0, repeated: 0, overflow: alerts, opened: 0 };
      return { folded, next: due(shard, clock.now(), this.#manner), isLowered: false };
    }
    return documents.changeShard(name, (shard) => {
      const now = clock.now();
      const folded = fold(shard, alerts, { rule, wantsEnd }, now);
      const next = due(folded.shard, now, this.#manner);
      const before = shard && due(shard, now, this.#manner);
      const result = { folded, next, isLowered: before === undefined || next.next < before.next };
      return folded.folded > 0 ? { write: folded.shard, result } : { keep: result };
    });
  }

  /**
   * Only a rule whose document may be new is asked for: the index is read for it.
   *
   * @param added documents of this batch that may be new, of which the index is told together.
   */
  async #hasRoom(name: string, added: Set<string>): Promise<boolean> {
    const toldAt = this.#told.get(name) ?? Number.NEGATIVE_INFINITY;
    if (this.#deps.clock.monotonic() - toldAt < KNOWN_MS) return true;
    const { shards } = (await this.#deps.documents.index()) ?? NO_INDEX;
    if (Object.hasOwn(shards, name)) return true;
    if (Object.keys(shards).length + added.size >= MOST_SHARDS) return false;
    added.add(name);
    return true;
  }

  async #tell(entries: Told): Promise<void> {
    await this.#deps.documents.changeIndex((index = NO_INDEX) => {
      const next = withTold(index, entries);
      return next === index ? { keep: undefined } : { write: next, result: undefined };
    });
    const now = this.#deps.clock.monotonic();
    for (const name of entries.keys()) {
      this.#told.delete(name);
      this.#told.set(name, now);
      const [oldest] = this.#told.keys();
      if (this.#told.size > MOST_SHARDS && oldest !== undefined) this.#told.delete(oldest);
    }
  }

  async #ungrouped(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const { metrics, destination, sendUngrouped } = this.#deps;
    metrics.count('xdr_relay_alerts_ungrouped_total', { destination }, alerts.length);
    await (sendUngrouped ? sendUngrouped(alerts, signal) : this.#sayUngrouped(alerts, signal));
  }

  async #sayUngrouped(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const { messenger, metrics, destination } = this.#deps;
    const messages = alerts.map(({ envelope, others, occurrence }) => ({
      ...messageOfOne(cutEnvelope(envelope)),
      groupId: sha256Hex(`single\n${occurrence}`).slice(0, 32),
      others,
    }));
    const isMany = messages.length > SINGLE;
    for (let at = 0; at < messages.length; at += isMany ? DIGEST : 1) {
      await this.#stored(() => takeTurn(this.#deps, signal));
      const part = messages.slice(at, at + DIGEST);
      const [first] = part;
      try {
        if (isMany) await messenger.digest(part, signal);
        else if (first) await messenger.say(first, undefined, signal);
      } catch (error) {
        if (!(error instanceof PlaceRefusedError)) throw error;
        // Of the rows of this batch, those for that place: delivery finds them, and the others go on.
        throw new RowsRefusedError('rows_refused', error.message, { cause: error });
      }
      metrics.count('xdr_relay_messages_total', { destination, result: isMany ? 'digest' : 'said' });
    }
  }

  async #stored<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      throw new RetryableError('alerts_not_stored', `Alerts could not be stored: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

interface Spoken {
  readonly events: readonly (readonly Envelope[])[];
  readonly silenced: ReadonlyMap<string, number>;
}

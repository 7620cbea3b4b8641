/** One correlation over time: the windows of its groups, the rows counted before, and the alerts to raise again. */

import { shortDigest } from '../../../shared/digest.ts';
import type { CorrelationEvent } from '../../../shared/event.ts';
import { fold } from '../language/fold.ts';
import { type CorrelationDefinition, GroupWindow } from './group-window.ts';
import { type CorrelationState, fromStored, toStored } from './state.ts';
import { isNumeric, numberOf } from './statistics.ts';

/** How much one correlation stores. Beyond a limit, the oldest entries are dropped and the drops counted. */
export interface CorrelationLimits {
  /** Events of all groups together. */
  readonly events: number;
  /** Events of one group; at most half of `events`. */
  readonly eventsPerGroup: number;
  /** Blobs whose last counted offset is stored. */
  readonly blobs: number;
  /** Alerts that can be raised again when their row is read again. */
  readonly alerts: number;
  /** How much longer than the timespan an event is kept after it arrived, so that late events can still join it. Milliseconds. */
  readonly lateness: number;
}

/** Limits that keep the JSON below 900,000 bytes: a state document may have 1 MiB. */
const DEFAULT_LIMITS: CorrelationLimits = {
  events: 8_000,
  eventsPerGroup: 2_000,
  blobs: 2_000,
  alerts: 2_000,
  lateness: 900_000,
};

/** The identity, time and place of a row that contributes to correlations. */
export interface PlacedRow {
  /** The event id; rows with equal ids count once. */
  readonly id: string;
  /** When the event happened, in milliseconds since the epoch. */
  readonly time: number;
  /** Identifies the blob, and distinguishes it from a later blob of the same name. */
  readonly blob: string;
  readonly offset: number;
}

/** What a row fulfilled. */
export interface Fulfilled {
  readonly event: CorrelationEvent;
  /** The number of events, distinct values or rules, or the calculated number, depending on the correlation's type. */
  readonly count: number;
}

/** How many entries were dropped because a limit was reached. */
export type Forgotten = Readonly<Record<'events' | 'blobs' | 'alerts', number>>;

/**
 * The windows of one correlation.
 *
 * An event counts towards at most one alert: if ten failed logons raise an alert, the next alert needs ten more. A row is counted
 * when it is first read; when it is read again, it raises the same alert with the same count as the first time. The rows of one
 * blob must come in the order of their offsets, and a later reading must not begin beyond the end of the one before.
 */
export class CorrelationWindows {
  readonly #definition: CorrelationDefinition;
  readonly #limits: CorrelationLimits;
  /** By the hash of the group's values. This and the two maps below hold the least recently used entry first. */
  readonly #groups = new Map<string, GroupWindow>();
  readonly #read: Map<string, number>;
  readonly #raised: Map<string, number>;
  readonly #forgotten = { events: 0, blobs: 0, alerts: 0 };
  #events = 0;

  /** @param state a document that passed the check of `correlationState`. */
  constructor(
    definition: CorrelationDefinition,
    state?: CorrelationState,
    limits: Partial<CorrelationLimits> = {},
  ) {
    this.#definition = definition;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    for (const [key, events] of state?.groups ?? []) {
      this.#groups.set(key, new GroupWindow(events.map(fromStored)));
      this.#events += events.length;
    }
    this.#read = new Map(state?.read);
    this.#raised = new Map(state?.raised);
  }

  get forgotten(): Forgotten {
    return this.#forgotten;
  }

  /** Whether the row was counted before. */
  isKnown({ blob, offset }: Pick<PlacedRow, 'blob' | 'offset'>): boolean {
    return offset <= (this.#read.get(shortDigest(blob)) ?? -1);
  }

  /**
   * Counts a row, and returns what it fulfils.
   *
   * @param events all events that the row contributes to this correlation.
   * @param now the current time in milliseconds since the epoch.
   */
  observe(row: PlacedRow, events: readonly CorrelationEvent[], now: number): readonly Fulfilled[] {
    const blob = shortDigest(row.blob);
    const isKnown = this.isKnown(row);
    const places = new Set<string>();
    const fulfilled = events.flatMap((event): Fulfilled[] => {
      const group = shortDigest(JSON.stringify(event.group.map(({ value }) => fold(value))));
      const place = shortDigest(`${blob} ${row.offset} ${event.position} ${group}`);
      // Two mappings may yield the same event twice from one row.
      if (places.has(place)) return [];
      places.add(place);
      const count = isKnown ? this.#raised.get(place) : this.#count(row, event, group, now);
      if (count === undefined) return [];
      if (!isKnown) this.#forgotten.alerts += remember(this.#raised, place, count, this.#limits.alerts);
      return [{ event, count }];
    });
    if (!isKnown) {
      this.#forgotten.blobs += remember(this.#read, blob, row.offset, this.#limits.blobs);
    }
    return fulfilled;
  }

  /** The state to store, without the events that have expired. */
  state(now: number): CorrelationState {
    const oldest = (now - this.#definition.timespan - this.#limits.lateness) / 1000;
    for (const window of this.#groups.values()) window.expire(oldest);
    return {
      v: 1,
      groups: [...this.#groups].flatMap(([key, { events }]) =>
        events.length > 0 ? [[key, events.map(toStored)]] : [],
      ),
      read: [...this.#read],
      raised: [...this.#raised],
    };
  }

  #count(row: PlacedRow, event: CorrelationEvent, group: string, now: number): number | undefined {
    const { events: most, eventsPerGroup } = this.#limits;
    const window = this.#groups.get(group) ?? new GroupWindow();
    this.#groups.delete(group);
    this.#groups.set(group, window);
    const value = isNumeric(this.#definition.type)
      ? String(numberOf(event.counted[0] ?? '') ?? 0)
      : event.counted.length === 0
        ? ''
        : shortDigest(JSON.stringify(event.counted.map(fold)));
    const isNew = window.add({
      time: row.time,
      rule: event.position,
      id: row.id.slice(0, 16),
      value,
      arrived: Math.floor(now / 1000),
      used: false,
    });
    if (!isNew) return undefined;
    this.#events += 1;
    this.#forget(window.trim(eventsPerGroup));
    for (const [oldest, other] of this.#groups) {
      if (this.#events <= most || oldest === group) break;
      this.#groups.delete(oldest);
      this.#forget(other.events.length);
    }
    const found = window.fulfilled(this.#definition, row.time);
    if (found) window.use(found.span);
    return found?.count;
  }

  #forget(events: number): void {
    this.#events -= events;
    this.#forgotten.events += events;
  }
}

/** Stores a value as the most recent entry, and returns how many older entries were dropped for it. */
function remember(map: Map<string, number>, key: string, value: number, most: number): number {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size <= most || oldest === undefined) return 0;
  map.delete(oldest);
  return 1;
}

/** One correlation over time: its groups, what was read before, and which alerts are raised again. */
import type { CorrelationEvent } from '../../../shared/event.ts';
import { shortDigest } from '../../digest.ts';
import { fold } from '../language/fold.ts';
import { type CorrelationDefinition, GroupWindow } from './group-window.ts';
import { type CorrelationState, fromStored, toStored } from './state.ts';
import { isNumeric, numberOf } from './statistics.ts';

/** How much one correlation remembers. Past a limit the oldest is forgotten, and counted. */
export interface CorrelationLimits {
  /** Events, of all groups. */
  readonly events: number;
  /** Events of one group; no more than half of all. */
  readonly eventsPerGroup: number;
  /** Blobs of which it is known how far they were counted. */
  readonly blobs: number;
  /** Alerts that are raised again when their row is read again. */
  readonly alerts: number;
  /** An event is kept this much longer than the timespan after it arrived, for those that come late. Milliseconds. */
  readonly lateness: number;
}

/** Together less than 900,000 bytes of JSON: a state document takes 1 MiB. */
const DEFAULT_LIMITS: CorrelationLimits = {
  events: 8_000,
  eventsPerGroup: 2_000,
  blobs: 2_000,
  alerts: 2_000,
  lateness: 900_000,
};

/** A row that contributes to correlations, and where it lies. */
export interface PlacedRow {
  /** The event id: equal rows count once. */
  readonly id: string;
  /** When it happened, milliseconds since the epoch. */
  readonly time: number;
  /** Tells the blob from all others, also from a later one under its name. */
  readonly blob: string;
  readonly offset: number;
}

/** A correlation that a row has fulfilled. */
export interface Fulfilled {
  readonly event: CorrelationEvent;
  /** Events, distinct values or rules, as the correlation counts; or what it calculates. */
  readonly count: number;
}

/** What was forgotten because a limit was reached. */
export type Forgotten = Readonly<Record<'events' | 'blobs' | 'alerts', number>>;

/**
 * One correlation's windows.
 *
 * An event counts towards one alert at most: ten failed logons raise one, and the next takes ten more. A row is counted when
 * it is first read; when it is read again, it raises the alert again that it raised then, with the same count. Rows of one
 * blob come in the order of their offsets, from a place up to which the blob was read before.
 */
export class CorrelationWindows {
  readonly #definition: CorrelationDefinition;
  readonly #limits: CorrelationLimits;
  /** The least recently touched first, as in the two others. */
  readonly #groups = new Map<string, GroupWindow>();
  readonly #read: Map<string, number>;
  readonly #raised: Map<string, number>;
  readonly #forgotten = { events: 0, blobs: 0, alerts: 0 };
  #events = 0;

  /** @param state must have passed `correlationState`. */
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
   * Takes a row in; what it fulfils.
   *
   * @param events all that the row contributes to this correlation.
   * @param now milliseconds since the epoch.
   */
  observe(row: PlacedRow, events: readonly CorrelationEvent[], now: number): readonly Fulfilled[] {
    const blob = shortDigest(row.blob);
    const isKnown = this.isKnown(row);
    const places = new Set<string>();
    const fulfilled = events.flatMap((event): Fulfilled[] => {
      const group = shortDigest(JSON.stringify(event.group.map(({ value }) => fold(value))));
      const place = shortDigest(`${blob} ${row.offset} ${event.position} ${group}`);
      // Two tables' mappings may find one thing twice in a row.
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

  /** As JSON. Events that arrived too long ago are left out. */
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

/** Keeps a value as the most recent one; how many others were forgotten for it. */
function remember(map: Map<string, number>, key: string, value: number, most: number): number {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size <= most || oldest === undefined) return 0;
  map.delete(oldest);
  return 1;
}

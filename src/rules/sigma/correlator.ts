import type { CompiledCorrelation, CorrelationFeed, CorrelationFields } from './correlation.ts';
import type { CorrelationState } from './correlation-state.ts';
import type { FieldSource } from './expression.ts';
import { fold } from './fold.ts';
import type { CompiledRule, RecordView, SigmaCorrelation, SigmaRule } from './types.ts';
import { type CorrelationLimits, countOf, Window } from './window.ts';

/** How much of a value tells groups apart, and distinct values, UTF-16 units. */
const VALUE_LIMIT = 512;
/** Events an alert names. */
const EVENTS_LIMIT = 100;

/** A row on which a rule matched. */
export interface CorrelationMatch {
  readonly rule: CompiledRule;
  readonly record: RecordView;
  /** When it happened, milliseconds since the epoch. */
  readonly time: number;
  /** The event id: the same row seen twice counts once. */
  readonly id: string;
}

/** A correlation that was fulfilled. */
export interface CorrelationAlert {
  readonly correlation: SigmaCorrelation;
  /** The match that fulfilled it. */
  readonly match: CorrelationMatch;
  /** What its events have in common, by the names in `group-by`. */
  readonly group: Readonly<Record<string, string>>;
  /** Events, distinct values or rules, as the correlation counts. */
  readonly count: number;
  /** Ids of the events, oldest first, at most 100. */
  readonly events: readonly string[];
}

/**
 * Watches matches for what correlations wait for.
 *
 * When a correlation is fulfilled its window begins anew: ten failed logons raise one alert, and the next takes ten more.
 * An event that lacks a field of `group-by` belongs to no group. Windows hold what this one process saw: blobs are shared
 * out among consumers, so with several of them a window that spans two is not seen whole. Run one consumer where that
 * matters.
 */
export class Correlator {
  readonly #compiled: readonly CompiledCorrelation[];
  readonly #limits: CorrelationLimits;
  /** By fingerprint; each group's window by its key, the least recently touched first. */
  readonly #windows = new Map<string, Map<string, Window>>();
  readonly #feeds = new Map<
    SigmaRule | SigmaCorrelation,
    { by: CompiledCorrelation; feed: CorrelationFeed }[]
  >();
  readonly #fieldsOf = new Map<CorrelationFeed, Map<CompiledRule, CorrelationFields>>();
  #forgotten = 0;

  constructor(
    compiled: readonly CompiledCorrelation[],
    state: CorrelationState | undefined,
    limits: CorrelationLimits,
  ) {
    this.#compiled = compiled;
    this.#limits = limits;
    for (const by of compiled) {
      const kept =
        state && Object.hasOwn(state.correlations, by.fingerprint) ? state.correlations[by.fingerprint] : [];
      const windows = new Map((kept ?? []).map(({ key, entries }) => [key, new Window(entries)] as const));
      this.#windows.set(by.fingerprint, windows);
      for (const feed of by.feeds) {
        const known = this.#feeds.get(feed.from);
        if (known) known.push({ by, feed });
        else this.#feeds.set(feed.from, [{ by, feed }]);
      }
    }
  }

  /** Events and groups forgotten because a limit was reached. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Takes a match in; what it fulfilled, correlations of correlations included. */
  observe(match: CorrelationMatch): readonly CorrelationAlert[] {
    const alerts: CorrelationAlert[] = [];
    this.#feed(match.rule.rule, match, alerts);
    return alerts;
  }

  /** The windows under way; those whose time is over are left out. */
  state(now: number): CorrelationState {
    const correlations = this.#compiled.map(({ correlation, fingerprint }) => {
      const oldest = now - correlation.timespan - this.#limits.lateness;
      const groups = [...(this.#windows.get(fingerprint) ?? [])].flatMap(([key, window]) => {
        const entries = window.entries.filter(([time]) => time >= oldest);
        return entries.length === 0 ? [] : [{ key, entries }];
      });
      return [fingerprint, groups] as const;
    });
    return { version: 1, correlations: Object.fromEntries(correlations) };
  }

  #feed(from: SigmaRule | SigmaCorrelation, match: CorrelationMatch, alerts: CorrelationAlert[]): void {
    for (const { by, feed } of this.#feeds.get(from) ?? []) {
      const alert = this.#count(by, feed, match);
      if (!alert) continue;
      alerts.push(alert);
      this.#feed(by.correlation, match, alerts);
    }
  }

  #count(
    { correlation, fingerprint }: CompiledCorrelation,
    feed: CorrelationFeed,
    match: CorrelationMatch,
  ): CorrelationAlert | undefined {
    const { group, counted } = this.#fields(feed, match.rule);
    const shared = valuesOf(group, match.record);
    const values = valuesOf(counted, match.record);
    if (!shared || !values) return undefined;
    // An event that several of the rules match is still one event.
    const counting = correlation.type === 'event_count' || correlation.type === 'value_count';
    const window = this.#window(fingerprint, JSON.stringify(shared.map(fold)));
    const value = JSON.stringify(values.map(fold));
    const forgotten = window.add(
      [match.time, counting ? 0 : feed.position, match.id, value.slice(0, 2 * VALUE_LIMIT)],
      correlation.timespan,
      this.#limits,
    );
    if (forgotten === undefined) return undefined;
    this.#forgotten += forgotten;
    const span = window.fulfilled(correlation, match.time);
    if (!span) return undefined;
    window.use();
    return {
      correlation,
      match,
      group: Object.fromEntries(correlation.groupBy.map((name, at) => [name, shared[at] ?? ''])),
      count: countOf(correlation, span),
      events: span.slice(-EVENTS_LIMIT).map(([, , id]) => id),
    };
  }

  #fields(feed: CorrelationFeed, rule: CompiledRule): CorrelationFields {
    let known = this.#fieldsOf.get(feed);
    if (!known) {
      known = new Map();
      this.#fieldsOf.set(feed, known);
    }
    let fields = known.get(rule);
    if (!fields) {
      fields = feed.fields(rule);
      known.set(rule, fields);
    }
    return fields;
  }

  /** A group's window, now the most recently touched. */
  #window(fingerprint: string, key: string): Window {
    const windows = this.#windows.get(fingerprint) ?? new Map<string, Window>();
    const window = windows.get(key) ?? new Window();
    windows.delete(key);
    windows.set(key, window);
    if (windows.size > this.#limits.groups) {
      const [oldest] = windows.keys();
      if (oldest !== undefined) windows.delete(oldest);
      this.#forgotten++;
    }
    return window;
  }
}

/** The first text of each field; undefined when one has none. */
function valuesOf(
  fields: readonly (readonly FieldSource[])[],
  record: RecordView,
): readonly string[] | undefined {
  const values: string[] = [];
  for (const sources of fields) {
    const text = sources
      .map((source) => record.texts(source)[0])
      .find((one) => one !== undefined && one !== '');
    if (text === undefined) return undefined;
    values.push(text.slice(0, VALUE_LIMIT));
  }
  return values;
}

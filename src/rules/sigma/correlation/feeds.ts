/** Feeds: for a match of a rule, the correlations that count it, and the values that they read from the row. */
import type { CorrelationEvent } from '../../../shared/event.ts';
import type { FieldSource } from '../language/expression.ts';
import { sourcesOf } from '../language/field-columns.ts';
import type { CompiledRule, RecordView, SigmaCorrelation } from '../types.ts';
import type { CompiledCorrelation, CorrelationFeed, CorrelationProgram, Watched } from './program.ts';
import { isNumeric, numberOf } from './statistics.ts';
import type { Watch, Watches } from './watches.ts';

/** How many UTF-16 units of a value are compared, to distinguish groups and distinct values. */
const VALUE_LIMIT = 512;

/** Makes the `feedsOf` of a program. The feeds of a rule are created on first use. */
export function feedsOf(
  compiled: readonly CompiledCorrelation[],
  watches: Watches,
): CorrelationProgram['feedsOf'] {
  const made = new Map<Watched, Map<CompiledRule, readonly CorrelationFeed[]>>();
  const feedsFrom = (from: Watched, rule: CompiledRule): readonly CorrelationFeed[] => {
    const byRule = made.get(from) ?? new Map<CompiledRule, readonly CorrelationFeed[]>();
    made.set(from, byRule);
    const known = byRule.get(rule);
    if (known) return known;
    const feeds = compiled.flatMap((by) =>
      (watches.get(by.correlation) ?? [])
        .filter((watch) => watch.from === from)
        .map(
          (watch): CorrelationFeed => ({
            by,
            position: positionOf(watch, by.correlation),
            ...fieldsOf(by.correlation, watch, rule),
            next: feedsFrom(by.correlation, rule),
          }),
        ),
    );
    byRule.set(rule, feeds);
    return feeds;
  };
  return (rule) => feedsFrom(rule.rule, rule);
}

/** The position stored with an event. If events are counted it is always 0, so that an event that several rules match counts once. */
function positionOf({ position }: Watch, { type }: SigmaCorrelation): number {
  return type === 'temporal' || type === 'temporal_ordered' ? position : 0;
}

/** The columns of a rule's table that hold the fields of a correlation. */
export function fieldsOf(
  correlation: SigmaCorrelation,
  { from, name }: Watch,
  rule: CompiledRule,
): Pick<CorrelationFeed, 'group' | 'counted'> {
  const names = [name, from.name, from.id, rule.rule.name, rule.rule.id];
  const resolve = (field: string): readonly FieldSource[] => {
    const alias = Object.hasOwn(correlation.aliases, field) ? correlation.aliases[field] : undefined;
    const key = alias && names.find((one) => one !== undefined && Object.hasOwn(alias, one));
    const mapping = rule.mapField((key !== undefined && alias?.[key]) || field);
    return mapping ? sourcesOf(mapping, rule.sources) : [];
  };
  return { group: correlation.groupBy.map(resolve), counted: correlation.condition.fields.map(resolve) };
}

/**
 * The events that a row contributes. A row contributes no event to a correlation if it lacks a field of `group-by` or the counted
 * field, or if the correlation calculates and the field is not a number.
 */
export function contributions(
  feeds: readonly CorrelationFeed[],
  record: RecordView,
): readonly CorrelationEvent[] {
  const made = new Map<CorrelationFeed, readonly CorrelationEvent[]>();
  const eventsOf = (feed: CorrelationFeed): readonly CorrelationEvent[] => {
    const known = made.get(feed);
    if (known) return known;
    const events = [eventOf(feed, record)].flatMap((event) =>
      event ? [{ ...event, next: feed.next.flatMap(eventsOf) }] : [],
    );
    made.set(feed, events);
    return events;
  };
  return feeds.flatMap(eventsOf);
}

function eventOf(
  { by, position, group, counted: countedIn }: CorrelationFeed,
  record: RecordView,
): Omit<CorrelationEvent, 'next'> | undefined {
  const shared = valuesOf(group, record);
  const counted = valuesOf(countedIn, record);
  if (!shared || !counted) return undefined;
  const { correlation, fingerprint } = by;
  if (isNumeric(correlation.type) && counted.some((text) => numberOf(text) === undefined)) return undefined;
  return {
    correlation: fingerprint,
    position,
    group: correlation.groupBy.map((column, at) => ({ column, value: shared[at] ?? '' })),
    counted,
  };
}

/** The first string of each field; undefined if a field has none. */
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

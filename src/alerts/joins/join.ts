/** Joins the rows of AlertInfo and AlertEvidence by Defender's id of the alert. */
import { shortDigest } from '../../shared/digest.ts';
import type { Alert } from '../groups/alert.ts';
import { cutEnvelope, jsonBytes } from '../groups/cut.ts';
import { entityLists, shortenedEntities, withEntities } from '../groups/entities.ts';
import { mergedDefender, ruleName, severityRank } from '../groups/fold.ts';
import { LISTED_RULES, OCCURRENCE_LENGTH, SHARD_BYTES } from '../groups/limits.ts';
import { knownOccurrences, rememberedOccurrences } from '../groups/occurrences.ts';
import { isAhead, nextSeq, type StoredDefender } from '../groups/state.ts';
import type { DefenderAlert, Entity } from '../message.ts';
import type { Join, Joins, Raised } from './state.ts';
import { DEFENDER_TABLES as TABLES } from './tables.ts';

/** Evidence waits so long for a rule to raise its alert, and longer where `join_wait` is. Milliseconds. */
const EVIDENCE_MS = 15 * 60_000;
/** So long after it went into its group, an alert is told of late evidence. Milliseconds. */
const LATE_MS = 2 * 60 * 60_000;
/** Blobs of which an alert remembers what they held. */
const LISTED_SOURCES = 12;
/** Alerts of one document. */
const MOST_JOINS = 300;
/** Bytes of JSON of an alert that waits. The rows of these tables are short. */
const ENVELOPE_BYTES = 8_192;
/** Bytes of JSON of the alerts of one document. Occurrences take up to 160 KB besides. */
const JOINS_BYTES = SHARD_BYTES - 200_000;

/** One row of AlertInfo or AlertEvidence. */
export interface DefenderRow {
  /** As of an alert: it names this reading of this row. */
  readonly occurrence: string;
  readonly table: string;
  /** Its blob, and what the blob held: digests. */
  readonly source: { readonly blob: string; readonly reading: string };
  readonly defender: DefenderAlert;
  readonly entities: readonly Entity[];
  /** Present where rules raise it. */
  readonly alert?: Alert;
  /** The rules that raise it, by id or title. */
  readonly rules: readonly string[];
}

/** What joining made. */
export interface Joined {
  readonly joins: Joins;
  /** Rows that are new. */
  readonly added: number;
  readonly repeated: number;
  /** Alerts that have no room here, or that stand for themselves: they go into their groups at once. */
  readonly direct: readonly Alert[];
}

/**
 * Adds rows to what is known of their alerts. Evidence alone may be forgotten where there is no room; an alert never is.
 *
 * @param waitMs how long an alert waits for the other table: `join_wait`.
 * @param now ms since the epoch.
 */
export function join(
  stored: Joins | undefined,
  rows: readonly DefenderRow[],
  waitMs: number,
  now: number,
): Joined {
  const past: Joins = stored ?? { v: 1, seq: 0, joins: [], ids: [] };
  const known = knownOccurrences(past.ids);
  const joins = new Map(prunedJoins(past.joins, waitMs, now).map((one) => [one.id, one]));
  const direct: Alert[] = [];
  let ids = '';
  let repeated = 0;
  for (const row of rows) {
    if (known.has(row.occurrence)) {
      repeated += 1;
      continue;
    }
    const { alertId } = row.defender;
    const before = joins.get(alertId);
    const earlier = before && isReadAgain(before, row) ? raisable(before) : before;
    if (row.alert !== undefined && standsAlone(row, earlier, joins)) {
      // Its group remembers its occurrence, and nothing here does: after a crash in between it comes again.
      direct.push(row.alert);
      if (earlier !== undefined) joins.set(alertId, withRow(earlier, evidenceOf(row), waitMs, now));
      continue;
    }
    known.add(row.occurrence);
    ids += row.occurrence;
    joins.set(alertId, withRow(earlier, row, waitMs, now));
  }
  const added = ids.length / OCCURRENCE_LENGTH;
  if (added === 0) return { joins: past, added, repeated, direct };
  const next: Joins = {
    ...past,
    seq: nextSeq(past, now),
    joins: bounded([...joins.values()]),
    ids: rememberedOccurrences([...past.ids, { at: now, ids }], now),
  };
  if (jsonBytes(next) <= SHARD_BYTES) return { joins: next, added, repeated, direct };
  // Not even the shortest form has room: alerts go into their groups at once, each with what its own row tells.
  const folded = knownOccurrences(past.ids);
  const alone = rows.flatMap(({ occurrence, alert }) => (alert && !folded.has(occurrence) ? [alert] : []));
  return { joins: past, added: 0, repeated, direct: alone };
}

/** An alert that is ready for its group. */
export interface Ready {
  readonly id: string;
  readonly alert: Alert;
}

/** The alerts that wait no longer: both tables have told of them, or the time is over. */
export function ready({ joins }: Joins, waitMs: number, now: number): readonly Ready[] {
  return joins.flatMap((one) => {
    const { raised, moved, id } = one;
    if (raised === undefined || moved !== undefined || readyAt(one, raised, waitMs, now) > now) return [];
    return [{ id, alert: alertOf(one, raised) }];
  });
}

/** Evidence that has arrived since its alert went into a group. */
export function late({ joins }: Joins): readonly (Join & { readonly moved: NonNullable<Join['moved']> })[] {
  return joins.flatMap((one) => {
    const { moved } = one;
    return moved === undefined || moved.isTold ? [] : [{ ...one, moved }];
  });
}

/** The entities that are known of an alert. */
export function entitiesIn({ entities }: Join): readonly Entity[] {
  return entityLists(entities).flatMap(({ first }) => first);
}

/** The document after an alert went into a group, or its group was told of its evidence. @param seen the `evidence` that the group knows. */
export function moved(
  joins: Joins,
  changes: ReadonlyMap<
    string,
    { readonly shard: string; readonly group: string; readonly seen: StoredDefender }
  >,
  now: number,
): Joins {
  const next = joins.joins.map((one) => {
    const change = changes.get(one.id);
    if (change === undefined) return one;
    const { shard, group, seen } = change;
    const isTold = one.defender.evidence <= seen.evidence;
    return { ...withoutRaised(one), moved: { shard, group, at: one.moved?.at ?? now, isTold } };
  });
  return { ...joins, seq: nextSeq(joins, now), joins: next };
}

/** The alerts of two documents, each once: a destination was renamed while alerts waited under both names. */
export function mergedJoins(joins: Joins, other: Joins, now: number): Joins {
  const more = other.joins.filter(({ id }) => !joins.joins.some((one) => one.id === id));
  const ids = [...other.ids, ...joins.ids].sort((one, two) => one.at - two.at);
  return {
    ...joins,
    seq: Math.max(nextSeq(joins, now), other.seq + 1),
    joins: bounded([...more, ...joins.joins]),
    ids: rememberedOccurrences(ids, now),
  };
}

/** When to look at the document, ms since the epoch. */
export function nextJoin({ joins, ids }: Joins, waitMs: number, now: number): number {
  const times = joins.flatMap((one) => {
    if (one.moved !== undefined) return one.moved.isTold ? [] : [now];
    return one.raised === undefined ? [] : [readyAt(one, one.raised, waitMs, now)];
  });
  if (times.length > 0) return Math.min(...times);
  return Math.max(now, ...joins.map((one) => overAt(one, waitMs, now)), ...ids.map(({ at }) => at + LATE_MS));
}

/** The document without what is over; undefined if nothing is left. */
export function pruneJoins(joins: Joins, waitMs: number, now: number): Joins | undefined {
  const kept = prunedJoins(joins.joins, waitMs, now);
  const ids = joins.ids.filter(({ at }) => at + LATE_MS > now);
  if (kept.length === 0 && ids.length === 0) return undefined;
  if (kept.length === joins.joins.length && ids.length === joins.ids.length) return joins;
  return { ...joins, seq: nextSeq(joins, now), joins: kept, ids };
}

/** The name of the document for an alert: few documents for all. */
export function bucketOf(alertId: string): string {
  return shortDigest(alertId).slice(0, 1).replace('-', 'A').replace('_', 'B').toLowerCase();
}

/** Whether an alert goes into a group of its own rule at once. */
function standsAlone(row: DefenderRow, earlier: Join | undefined, joins: ReadonlyMap<string, Join>): boolean {
  if (earlier?.moved === undefined) return earlier?.raised === undefined && !hasRoom(joins);
  // A rule that has not raised it before: people are told of that, late as it is.
  return !row.rules.every((rule) => earlier.rules.includes(rule));
}

/** Whether a rule raises an alert that is in a group, from a blob that has been rewritten since: it is counted again, as any other alert is. */
function isReadAgain({ moved: group, sources = [] }: Join, { alert, source }: DefenderRow): boolean {
  if (group === undefined || alert === undefined) return false;
  return sources.some(({ blob, reading }) => blob === source.blob && reading !== source.reading);
}

/** The alert as it was before a rule raised it: it waits for both tables again. */
function raisable({ moved: _, ...one }: Join): Join {
  return { ...one, tables: [] };
}

function withSource(sources: NonNullable<Join['sources']>, source: DefenderRow['source']): Join['sources'] {
  return [source, ...sources.filter(({ blob }) => blob !== source.blob)].slice(0, LISTED_SOURCES);
}

function evidenceOf({ alert: _, ...row }: DefenderRow): DefenderRow {
  return { ...row, rules: [] };
}

function withRow(known: Join | undefined, row: DefenderRow, waitMs: number, now: number): Join {
  const { defender, table, source, entities, alert, rules } = row;
  const one: Join = known ?? {
    id: defender.alertId,
    since: now,
    tables: [],
    defender: { ...defender, evidence: 0 },
    entities: [],
    rules: [],
  };
  const next: Join = {
    ...one,
    tables: [...new Set([...one.tables, table])].slice(0, TABLES.length),
    defender: mergedDefender(one.defender, defender),
    entities: withEntities(one.entities, entities),
    rules: [...new Set([...one.rules, ...rules])].slice(0, LISTED_RULES),
    sources: withSource(one.sources ?? [], source),
    ...(one.moved !== undefined && { moved: { ...one.moved, isTold: false } }),
  };
  if (alert === undefined || one.moved !== undefined) return next;
  return { ...next, raised: one.raised ? withAlert(one.raised, alert) : newRaised(alert, now + waitMs) };
}

function newRaised(alert: Alert, until: number): Raised {
  const { occurrence, envelope, severity, others, groupedBy, times } = alert;
  return {
    occurrence,
    envelope: cutEnvelope(envelope, ENVELOPE_BYTES),
    ...(severity !== undefined && { severity }),
    others: others.slice(0, LISTED_RULES),
    groupedBy,
    times,
    until,
  };
}

/** Another row, or another rule, for the same alert of Defender: one message, under the rule of the highest severity. */
function withAlert(known: Raised, alert: Alert): Raised {
  const isHigher = severityRank(alert.severity) > severityRank(known.severity);
  const [first, second] = isHigher
    ? [newRaised(alert, known.until), known]
    : [known, newRaised(alert, known.until)];
  const { rule } = second.envelope;
  const names = new Set([ruleName(first.envelope.rule), ...first.others.map((one) => ruleName(one.rule))]);
  const more = [
    ...(rule
      ? [
          {
            rule: { title: rule.title, ...(rule.id !== undefined && { id: rule.id }) },
            severity: second.severity,
          },
        ]
      : []),
    ...second.others,
  ];
  const others = [...first.others];
  for (const one of more) {
    if (names.has(ruleName(one.rule))) continue;
    names.add(ruleName(one.rule));
    others.push(one);
  }
  others.sort((one, other) => severityRank(other.severity) - severityRank(one.severity));
  return { ...first, occurrence: known.occurrence, others: others.slice(0, LISTED_RULES) };
}

function readyAt({ tables }: Join, { until }: Raised, waitMs: number, now: number): number {
  if (TABLES.every((table) => tables.includes(table)) || isAhead(until, now + waitMs))
    return Math.min(until, now);
  return until;
}

function alertOf(one: Join, raised: Raised): Alert {
  const { occurrence, envelope, severity, others, groupedBy, times } = raised;
  return {
    occurrence,
    envelope,
    severity,
    others: others.map(({ rule: { id, title }, severity: level }) => ({
      rule: { title, ...(id !== undefined && { id }) },
      severity: level,
    })),
    entities: entitiesIn(one),
    defender: one.defender as DefenderAlert,
    groupedBy,
    times,
  };
}

function withoutRaised({ raised: _, ...rest }: Join): Join {
  return rest;
}

/** When nothing more is expected of an alert. One that waits for its group is never over. */
function overAt({ since, raised, moved: group }: Join, waitMs: number, now: number): number {
  if (group !== undefined) return Math.min(group.at, now) + LATE_MS;
  if (raised !== undefined) return Number.POSITIVE_INFINITY;
  return Math.min(since, now) + Math.max(waitMs, EVIDENCE_MS);
}

function prunedJoins(joins: readonly Join[], waitMs: number, now: number): readonly Join[] {
  return joins.filter(
    (one) => (one.moved !== undefined && !one.moved.isTold) || overAt(one, waitMs, now) > now,
  );
}

function hasRoom(joins: ReadonlyMap<string, Join>): boolean {
  let waiting = 0;
  for (const { raised } of joins.values()) if (raised !== undefined) waiting += 1;
  // Each takes up to 8 KB and its entities.
  return waiting < 60;
}

/** Within the bounds: evidence without an alert goes first, the oldest before the newest, then what is in a group already. */
function bounded(joins: readonly Join[]): readonly Join[] {
  let kept = joins;
  const droppable = [
    ...kept.filter(({ raised, moved: group }) => raised === undefined && group === undefined),
    ...kept.filter(({ moved: group }) => group !== undefined),
  ];
  while (droppable.length > 0 && (kept.length > MOST_JOINS || jsonBytes(kept) > JOINS_BYTES)) {
    const dropped = new Set(droppable.splice(0, Math.max(1, Math.ceil(droppable.length / 4))));
    kept = kept.filter((one) => !dropped.has(one));
  }
  for (const shorten of SHORTER) {
    if (jsonBytes(kept) <= JOINS_BYTES) break;
    kept = kept.map(shorten);
  }
  return kept;
}

/** Ways to make alerts that wait smaller, the least painful first. Alerts themselves are never given up. */
const SHORTER: readonly ((one: Join) => Join)[] = [
  (one) => ({ ...one, entities: one.entities.map((memory) => ({ ...memory, seen: '' })) }),
  (one) => ({ ...one, entities: shortenedEntities(one.entities) }),
  (one) => withEnvelope(one, 4_096),
  (one) => withEnvelope(one, 1_024),
];

function withEnvelope(one: Join, bytes: number): Join {
  const { raised } = one;
  if (raised === undefined) return one;
  const { envelope, others } = raised;
  const cut = { envelope: cutEnvelope(envelope, bytes), others: bytes < 2_048 ? [] : others };
  return { ...one, raised: { ...raised, ...cut } };
}

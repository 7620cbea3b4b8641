/** Folds alerts into the groups of their rule. */
import { sha256Hex, shortDigest } from '../../shared/digest.ts';
import { type Envelope, LEVELS, type Level } from '../../shared/event.ts';
import type { Alert, Evidence, GroupedValue } from './alert.ts';
import { commonOf, stillCommon, withTable } from './common.ts';
import { cutEnvelope } from './cut.ts';
import { withEntities } from './entities.ts';
import {
  GROUPS_IN_WINDOW,
  LISTED_COLUMNS,
  LISTED_RULES,
  OCCURRENCE_LENGTH,
  SHARD_BYTES,
  STORED_GROUPS,
  STORED_OWN_GROUPS,
  STORED_SINGLE_GROUPS,
  VALUE_LENGTH,
} from './limits.ts';
import { knownOccurrences, rememberedOccurrences } from './occurrences.ts';
import { prunedGroups } from './prune.ts';
import { fitting } from './size.ts';
import { type Group, healed, isOpen, nextSeq, type Shard, type StoredDefender } from './state.ts';

/** What folding made. */
export interface Folded {
  /** The document to write. The same object as before where no alert was new. */
  readonly shard: Shard;
  /** Alerts that are in a group now and were not before. */
  readonly folded: number;
  /** Alerts that had been folded before: a crash made the relay read them again. */
  readonly repeated: number;
  /** Alerts for which there is no room. They are in no group: the caller sends them ungrouped. */
  readonly overflow: readonly Alert[];
  /** Groups that were opened. */
  readonly opened: number;
}

export interface FoldOptions {
  /** What {@link Shard.rule} says in a new document. */
  readonly rule: string;
  /** Whether the destination is told the end of a group. */
  readonly wantsEnd: boolean;
}

/**
 * Folds alerts of one rule, in their order. Each alert is counted in exactly one group, or known to have been folded before, or in
 * `overflow`.
 *
 * @param shard the stored document; undefined if there is none.
 * @param now ms since the epoch.
 */
export function fold(
  shard: Shard | undefined,
  alerts: readonly Alert[],
  { rule, wantsEnd }: FoldOptions,
  now: number,
): Folded {
  const before: Shard = (shard && healed(shard, now)) ?? {
    v: 1,
    seq: 0,
    rule: rule.slice(0, 256),
    groups: [],
    ids: [],
  };
  const known = knownOccurrences(before.ids);
  const groups = [...prunedGroups(before.groups, now, wantsEnd)];
  const overflow: Alert[] = [];
  let ids = '';
  let repeated = 0;
  let opened = 0;
  for (const alert of alerts) {
    if (known.has(alert.occurrence)) {
      repeated += 1;
      continue;
    }
    const at = placeOf(groups, alert, now);
    if (at === 'none') {
      overflow.push(alert);
      continue;
    }
    known.add(alert.occurrence);
    ids += alert.occurrence;
    const group = typeof at === 'number' ? groups[at] : undefined;
    if (typeof at === 'number' && group !== undefined) groups[at] = joined(group, alert);
    else {
      groups.push(newGroup(alert, at === 'rule' ? 'rule' : 'group', now));
      opened += 1;
    }
  }
  const folded = ids.length / OCCURRENCE_LENGTH;
  if (folded === 0) return { shard: shard ?? before, folded, repeated, overflow, opened };
  const next = fitting(
    {
      ...before,
      seq: nextSeq(before, now),
      groups,
      ids: rememberedOccurrences([...before.ids, { at: now, ids }], now),
    },
    SHARD_BYTES,
  );
  // Nothing can be shortened that far in practice; if it ever is, nothing is folded and nothing is lost.
  if (next === undefined)
    return { shard: before, folded: 0, repeated, overflow: unknownOf(before, alerts), opened: 0 };
  return { shard: next, folded, repeated, overflow, opened };
}

/**
 * Adds what arrived later about an alert to the group that has it. Counts no alert. Undefined if no such group is stored any more.
 */
export function withEvidence(
  shard: Shard,
  groupId: string,
  evidence: Evidence,
  now: number,
): Shard | undefined {
  const group = shard.groups.find(({ id }) => id === groupId);
  if (group === undefined) return undefined;
  const changed: Group = {
    ...group,
    entities: withEntities(group.entities, evidence.entities),
    ...(group.defender !== undefined && { defender: knownDefender(group.defender, evidence.defender) }),
  };
  const groups = shard.groups.map((one) => (one === group ? changed : one));
  return fitting({ ...shard, seq: nextSeq(shard, now), groups }, SHARD_BYTES) ?? shard;
}

/** The groups of two documents of one rule, each once: a destination was renamed while alerts waited under both names. */
export function merged(shard: Shard, other: Shard, now: number): Shard {
  const groups = other.groups.filter(({ id }) => !shard.groups.some((group) => group.id === id));
  if (groups.length === 0) return shard;
  const both = {
    ...shard,
    seq: Math.max(nextSeq(shard, now), other.seq + 1),
    groups: [...groups, ...shard.groups],
    ids: rememberedOccurrences(
      [...other.ids, ...shard.ids].sort((one, two) => one.at - two.at),
      now,
    ),
  };
  return fitting(both, SHARD_BYTES) ?? shard;
}

/** The group that an alert was folded into: that of the same values, or the one that stands for the rule. Undefined if it is in none. */
export function groupOf(shard: Shard, alert: Pick<Alert, 'groupedBy'>): Group | undefined {
  const key = keyOf(alert.groupedBy);
  return (
    shard.groups.findLast((group) => group.scope === 'group' && group.key === key) ??
    shard.groups.findLast(({ scope }) => scope === 'rule')
  );
}

/** Everything that is known of an alert of Defender, unless the group is about another one, or knows more already. */
function knownDefender(known: StoredDefender, now: StoredDefender): StoredDefender {
  return known.alertId === now.alertId && now.evidence >= known.evidence ? { ...known, ...now } : known;
}

/** What both say of one alert of Defender; where they differ, the first stays. */
export function mergedDefender(first: StoredDefender, later: StoredDefender): StoredDefender {
  if (first.alertId !== later.alertId) return first;
  const techniques = [...new Set([...first.techniques, ...later.techniques])].slice(0, 20);
  return { ...later, ...first, techniques, evidence: first.evidence + later.evidence };
}

export function severityRank(level: Level | undefined): number {
  return level === undefined ? -1 : LEVELS.indexOf(level);
}

/** The index of a group to join, a scope to open a group in, or `none` where there is no room. */
function placeOf(groups: readonly Group[], alert: Alert, now: number): number | 'group' | 'rule' | 'none' {
  if (alert.times === 'off') return groups.length < STORED_SINGLE_GROUPS ? 'group' : 'none';
  const key = keyOf(alert.groupedBy);
  const same = groups.findIndex((one) => one.scope === 'group' && one.key === key && isOpen(one, now));
  if (same >= 0) return same;
  const { windowMs } = alert.times;
  const own = groups.filter(({ scope }) => scope === 'group');
  const recent = own.filter(({ opened, window }) => window > 0 && now < opened + windowMs);
  if (recent.length < GROUPS_IN_WINDOW && own.length < STORED_OWN_GROUPS) return 'group';
  const ofRule = groups.findIndex((one) => one.scope === 'rule' && isOpen(one, now));
  if (ofRule >= 0) return ofRule;
  if (groups.length < STORED_GROUPS) return 'rule';
  // The destination has taken nothing for windows: what waits for the rule takes further alerts, however old it is. Single alerts may have
  // taken all places; there is one for the rule in any case.
  const waiting = groups.findLastIndex(({ scope }) => scope === 'rule');
  return waiting >= 0 ? waiting : 'rule';
}

function newGroup(alert: Alert, scope: Group['scope'], now: number): Group {
  const { envelope, severity, others, entities, defender, times } = alert;
  const cut = cutEnvelope(envelope);
  const by = scope === 'rule' ? [] : alert.groupedBy.slice(0, LISTED_COLUMNS).map(shortened);
  const key = scope === 'rule' ? '' : keyOf(alert.groupedBy);
  return {
    id: sha256Hex(`${scope}\n${key}\n${alert.occurrence}\n${alertIdOf(envelope)}\n${now}`).slice(0, 32),
    key,
    scope,
    by,
    // A single alert, and one of Defender, has a query of its own.
    ...(times !== 'off' && defender === undefined && { tables: [cut.table], common: commonOf(envelope) }),
    opened: now,
    window: times === 'off' ? 0 : times.windowMs,
    repeat: times === 'off' ? 0 : times.repeatMs,
    envelope: cut,
    ...(severity !== undefined && { severity }),
    others: others.slice(0, LISTED_RULES),
    count: 1,
    said: 0,
    firstTime: cut.time,
    lastTime: cut.time,
    entities: withEntities([], entities),
    ...(defender !== undefined && { defender }),
  };
}

function joined(group: Group, alert: Alert): Group {
  const { envelope, severity, entities } = alert;
  const isHigher = severityRank(severity) > severityRank(group.severity);
  const { time } = envelope;
  return {
    ...group,
    count: group.count + 1,
    ...(group.tables && { tables: withTable(group.tables, envelope.table.slice(0, 64)) }),
    ...(group.common && { common: stillCommon(group.common, envelope) }),
    ...(isHigher && severity !== undefined && { severity }),
    firstTime: isBefore(time, group.firstTime) ? time.slice(0, 64) : group.firstTime,
    lastTime: isBefore(group.lastTime, time) ? time.slice(0, 64) : group.lastTime,
    entities: withEntities(group.entities, entities),
    others: withRules(group, alert),
  };
}

/** The other rules of a group with those that matched an alert which joins it: people who wait for one of them are told, too. */
function withRules({ envelope, others }: Group, alert: Alert): Group['others'] {
  if (alert.others.length === 0) return others;
  const known = new Set([envelope.rule, ...others.map(({ rule }) => rule)].map(ruleName));
  const added = alert.others.filter(({ rule }) => !known.has(ruleName(rule)));
  return added.length === 0 ? others : [...others, ...added].slice(0, LISTED_RULES);
}

/** What tells rules apart. */
export function ruleName(
  rule: { readonly id?: string | undefined; readonly title: string } | undefined,
): string {
  return rule?.id ?? rule?.title ?? '';
}

/** Whether one time is before another, as Defender writes them; false where one of them is no time. */
function isBefore(one: string, other: string): boolean {
  return Date.parse(one) < Date.parse(other);
}

function alertIdOf({ alertId, id }: Envelope): string {
  return alertId ?? id;
}

function keyOf(groupedBy: readonly GroupedValue[]): string {
  return shortDigest(JSON.stringify(groupedBy.map(({ column, value }) => [column, value])));
}

function shortened({ column, value }: GroupedValue): GroupedValue {
  return { column: column.slice(0, VALUE_LENGTH), value: value.slice(0, VALUE_LENGTH) };
}

function unknownOf(shard: Shard, alerts: readonly Alert[]): readonly Alert[] {
  const known = knownOccurrences(shard.ids);
  return alerts.filter(({ occurrence }) => !known.has(occurrence));
}

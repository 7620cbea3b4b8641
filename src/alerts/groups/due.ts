/** What a group has to say, and when. */
import type { AlertMessage, Phase } from '../message.ts';
import { addedEntities } from './added.ts';
import { entityLists } from './entities.ts';
import { severityRank } from './fold.ts';
import { IN_PLACE_MS, REMEMBERED_MS, SETTLE_MS } from './limits.ts';
import { awaitsEnd, type Group, healed, type Shard } from './state.ts';

/** How the destination shows later news: see `Messenger`. */
export interface Manner {
  readonly updates: 'none' | 'in_place';
  readonly wantsEnd: boolean;
}

/** A message that is due. */
export interface DueMessage {
  readonly id: string;
  readonly phase: Phase;
  /** Since when it is due, ms since the epoch. */
  readonly since: number;
  readonly message: AlertMessage;
  /** Where the message before was put. */
  readonly posted: string | undefined;
  /** Tries that failed, and since when. */
  readonly trouble: Group['trouble'];
}

export interface Due {
  /** The highest severity first, of equal ones the longest due. */
  readonly messages: readonly DueMessage[];
  /** When to look again, ms since the epoch: the next message, or when the document can be removed. Not before `now` unless something is due. */
  readonly next: number;
  /** How many messages are due at `next`. */
  readonly coming: number;
}

/** What is due at `now`, ms since the epoch. */
export function due(stored: Shard, now: number, manner: Manner): Due {
  const shard = healed(stored, now);
  const times = shard.groups.map((group) => ({ group, next: nextOf(group, manner) }));
  const messages = times
    .flatMap(({ group, next }) => (next !== undefined && next.at <= now ? [dueMessage(group, next)] : []))
    .sort(byUrgency);
  const ahead = times.flatMap(({ next }) => next?.at ?? []);
  if (ahead.length === 0) return { messages, next: endOf(shard, now), coming: 0 };
  const next = Math.min(...ahead);
  return { messages, next, coming: ahead.filter((at) => at <= Math.max(next, now)).length };
}

/** The highest severity first, of equal ones the longest due. */
export function byUrgency(one: DueMessage, other: DueMessage): number {
  const bySeverity = severityRank(other.message.severity) - severityRank(one.message.severity);
  return bySeverity === 0 ? one.since - other.since : bySeverity;
}

/** A group as it stands, as a message. */
export function messageOf(group: Group, phase: Phase): AlertMessage {
  const { defender, others, by, tables, common, saidEntities } = group;
  const entities = entityLists(group.entities);
  return {
    kind: 'alert',
    groupId: group.id,
    phase,
    scope: group.scope,
    envelope: group.envelope,
    severity: group.severity,
    others: others.map(({ rule: { id, title }, severity }) => ({
      rule: { title, ...(id !== undefined && { id }) },
      severity,
    })),
    count: group.count,
    firstTime: group.firstTime,
    lastTime: group.lastTime,
    groupedBy: by,
    ...(tables !== undefined && { tables }),
    ...(common !== undefined && { common }),
    entities,
    ...(saidEntities !== undefined && { added: addedEntities(entities, saidEntities) }),
    ...(defender !== undefined && { defender: defined(defender) }),
  };
}

interface Next {
  readonly phase: Phase;
  readonly at: number;
}

/** The next message of a group, at any time; undefined if it has nothing to say unless something joins it. */
function nextOf(group: Group, manner: Manner): Next | undefined {
  const next = wantedOf(group, manner);
  if (next === undefined || group.trouble === undefined) return next;
  return { ...next, at: Math.max(next.at, group.trouble.next) };
}

function wantedOf(group: Group, { updates, wantsEnd }: Manner): Next | undefined {
  if (group.said === 0)
    return { phase: 'first', at: group.opened + (group.scope === 'rule' ? SETTLE_MS : 0) };
  const end = group.opened + group.window;
  const hasEnd = awaitsEnd(group, wantsEnd);
  const wantsUpdate = group.said < group.count || (updates === 'in_place' && hasNewEvidence(group));
  if (!wantsUpdate) return hasEnd ? { phase: 'end', at: end } : undefined;
  // An end may say nothing but that it is over, as PagerDuty's does: what is new is told before it.
  return { phase: 'update', at: (group.saidAt ?? group.opened) + pauseOf(group, updates) };
}

/** How long news of a group wait. The first alert of another rule is a different alert: it waits for nothing. */
function pauseOf(group: Group, updates: Manner['updates']): number {
  const { others, saidRules = others.length, repeat } = group;
  if (others.length > saidRules) return 0;
  return updates === 'in_place' ? Math.min(repeat, IN_PLACE_MS) : repeat;
}

function hasNewEvidence({ defender, saidEvidence = 0 }: Group): boolean {
  return (defender?.evidence ?? 0) > saidEvidence;
}

function dueMessage(group: Group, { phase, at }: Next): DueMessage {
  const { id, posted, trouble } = group;
  return { id, phase, since: at, message: messageOf(group, phase), posted, trouble };
}

/** When the document can be pruned next: when its groups are over, and then when nothing of it is needed any more. */
function endOf({ groups, ids }: Shard, now: number): number {
  const ends =
    groups.length > 0
      ? groups.map(({ opened, window }) => opened + window)
      : ids.map(({ at }) => at + REMEMBERED_MS);
  return Math.max(now, ...ends);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Stored members may be undefined; those of messages are absent. */
function defined(defender: NonNullable<Group['defender']>): NonNullable<AlertMessage['defender']> {
  const { alertId, techniques, evidence, ...texts } = defender;
  const present = Object.fromEntries(
    Object.entries(texts).filter(([, value]) => value !== undefined),
  ) as Defined<typeof texts>;
  return { alertId, techniques, evidence, ...present };
}

/** Records how the try to say a message ended. */
import type { Phase } from '../message.ts';
import { countedEntities } from './added.ts';
import type { DueMessage } from './due.ts';
import { type Group, healed, nextSeq, type Shard } from './state.ts';

/** A message that the destination has taken, or that a digest stood for, or that is in the dead letters. */
export interface SaidMessage {
  readonly id: string;
  readonly phase: Phase;
  /** `count`, evidence, other rules and entities by kind of the message: what joined meanwhile is news. */
  readonly count: number;
  readonly evidence: number;
  readonly rules: number;
  readonly entities: Readonly<Record<string, number>>;
  /** Where it was put; undefined keeps what was known. */
  readonly posted: string | undefined;
  /** Ms since the epoch. */
  readonly at: number;
}

/** What {@link said} needs to know of a message that was due. */
export function saidMessage(
  { id, phase, message }: DueMessage,
  posted: string | undefined,
  at: number,
): SaidMessage {
  const { count, defender, others } = message;
  const entities = countedEntities(message.entities);
  return { id, phase, count, evidence: defender?.evidence ?? 0, rules: others.length, entities, posted, at };
}

/** The document after messages were said. A group that is not stored any more is passed over. */
export function said(shard: Shard, messages: readonly SaidMessage[], now: number): Shard {
  let changed = shard;
  for (const message of messages) {
    changed = changedGroup(changed, message.id, (group) => {
      const { trouble: _, ...rest } = group;
      return {
        ...rest,
        // Another consumer may have said more than this one knew.
        said: Math.max(group.said, Math.min(message.count, group.count)),
        saidAt: message.at,
        saidEvidence: Math.max(group.saidEvidence ?? 0, message.evidence),
        saidRules: Math.max(group.saidRules ?? 0, message.rules),
        ...(message.count >= group.said && { saidEntities: message.entities }),
        ...(message.posted !== undefined && { posted: message.posted }),
        ...(message.phase === 'end' && { endedAt: message.at }),
      };
    });
  }
  return changed === shard ? shard : { ...healed(changed, now), seq: nextSeq(shard, now) };
}

export interface Failure {
  /** When the message is due again, ms since the epoch. */
  readonly retryAt: number;
  /** Whether the message itself was refused. */
  readonly isRefusal: boolean;
  /** Whether it has failed for a reason that says nothing about the message, and does not count against it. */
  readonly isOthers?: boolean;
  /** How often the destination was seen to take messages so far. */
  readonly accepted: number;
}

/** The document after a try failed. */
export function failed(
  shard: Shard,
  id: string,
  { retryAt, isRefusal, isOthers = false, accepted }: Failure,
  now: number,
): Shard {
  const changed = changedGroup(shard, id, (group) => ({
    ...group,
    trouble: {
      failures: (group.trouble?.failures ?? 0) + (isOthers ? 0 : 1),
      refusals: (group.trouble?.refusals ?? 0) + (isRefusal ? 1 : 0),
      since: group.trouble?.since ?? now,
      accepted: group.trouble?.accepted ?? accepted,
      next: retryAt,
    },
  }));
  return changed === shard ? shard : { ...changed, seq: nextSeq(shard, now) };
}

function changedGroup(shard: Shard, id: string, change: (group: Group) => Group): Shard {
  if (!shard.groups.some((group) => group.id === id)) return shard;
  return { ...shard, groups: shard.groups.map((group) => (group.id === id ? change(group) : group)) };
}

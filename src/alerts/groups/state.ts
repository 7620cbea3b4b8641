/** The stored state of the groups of one rule: one document of the state container. */
import { z } from 'zod';
import { type Envelope, LEVELS } from '../../shared/event.ts';
import { storedObject } from '../../shared/stored-object.ts';
import { ENTITY_KINDS } from '../message.ts';
import { LONGEST_RETRY_MS, SKEW_MS } from './limits.ts';

const count = z.number().int().nonnegative();
/** Milliseconds since the epoch. */
const instant = z.number();
const level = z.enum(LEVELS);

/** The envelope was written by the relay itself; only what its readers rely on is checked. */
export const envelopeSchema = z.lazy(() =>
  z
    .looseObject({
      id: z.string(),
      time: z.string(),
      table: z.string(),
      event: z.record(z.string(), z.unknown()),
      source: z.looseObject({ blob: z.string(), offset: z.number() }),
    })
    .transform((value) => value as unknown as Envelope),
);

export const defenderSchema = z.lazy(() =>
  z.object({
    alertId: z.string(),
    title: z.string().optional(),
    category: z.string().optional(),
    severity: z.string().optional(),
    serviceSource: z.string().optional(),
    detectionSource: z.string().optional(),
    techniques: z.array(z.string()).readonly(),
    evidence: count,
  }),
);

export const otherRuleSchema = z.lazy(() =>
  z.object({
    rule: z.object({ id: z.string().optional(), title: z.string() }),
    severity: level.optional(),
  }),
);

export const entityMemorySchema = z.lazy(() =>
  z.object({
    kind: z.enum(ENTITY_KINDS),
    first: z
      .array(z.object({ name: z.string(), id: z.string().optional(), column: z.string().optional() }))
      .readonly(),
    seen: z.string(),
  }),
);

export const groupSchema = z.lazy(() =>
  storedObject(
    z.object({
      /** `AlertMessage.groupId`. */
      id: z.string(),
      /** The digest of `by`. */
      key: z.string(),
      scope: z.enum(['group', 'rule']),
      by: z.array(z.object({ column: z.string(), value: z.string() })).readonly(),
      /** The tables of its alerts; empty where they are too many. */
      tables: z.array(z.string()).readonly().optional(),
      /** Columns with the values that its alerts have, as far as they are few. */
      common: z
        .array(z.object({ column: z.string(), values: z.array(z.string()).readonly() }))
        .readonly()
        .optional(),
      /** When its first alert was folded, and for how long alerts join it. */
      opened: instant,
      window: count,
      repeat: count,
      envelope: envelopeSchema,
      severity: level.optional(),
      others: z.array(otherRuleSchema).readonly(),
      /** Alerts so far, and how many of them the last message knew: 0 before the first. */
      count,
      said: count,
      saidAt: instant.optional(),
      /** Rows of evidence, and other rules, that the last message knew. */
      saidEvidence: count.optional(),
      saidRules: count.optional(),
      /** Entities that the last message knew, by kind. */
      saidEntities: z.record(z.string(), count).optional(),
      /** Where the destination put the message. */
      posted: z.string().optional(),
      firstTime: z.string(),
      lastTime: z.string(),
      entities: z.array(entityMemorySchema).readonly(),
      defender: defenderSchema.optional(),
      /** When the message of phase `end` was taken. */
      endedAt: instant.optional(),
      /** Tries to say the pending message that failed: how many, since when, and when the next is due. */
      trouble: z
        .object({
          failures: count,
          since: instant,
          next: instant,
          /** Of the failures, those in which the message itself was refused. */
          refusals: count.optional(),
          /** `accepted` of the index at the first failure. */
          accepted: count.optional(),
        })
        .optional(),
    }),
  ),
);

/** The document of one rule. */
export const shardSchema = z.lazy(() =>
  storedObject(
    z.object({
      v: z.literal(1),
      /** Grows with each write and never begins anew, so that an older due time in the index never replaces a newer one. */
      seq: count,
      /** The rule's id or title, for people who read the document. */
      rule: z.string(),
      groups: z.array(groupSchema).readonly(),
      /** Occurrences that were folded, by when they were: their characters joined. */
      ids: z.array(z.object({ at: instant, ids: z.string() })).readonly(),
    }),
  ),
);

export type StoredDefender = Readonly<z.infer<typeof defenderSchema>>;
export type Group = Readonly<z.infer<typeof groupSchema>>;
export type Shard = Readonly<z.infer<typeof shardSchema>>;

/** Whether a stored time, ms since the epoch, cannot be true. */
export function isAhead(time: number, now: number): boolean {
  return time > now + SKEW_MS;
}

/** The document with times that can be true. The same object where all can. A consumer whose clock is a day ahead must not keep alerts waiting for a day. */
export function healed(shard: Shard, now: number): Shard {
  const groups = shard.groups.map((group) => healedGroup(group, now));
  if (groups.every((group, index) => group === shard.groups[index])) return shard;
  return { ...shard, seq: nextSeq(shard, now), groups };
}

function healedGroup(group: Group, now: number): Group {
  const { opened, saidAt, trouble } = group;
  const isTrue =
    !isAhead(opened, now) &&
    !isAhead(saidAt ?? now, now) &&
    (trouble === undefined || !isAhead(trouble.next, now + LONGEST_RETRY_MS));
  if (isTrue) return group;
  return {
    ...group,
    opened: Math.min(opened, now),
    ...(saidAt !== undefined && { saidAt: Math.min(saidAt, now) }),
    ...(trouble !== undefined && {
      trouble: { ...trouble, since: Math.min(trouble.since, now), next: Math.min(trouble.next, now) },
    }),
  };
}

/** The next value of `seq`. It is not below the time, so that it does not begin anew when a document was removed. */
export function nextSeq(shard: Pick<Shard, 'seq'> | undefined, now: number): number {
  return Math.max((shard?.seq ?? 0) + 1, Math.floor(now));
}

/** Whether the destination is to be told the end of the group. A single alert has none. */
export function awaitsEnd(group: Pick<Group, 'window' | 'endedAt'>, wantsEnd: boolean): boolean {
  return wantsEnd && group.window > 0 && group.endedAt === undefined;
}

/** Whether alerts can still join the group. */
export function isOpen(group: Pick<Group, 'opened' | 'window'>, now: number): boolean {
  return now < group.opened + group.window;
}

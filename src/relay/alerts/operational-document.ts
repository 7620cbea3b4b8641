/** The document of the messages about the relay itself that wait for one destination. */
import { z } from 'zod';
import { jsonBytes } from '../../alerts/groups/cut.ts';
import { SHARD_BYTES } from '../../alerts/groups/limits.ts';
import { nextSeq } from '../../alerts/groups/state.ts';
import type { OperationalMessage } from '../../alerts/message.ts';
import { LEVELS } from '../../shared/event.ts';
import { storedObject } from '../../shared/stored-object.ts';
import type { Entry } from './index-document.ts';

const messageSchema = z.lazy(() =>
  z
    .looseObject({
      kind: z.literal('operational'),
      id: z.string(),
      phase: z.enum(['first', 'end']),
      severity: z.enum(LEVELS),
      title: z.string(),
      text: z.string(),
      facts: z.array(z.object({ label: z.string(), value: z.string() })),
      since: z.string(),
    })
    .transform((value) => value as unknown as OperationalMessage),
);

/** Tries that failed: how many, since when, the last one, and when the next is due. Ms since the epoch. */
const troubleSchema = z.lazy(() =>
  z.object({
    failures: z.number(),
    since: z.number(),
    at: z.number(),
    next: z.number(),
    /** As in the trouble of a group. */
    refusals: z.number().optional(),
    accepted: z.number().optional(),
  }),
);

export const keptSchema = z.lazy(() =>
  storedObject(
    z.object({
      message: messageSchema,
      isSaid: z.boolean(),
      posted: z.string().optional(),
      at: z.number(),
      trouble: troubleSchema.optional(),
    }),
  ),
);

export const operationalSchema = z.lazy(() =>
  storedObject(
    z.object({
      v: z.literal(1),
      seq: z.number(),
      /** In the order in which they were announced. Those that were said stay for a while, so that none is said twice. */
      messages: z.array(keptSchema),
    }),
  ),
);

export type OperationalDocument = Readonly<z.infer<typeof operationalSchema>>;
export type Kept = OperationalDocument['messages'][number];
export type Trouble = Readonly<z.infer<typeof troubleSchema>>;

/** Messages that are kept, and for how long after they were said. */
const MOST = 200;
const KEPT_MS = 7 * 24 * 60 * 60_000;
/** Before all alerts: the relay may be about to lose some. */
const SEVERITY = LEVELS.length;
/** Characters of a text. */
const LONGEST = 4_000;

/**
 * The document with a message more, unless one of its id and phase is in it already: then the same object. A beginning that was followed
 * by its end may begin anew.
 */
export function withMessage(
  stored: OperationalDocument | undefined,
  message: OperationalMessage,
  now: number,
): OperationalDocument {
  const messages = stored?.messages ?? [];
  const isKnown = messages.some((one) => isSame(one.message, message) && !isOver(messages, one.message));
  if (stored && isKnown) return stored;
  const cut = { ...message, title: message.title.slice(0, LONGEST), text: message.text.slice(0, LONGEST) };
  const kept = messages.filter(({ isSaid, at }) => !isSaid || at + KEPT_MS > now);
  return {
    ...(stored ?? { v: 1 }),
    seq: nextSeq(stored, now),
    messages: withinBytes([...bounded(kept), { message: cut, isSaid: false, at: now }]),
  };
}

/** What the index says of them; undefined if there is nothing to say. */
export function operationalEntry({ seq, messages }: OperationalDocument): Entry | undefined {
  const [first] = free(messages).toSorted((one, other) => dueAt(one) - dueAt(other));
  if (first === undefined) return undefined;
  return {
    seq,
    due: dueAt(first),
    at: writtenAt(first),
    severity: SEVERITY,
    pending: 0,
    messages: messages.filter(({ isSaid }) => !isSaid).length,
    groups: 0,
  };
}

/** The messages that may be said, in their order. The end of a trouble is not said before its beginning. */
export function free(messages: OperationalDocument['messages']): readonly Kept[] {
  const waiting = messages.filter(({ isSaid }) => !isSaid);
  const isFirst = ({ message }: Kept, index: number) =>
    waiting.findIndex((one) => one.message.id === message.id) === index;
  return waiting.filter(isFirst);
}

/** When it is known since when a message is due, ms since the epoch. */
export function writtenAt({ at, trouble }: Kept): number {
  return trouble?.at ?? at;
}

/** When a message is due, ms since the epoch. */
export function dueAt({ at, trouble }: Kept): number {
  return trouble?.next ?? at;
}

export function isSame(one: OperationalMessage, other: OperationalMessage): boolean {
  return one.id === other.id && one.phase === other.phase;
}

/** Whether a beginning was followed by its end, so that the trouble may begin anew. */
function isOver(messages: OperationalDocument['messages'], { id, phase }: OperationalMessage): boolean {
  const last = messages.findLast(({ message }) => message.id === id);
  return last !== undefined && last.message.phase !== phase;
}

/** What was said goes first. */
function bounded(messages: OperationalDocument['messages']): OperationalDocument['messages'] {
  const over = messages.length - MOST + 1;
  if (over <= 0) return messages;
  let left = over;
  return messages
    .filter(({ isSaid }) => {
      if (!isSaid || left === 0) return true;
      left -= 1;
      return false;
    })
    .slice(-MOST + 1);
}

/** The same in what a document may have: what was said goes first, then details of the oldest, then the oldest. */
function withinBytes(messages: OperationalDocument['messages']): OperationalDocument['messages'] {
  const sizes = messages.map(jsonBytes);
  let over = sizes.reduce((sum, bytes) => sum + bytes + 1, 0) - SHARD_BYTES;
  if (over <= 0) return messages;
  let kept = messages.filter(({ isSaid }, index) => {
    if (!isSaid || over <= 0) return true;
    over -= sizes[index] ?? 0;
    return false;
  });
  kept = kept.map((one, index) => {
    if (over <= 0 || index === kept.length - 1) return one;
    const short = shortened(one);
    over -= jsonBytes(one) - jsonBytes(short);
    return short;
  });
  while (over > 0 && kept.length > 1) {
    over -= jsonBytes(kept[0]);
    kept = kept.slice(1);
  }
  return kept;
}

function shortened(one: Kept): Kept {
  const { title, text } = one.message;
  return {
    ...one,
    message: { ...one.message, title: title.slice(0, 200), text: text.slice(0, 500), facts: [] },
  };
}

/** The messages about the relay itself that wait for one destination. */
import { z } from 'zod';
import { isAhead, nextSeq } from '../../alerts/groups/state.ts';
import type { OperationalMessage } from '../../alerts/message.ts';
import type { Clock } from '../../shared/clock.ts';
import { LEVELS } from '../../shared/event.ts';
import type { AlertDocuments } from './documents.ts';
import type { Entry } from './index-document.ts';
import { OPERATIONAL } from './names.ts';

const messageSchema = z
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
  .transform((value) => value as unknown as OperationalMessage);

/** Tries that failed: how many, since when, the last one, and when the next is due. Ms since the epoch. */
const troubleSchema = z.object({ failures: z.number(), since: z.number(), at: z.number(), next: z.number() });

const documentSchema = z.object({
  v: z.literal(1),
  seq: z.number(),
  /** In the order in which they were announced. Those that were said stay for a while, so that none is said twice. */
  messages: z.array(
    z.object({
      message: messageSchema,
      isSaid: z.boolean(),
      posted: z.string().optional(),
      at: z.number(),
      trouble: troubleSchema.optional(),
    }),
  ),
});

type Stored = z.infer<typeof documentSchema>;
type Kept = Stored['messages'][number];
type Trouble = Readonly<z.infer<typeof troubleSchema>>;

/** Messages that are kept, and for how long after they were said. */
const MOST = 200;
const KEPT_MS = 7 * 24 * 60 * 60_000;
/** Before all alerts: the relay may be about to lose some. */
const SEVERITY = LEVELS.length;
/** Characters of a text. */
const LONGEST = 4_000;

/** A message that is not said yet. */
export interface PendingMessage {
  readonly message: OperationalMessage;
  /** Where the beginning of the same trouble was put. */
  readonly posted: string | undefined;
  /** Tries that failed. */
  readonly trouble: Trouble | undefined;
}

export class OperationalMessages {
  readonly #documents: AlertDocuments;
  readonly #clock: Clock;

  constructor(documents: AlertDocuments, clock: Clock) {
    this.#documents = documents;
    this.#clock = clock;
  }

  /** Stores a message, unless one of its id and phase is stored already. Returns the entry of the index. Throws CheckpointError. */
  add(message: OperationalMessage): Promise<Entry | undefined> {
    const cut = { ...message, title: message.title.slice(0, LONGEST), text: message.text.slice(0, LONGEST) };
    return this.#documents.change(OPERATIONAL, documentSchema, (stored) => {
      const now = this.#clock.now();
      const messages = stored?.messages ?? [];
      const isKnown = messages.some((one) => isSame(one.message, message) && !isOver(messages, one.message));
      if (stored && isKnown) return { keep: entryOf(stored) };
      const kept = messages.filter(({ isSaid, at }) => !isSaid || at + KEPT_MS > now);
      const next: Stored = {
        v: 1,
        seq: nextSeq(stored, now),
        messages: [...bounded(kept), { message: cut, isSaid: false, at: now }],
      };
      return { write: next, result: entryOf(next) };
    });
  }

  async pending(): Promise<PendingMessage | undefined> {
    const stored = await this.#documents.load(OPERATIONAL, documentSchema);
    const now = this.#clock.now();
    const first = free(stored?.messages ?? []).find(
      (one) => isAhead(writtenAt(one), now) || dueAt(one) <= now,
    );
    if (stored === undefined || first === undefined) return undefined;
    const beginning = stored.messages.findLast(
      ({ message, posted }) => message.id === first.message.id && posted !== undefined,
    );
    return { message: first.message, posted: beginning?.posted, trouble: first.trouble };
  }

  said(pending: PendingMessage, posted: string | undefined): Promise<void> {
    return this.#change(pending, ({ trouble: _, ...one }, now) => ({
      ...one,
      isSaid: true,
      at: now,
      ...(posted !== undefined && { posted }),
    }));
  }

  /** A try failed: the message is due again at `next`, ms since the epoch, so that it does not keep alerts waiting. */
  failed(pending: PendingMessage, next: number): Promise<void> {
    return this.#change(pending, (one, now) => {
      const { failures, since } = one.trouble ?? { failures: 0, since: now };
      return { ...one, trouble: { failures: failures + 1, since, at: now, next } };
    });
  }

  async #change({ message }: PendingMessage, change: (one: Kept, now: number) => Kept): Promise<void> {
    await this.#documents.change(OPERATIONAL, documentSchema, (stored) => {
      if (stored === undefined) return { keep: undefined };
      const now = this.#clock.now();
      let isDone = false;
      const messages = stored.messages.map((one) => {
        if (isDone || one.isSaid || !isSame(one.message, message)) return one;
        isDone = true;
        return change(one, now);
      });
      return { write: { ...stored, seq: nextSeq(stored, now), messages }, result: undefined };
    });
  }

  /** What the index says of them, without an entry if there is nothing to say; and the version of what was read. */
  async entry(): Promise<{ readonly entry: Entry | undefined; readonly seq: number }> {
    const stored = await this.#documents.load(OPERATIONAL, documentSchema);
    return { entry: stored && entryOf(stored), seq: stored?.seq ?? 0 };
  }
}

function entryOf({ seq, messages }: Stored): Entry | undefined {
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
function free(messages: Stored['messages']): readonly Kept[] {
  const waiting = messages.filter(({ isSaid }) => !isSaid);
  const isFirst = ({ message }: Kept, index: number) =>
    waiting.findIndex((one) => one.message.id === message.id) === index;
  return waiting.filter(isFirst);
}

/** When it is known since when a message is due, ms since the epoch. */
function writtenAt({ at, trouble }: Kept): number {
  return trouble?.at ?? at;
}

/** When a message is due, ms since the epoch. */
function dueAt({ at, trouble }: Kept): number {
  return trouble?.next ?? at;
}

function isSame(one: OperationalMessage, other: OperationalMessage): boolean {
  return one.id === other.id && one.phase === other.phase;
}

/** Whether a beginning was followed by its end, so that the trouble may begin anew. */
function isOver(messages: Stored['messages'], { id, phase }: OperationalMessage): boolean {
  const last = messages.findLast(({ message }) => message.id === id);
  return last !== undefined && last.message.phase !== phase;
}

/** What was said goes first. */
function bounded(messages: Stored['messages']): Stored['messages'] {
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

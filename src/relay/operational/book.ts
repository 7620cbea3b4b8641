/** What people were told of the relay's own troubles, and which message is next. Pure: the state document is in, the next one is out. */
import { z } from 'zod';
import type { OperationalMessage } from '../../alerts/message.ts';
import { sha256Hex } from '../../shared/digest.ts';
import { LEVELS } from '../../shared/event.ts';
import { KIND_NAMES, type Kind, type Sight } from './trouble.ts';
import { KINDS, messageOnBegin, messageOnEnd } from './words.ts';

/** What a look has found, by kind. A kind that could not be looked at is absent, and nothing changes for it. */
export type Seen = Readonly<Partial<Record<Kind, ReadonlyMap<string, Sight>>>>;

export interface BookSettings {
  /** The destinations for people that are told. */
  readonly to: readonly string[];
  /** A destination must have been out of service for so long, and a trouble must have been over for so long. Milliseconds. */
  readonly settleMs: number;
  /** People hear again of the same subject at the earliest so long after they last heard that it was in trouble. Milliseconds. */
  readonly repeatMs: number;
  /** What stands before a runbook's path. */
  readonly runbooks?: string | undefined;
}

/** Bounds of the document, which may have 1 MiB. What is to be told waits while a bound is reached. */
const MOST_TROUBLES = 50;
const MOST_SUBJECTS = 50;
const MOST_TOLD = 500;
const MOST_PENDING = 60;
/** Names of destinations and tables are shorter. Characters. */
const LONGEST_SUBJECT = 200;

/** ms since the epoch. A corrected clock may show parts of one. */
const time = z.number().nonnegative();
const subject = z.string().max(LONGEST_SUBJECT);
const kind = z.enum(KIND_NAMES);

const troubleSchema = z.lazy(() =>
  z.object({
    id: z.string().max(64),
    kind,
    subjects: z.array(subject).max(100),
    since: time,
    /** Since when none of the subjects is in trouble. */
    calmSince: time.exactOptional(),
  }),
);

const messageSchema = z.lazy(() =>
  z.object({
    kind: z.literal('operational'),
    id: z.string().max(64),
    phase: z.enum(['first', 'end']),
    severity: z.enum(LEVELS),
    title: z.string().max(1_000),
    text: z.string().max(5_000),
    facts: z.array(z.object({ label: z.string().max(100), value: z.string().max(1_000) })).max(50),
    since: z.string().max(40),
    until: z.string().max(40).exactOptional(),
  }),
);

export const bookSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    /** When the parts that need listings were last looked at. */
    listedAt: time,
    troubles: z.array(troubleSchema).max(500),
    /** By kind and subject, when people were last told that it was in trouble. */
    told: z.record(z.string().max(400), time),
    /** Messages that are not stored with their destinations yet. */
    pending: z.array(z.object({ to: z.string().max(63), message: messageSchema })).max(1_000),
  }),
);

export type Book = z.infer<typeof bookSchema>;
/** A trouble as it is stored. */
type StoredTrouble = Book['troubles'][number];

export const EMPTY_BOOK: Book = { v: 1, listedAt: 0, troubles: [], told: {}, pending: [] };

/** The book after a look. Returns the same object where nothing changes. */
export function advance(book: Book, seen: Seen, now: number, settings: BookSettings): Book {
  let next = book;
  for (const name of KIND_NAMES) {
    const sights = seen[name];
    if (!sights) continue;
    const found: Found = { name, sights, now, settings };
    next = begun(ended(next, found), found);
  }
  return next;
}

/** What a look has found of one kind. */
interface Found {
  readonly name: Kind;
  readonly sights: ReadonlyMap<string, Sight>;
  readonly now: number;
  readonly settings: BookSettings;
}

/** The book without the messages that were announced. */
export function withoutPending(book: Book, done: readonly Book['pending'][number][]): Book {
  const keys = new Set(done.map(keyOfPending));
  const pending = book.pending.filter((one) => !keys.has(keyOfPending(one)));
  return pending.length === book.pending.length ? book : { ...book, pending };
}

function keyOfPending({ to, message }: Book['pending'][number]): string {
  return `${to} ${message.id} ${message.phase}`;
}

function ended(book: Book, { name, sights, now, settings }: Found): Book {
  let next = book;
  for (const trouble of book.troubles.filter((one) => one.kind === name)) {
    const isActive = trouble.subjects.some((one) => sights.has(one));
    const { calmSince, ...rest } = trouble;
    if (isActive) {
      if (calmSince !== undefined) next = replaced(next, trouble, rest);
    } else if (now - Math.min(calmSince ?? now, now) < calmOf(name, settings)) {
      // A time in the future is that of a consumer with a wrong clock.
      if (calmSince === undefined || calmSince > now)
        next = replaced(next, trouble, { ...rest, calmSince: now });
    } else if (next.pending.length < MOST_PENDING) {
      const message = messageOnEnd(trouble, calmSince ?? now, settings.runbooks);
      next = withMessage(replaced(next, trouble, undefined), trouble, message, settings);
    }
  }
  return next;
}

function begun(book: Book, { name, sights, now, settings }: Found): Book {
  const covered = new Set(
    book.troubles.filter((one) => one.kind === name).flatMap(({ subjects }) => subjects),
  );
  const settleMs = KINDS[name].settles ? settings.settleMs : 0;
  const fresh = [...sights]
    .filter(([one, { since }]) => {
      const told = book.told[toldKey(name, one)];
      const isTooSoon = told !== undefined && told <= now && now - told < settings.repeatMs;
      const isNew = !covered.has(one) && one.length <= LONGEST_SUBJECT;
      return isNew && !isTooSoon && now - since >= settleMs;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST_SUBJECTS);
  if (fresh.length === 0) return book;
  if (book.troubles.length >= MOST_TROUBLES || book.pending.length >= MOST_PENDING) return book;
  const subjects = fresh.map(([one]) => one);
  const since = Math.min(now, ...fresh.map(([, sight]) => sight.since));
  const id = sha256Hex(JSON.stringify([name, subjects, since, now])).slice(0, 32);
  const trouble: StoredTrouble = { id, kind: name, subjects, since };
  const told = { ...recent(book.told, now, settings.repeatMs) };
  for (const one of subjects) told[toldKey(name, one)] = now;
  const next = { ...book, troubles: [...book.troubles, trouble], told };
  return withMessage(next, trouble, messageOnBegin(trouble, fresh, settings.runbooks), settings);
}

/** Whoever is told of a destination's outage through that destination alone hears of it when it is over. */
function withMessage(
  book: Book,
  trouble: StoredTrouble,
  message: OperationalMessage,
  settings: BookSettings,
): Book {
  const about = trouble.kind === 'destination' ? trouble.subjects : [];
  const to = settings.to.filter((name) => !about.includes(name));
  const facts = message.facts.map(({ label, value }) => ({ label, value }));
  const pending = to.map((name) => ({ to: name, message: { ...message, facts } }));
  return { ...book, pending: [...book.pending, ...pending] };
}

function replaced(book: Book, trouble: StoredTrouble, by: StoredTrouble | undefined): Book {
  return {
    ...book,
    troubles: book.troubles.flatMap((one) => (one.id === trouble.id ? (by ? [by] : []) : [one])),
  };
}

function calmOf(name: Kind, settings: BookSettings): number {
  return KINDS[name].settles ? settings.settleMs : 0;
}

function toldKey(name: Kind, one: string): string {
  return `${name} ${one}`;
}

function recent(told: Book['told'], now: number, repeatMs: number): Book['told'] {
  const kept = Object.entries(told).filter(([, at]) => at <= now && now - at < repeatMs);
  return Object.fromEntries(kept.slice(-MOST_TOLD));
}

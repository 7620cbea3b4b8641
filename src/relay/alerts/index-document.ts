/** The index of a destination for people: what is due and when, who says it, and how fast. */
import { z } from 'zod';
import { jsonBytes } from '../../alerts/groups/cut.ts';
import type { Due } from '../../alerts/groups/due.ts';
import { severityRank } from '../../alerts/groups/fold.ts';
import { LONGEST_RETRY_MS } from '../../alerts/groups/limits.ts';
import { type Group, isAhead, type Shard } from '../../alerts/groups/state.ts';
import { storedObject } from '../../shared/stored-object.ts';
import { JOINS, RULES } from './names.ts';

const instant = z.number();
const count = z.number().int().nonnegative();

const entrySchema = z.lazy(() =>
  storedObject(
    z.object({
      /** Of the document when this was written. An entry is replaced by newer ones only. */
      seq: count,
      /** When to look at the document, ms since the epoch. */
      due: instant,
      /** When this was written. An entry from the future is due now: its consumer's clock is wrong. */
      at: instant,
      /** The highest severity in it: the index of LEVELS, -1 for none, higher for messages about the relay. */
      severity: z.number().int(),
      /** Alerts that people were not told of, messages that are due at `due`, and groups. */
      pending: count,
      messages: count,
      groups: count,
      /** The rule of what waits, so that people can be told of it where the document is damaged or was removed. */
      rule: z.object({ id: z.string().optional(), title: z.string() }).optional(),
    }),
  ),
);

const pauseSchema = z.lazy(() =>
  storedObject(
    z.object({
      until: instant,
      /** How long it was meant to be. Milliseconds. */
      ms: count,
      failures: count,
      since: instant,
      code: z.string(),
      message: z.string(),
    }),
  ),
);

const refusalSchema = z.lazy(() =>
  storedObject(
    z.object({
      since: instant,
      /** When it was last tried. */
      at: instant,
      code: z.string(),
      message: z.string(),
      /** Present where the place had too many messages: nothing is posted there for `ms` milliseconds, until `until`. */
      hold: z.object({ until: instant, ms: count }).optional(),
    }),
  ),
);

/** `alerts/<destination>/index`. */
export const indexSchema = z.lazy(() =>
  storedObject(
    z.object({
      v: z.literal(1),
      /** The consumer that says what is due. Another takes over when it ends. */
      lease: z.object({ owner: z.string(), until: instant }).optional(),
      /** Before this nothing is said: the product's pace, over all consumers. */
      nextAt: instant,
      /** When the destination last took a message. */
      acceptedAt: instant.optional(),
      /** How often it was seen to take messages: once in ten seconds is counted. */
      accepted: count.optional(),
      /** Present while the destination takes nothing. */
      pause: pauseSchema.optional(),
      /** By name, places of the destination, such as channels, that take nothing while others do. */
      refused: z.record(z.string(), refusalSchema).optional(),
      /** When all documents were last compared with the entries. */
      comparedAt: instant.optional(),
      shards: z.record(z.string(), entrySchema),
    }),
  ),
);

export type Entry = Readonly<z.infer<typeof entrySchema>>;
export type Pause = Readonly<z.infer<typeof pauseSchema>>;
export type Refusal = Readonly<z.infer<typeof refusalSchema>>;
export type AlertIndex = Readonly<z.infer<typeof indexSchema>>;

export const NO_INDEX: AlertIndex = { v: 1, nextAt: 0, shards: {} };

/** How long a consumer that does not renew it keeps the others from saying what is due. Milliseconds. */
export const LEASE_MS = 5_000;
/** A lease that ends later was written with a wrong clock. Older versions take leases of ten seconds, from a turn that may be a second away. Milliseconds. */
const LONGEST_LEASE_MS = 20_000;
/** Places that are remembered as refusing. */
const MOST_REFUSED = 50;
/** What waits for such a place tries it at least once a minute. If it was not tried for so long, nothing waits for it any more. Milliseconds. */
const REFUSED_MS = 5 * 60_000;

/** Documents of one destination. Alerts of further rules are sent ungrouped. */
export const MOST_SHARDS = 2_000;

/** Bytes of JSON of a rule's title and id in the index, whatever script they are in: all entries together must fit into one document. */
const TITLE_BYTES = 160;
const ID_BYTES = 80;

/** What the index says of a document of groups. */
export function entryOf(shard: Shard, { next, coming }: Due, now: number): Entry {
  const unsaid = shard.groups.filter(({ said, count: all }) => said < all);
  return {
    seq: shard.seq,
    due: next,
    at: now,
    severity: Math.max(-1, ...unsaid.map(({ severity }) => severityRank(severity))),
    pending: unsaid.reduce((sum, { said, count: all }) => sum + all - said, 0),
    messages: coming,
    groups: shard.groups.length,
    ...(unsaid[0] && { rule: ruleIn(shard, unsaid[0]) }),
  };
}

function ruleIn({ rule: name }: Shard, { envelope: { rule } }: Group): NonNullable<Entry['rule']> {
  const { id, title = name } = rule ?? {};
  return { title: within(TITLE_BYTES, title), ...(id !== undefined && { id: within(ID_BYTES, id) }) };
}

/** The beginning of a text that takes at most so many bytes of JSON. */
function within(bytes: number, text: string): string {
  if (text.length <= bytes && jsonBytes(text) <= bytes) return text;
  let left = bytes - jsonBytes('');
  let end = 0;
  for (const character of text) {
    left -= jsonBytes(character) - jsonBytes('');
    if (left < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** The index with an entry, unless it knows a newer one. */
export function withEntry(index: AlertIndex, name: string, entry: Entry): AlertIndex {
  const known = index.shards[name];
  if (known !== undefined && known.seq > entry.seq) return index;
  return { ...index, shards: { ...index.shards, [name]: entry } };
}

/** The index without the entry of a document that was removed, unless somebody has made it again since. @param seq of what was removed. */
export function withoutEntry(index: AlertIndex, name: string, seq: number): AlertIndex {
  const known = index.shards[name];
  if (known === undefined || known.seq > seq) return index;
  const { [name]: _, ...shards } = index.shards;
  return { ...index, shards };
}

/** What the index is to be told: by document, its entry, or that what had this `seq` was removed. */
export type Told = Map<string, Entry | { readonly goneSince: number }>;

/** The index after it was told of documents. The same object where it knew everything. */
export function withTold(index: AlertIndex, told: Told): AlertIndex {
  let next = index;
  for (const [name, entry] of told) {
    next = 'goneSince' in entry ? withoutEntry(next, name, entry.goneSince) : withEntry(next, name, entry);
  }
  return next;
}

/** Whether `owner` may say what is due. A lease that ends later than any can was written with a wrong clock. */
export function mayLease({ lease }: AlertIndex, owner: string, now: number): boolean {
  if (lease === undefined || lease.owner === owner) return true;
  return lease.until <= now || lease.until > now + LONGEST_LEASE_MS;
}

/** Whether nothing is said of what is due: alerts go into their groups, or documents that are over are removed. Neither takes a turn. */
export function isSilent(name: string, { messages }: Pick<Entry, 'messages'>): boolean {
  return name.startsWith(JOINS) || isUpkeep(name, { messages });
}

/** Whether a document is only looked at because it may be over. */
export function isUpkeep(name: string, { messages }: Pick<Entry, 'messages'>): boolean {
  return name.startsWith(RULES) && messages === 0;
}

/** When an entry is due, ms since the epoch. */
export function dueOf({ due, at }: Entry, now: number): number {
  return isAhead(at, now) ? now : due;
}

/** When the pause ends; undefined where it is over, or was written with a wrong clock. */
export function pausedUntil({ pause }: AlertIndex, now: number): number | undefined {
  if (pause === undefined || pause.until <= now) return undefined;
  return isAhead(pause.until - pause.ms, now) ? undefined : pause.until;
}

/** The places that take nothing while something waits for them, by name. */
export function refusedPlaces({ refused = {} }: AlertIndex, now: number): ReadonlyMap<string, Refusal> {
  return new Map(
    Object.entries(refused).filter(
      ([, one]) => (now - one.at < REFUSED_MS || heldUntil(one, now) !== undefined) && !isAhead(one.at, now),
    ),
  );
}

/** When a place may be posted to again, ms since the epoch; undefined where it may now, or the time was written with a wrong clock. */
export function heldUntil({ hold }: Refusal, now: number): number | undefined {
  if (hold === undefined || hold.until <= now || isAhead(hold.until - hold.ms, now)) return undefined;
  return hold.ms > LONGEST_RETRY_MS ? undefined : hold.until;
}

/** The same of a place by its name, as people know it. */
export function placeHeldUntil(
  index: AlertIndex | undefined,
  place: string | undefined,
  now: number,
): number | undefined {
  const known = place !== undefined && index?.refused;
  return known && Object.hasOwn(known, place) ? known[place] && heldUntil(known[place], now) : undefined;
}

export interface PlaceRefusal {
  readonly place: string;
  readonly code: string;
  readonly message: string;
  /** Milliseconds for which the place is left alone because it had too many messages. Absent: what waits tries it at its own times. */
  readonly holdMs?: number;
}

/** The index after a place has refused a message. */
export function withRefusal(
  index: AlertIndex,
  { place, code, message, holdMs }: PlaceRefusal,
  now: number,
): AlertIndex {
  const known = refusedPlaces(index, now);
  const since = known.get(place)?.since ?? now;
  const others = [...known].filter(([name]) => name !== place).slice(0, MOST_REFUSED - 1);
  const hold = holdMs !== undefined && { hold: { until: now + holdMs, ms: holdMs } };
  const one = { since, at: now, code, message: message.slice(0, 500), ...hold };
  return { ...index, refused: Object.fromEntries([...others, [place, one]]) };
}

/** The index after places have taken messages. */
export function withoutRefusals(index: AlertIndex, places: ReadonlySet<string>): AlertIndex {
  const { refused, ...rest } = index;
  if (refused === undefined) return index;
  const left = Object.entries(refused).filter(([place]) => !places.has(place));
  return left.length === 0 ? rest : { ...rest, refused: Object.fromEntries(left) };
}

/** Whether the destination, or a place of it, takes no messages. */
export function isPausedIn(index: AlertIndex | undefined, now: number): boolean {
  return index !== undefined && (index.pause !== undefined || refusedPlaces(index, now).size > 0);
}

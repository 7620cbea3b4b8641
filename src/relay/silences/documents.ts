/** The documents of silences: those that hold, and what became of those that are over. */
import { z } from 'zod';
import { SILENCE_LIMITS, type Silence, silenceSchema } from '../../alerts/silences.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { type Patience, type SharedDocument, sharedDocument } from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { DAY_MS, HOUR_MS } from '../../shared/duration.ts';
import type { JsonValue } from '../../shared/json.ts';

export const ACTIVE_SILENCES = 'silences/active';
export const SILENCE_HISTORY = 'silences/history';

/** A silence that is over stays in the list so long, so that late counts reach it. Milliseconds. */
export const KEPT_AFTER_END_MS = HOUR_MS;
/** The history keeps its newest entries, this many and this long. */
const HISTORY_ENTRIES = 1_000;
const HISTORY_MS = 400 * DAY_MS;
/** Both documents may have 1 MiB. Characters of JSON: at most 3 bytes each. */
const HISTORY_CHARACTERS = 300_000;
const DESTINATIONS = 64;
const TRIES = 10;

const counts = z.record(z.string().max(63), z.int().min(0));

/** What a silence kept from people so far. A consumer that ends suddenly takes at most half a minute of counts with it. */
const countedSchema = z.looseObject({
  silence: silenceSchema,
  /** Alerts by destination. */
  silenced: counts.default({}),
  /** When the last of them was counted, milliseconds since the epoch. */
  lastOn: z.int().min(0).optional(),
});
export type CountedSilence = z.infer<typeof countedSchema>;

const endedSchema = countedSchema.extend({
  endedOn: z.int().min(0),
  /** Who ended it before its time; absent: it expired. */
  endedBy: z.string().max(SILENCE_LIMITS.by).optional(),
  endReason: z.string().max(SILENCE_LIMITS.reason).optional(),
});
export type EndedSilence = z.infer<typeof endedSchema>;

/** Entries that cannot be understood are left out one by one: one of them must not keep the others from holding, or from being ended. */
const entries = z.looseObject({ silences: z.array(z.unknown()).max(10_000) });

function parsed<T>(value: JsonValue, schema: z.ZodType<T>): readonly T[] {
  const read = entries.safeParse(value);
  return (read.data?.silences ?? []).flatMap((one) => schema.safeParse(one).data ?? []);
}

export function parseActive(value: JsonValue): readonly CountedSilence[] {
  return parsed(value, countedSchema).slice(0, SILENCE_LIMITS.silences);
}

export function parseHistory(value: JsonValue): readonly EndedSilence[] {
  return parsed(value, endedSchema);
}

function listDocument<T>(
  documents: StateDocuments,
  name: string,
  parse: (value: JsonValue) => readonly T[],
  signal?: AbortSignal,
): SharedDocument<readonly T[]> {
  const stored = sharedDocument(documents, name, (value) => value, signal);
  return {
    async load() {
      const { value, etag } = await stored.load();
      return { value: value === undefined ? undefined : parse(value), etag };
    },
    save: (silences, etag) => documents.put(name, { silences } as unknown as JsonValue, etag),
  };
}

export function activeDocument(documents: StateDocuments, signal?: AbortSignal) {
  return listDocument(documents, ACTIVE_SILENCES, parseActive, signal);
}

export function historyDocument(documents: StateDocuments, signal?: AbortSignal) {
  return listDocument(documents, SILENCE_HISTORY, parseHistory, signal);
}

/** How often a change of these documents is tried. */
export function patience(clock: Pick<Clock, 'sleep'>, signal?: AbortSignal): Patience {
  const ms = (failed: number) => Math.floor(Math.random() * Math.min(500, 20 * 2 ** failed));
  return { tries: TRIES, pause: { clock, ms, ...(signal && { signal }) } };
}

/** The history with an entry, or with the later state of one, and without what is too much of it. */
export function withEnded(history: readonly EndedSilence[], added: readonly EndedSilence[], now: number) {
  const ids = new Set(added.map(({ silence }) => silence.id));
  const all = [...history.filter(({ silence }) => !ids.has(silence.id)), ...added]
    .filter(({ endedOn }) => endedOn > now - HISTORY_MS)
    .slice(-HISTORY_ENTRIES);
  let characters = JSON.stringify(all).length;
  while (all.length > 1 && characters > HISTORY_CHARACTERS) {
    characters -= JSON.stringify(all.shift()).length;
  }
  return all;
}

/** Adds alerts to the counts. A destination too many is counted under the name of no destination. */
export function withCounts<T extends CountedSilence>(
  one: T,
  more: ReadonlyMap<string, number>,
  now: number,
): T {
  const silenced = { ...one.silenced };
  for (const [destination, alerts] of more) {
    const isRoom = Object.hasOwn(silenced, destination) || Object.keys(silenced).length < DESTINATIONS;
    const name = isRoom ? destination : '';
    silenced[name] = (silenced[name] ?? 0) + alerts;
  }
  return { ...one, silenced, lastOn: now };
}

export function totalOf({ silenced }: Pick<CountedSilence, 'silenced'>): number {
  return Object.values(silenced).reduce((sum, alerts) => sum + alerts, 0);
}

export function isOver({ until }: Silence, now: number): boolean {
  return now >= until;
}

/** The dead letters: how many there are and why, a list of them, and one with its bytes. */
import { z } from 'zod';
import { redact } from '../../config/redact.ts';
import type { DeadLetterArchive, DeadLetterSummary } from '../../delivery/dead-letters.ts';
import { noLetter, selectLetters } from '../../relay/dead-letters/select.ts';
import type {
  LetterCountsView,
  LetterCountView,
  LetterGroup,
  LetterItem,
  LettersView,
  LetterView,
} from '../model/dead-letters.ts';
import { type ConsoleContext, type View, view } from '../page.ts';
import { withoutQuote } from '../quotes.ts';
import { rowPolicy, shownPayload, shownRow, shownSentence } from '../rows.ts';
import { filterOf, filterShape, letterName } from './filter.ts';

/** The most letters that one view looks at: two requests for listings of 5,000. */
export const MOST_LOOKED = 10_000;
const PAGE = 50;
/** Kept, because a count is a listing of all. Milliseconds. */
const COUNTS_MS = 15_000;

const counts = view({
  path: 'dead-letters/counts',
  query: z.strictObject({}),
  keptMs: COUNTS_MS,
  async read(_query, { ports, services, signal }): Promise<LetterCountsView> {
    const [letters, isolating] = await Promise.all([
      grouped(ports.deadLetters, false, signal),
      grouped(ports.deadLetters, true, signal),
    ]);
    return { at: services.clock.now(), letters, isolating };
  },
});

async function grouped(
  deadLetters: Pick<DeadLetterArchive, 'list'>,
  isolating: boolean,
  signal: AbortSignal,
): Promise<LetterCountsView['letters']> {
  const groups = new Map<string, LetterGroup>();
  let total = 0;
  let more = false;
  for await (const { destination, reason } of deadLetters.list({ isolating }, signal)) {
    if (total === MOST_LOOKED) {
      more = true;
      break;
    }
    total += 1;
    const key = JSON.stringify([destination ?? null, reason]);
    const count = (groups.get(key)?.count ?? 0) + 1;
    groups.set(key, { ...(destination !== undefined && { destination }), reason, count });
  }
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count);
  return { groups: sorted.slice(0, MOST_GROUPS), total, more: more || sorted.length > MOST_GROUPS };
}

/** Reasons are codes of the relay and of destinations: there are few. */
const MOST_GROUPS = 200;

const list = view({
  path: 'dead-letters',
  query: z.strictObject({
    ...filterShape,
    before: z
      .string()
      .max(400)
      .regex(/^\d{1,15}~[\w/.-]+$/)
      .optional(),
  }),
  keptMs: 0,
  async read({ before, ...query }, { ports, services, signal }): Promise<LettersView> {
    let page: DeadLetterSummary[] = [];
    let total = 0;
    let more = false;
    let behind = 0;
    for await (const letter of ports.deadLetters.list(filterOf(query), signal)) {
      if (total === MOST_LOOKED) {
        more = true;
        break;
      }
      total += 1;
      if (before !== undefined && compare(cursorOf(letter), before) <= 0) continue;
      behind += 1;
      page.push(letter);
      if (page.length >= 8 * PAGE) page = newest(page);
    }
    page = newest(page);
    const last = page.at(-1);
    return {
      at: services.clock.now(),
      letters: page.map(itemOf),
      total,
      more,
      ...(last && behind > PAGE && { next: cursorOf(last) }),
    };
  },
});

function newest(letters: readonly DeadLetterSummary[]): DeadLetterSummary[] {
  return letters.toSorted((a, b) => compare(cursorOf(a), cursorOf(b))).slice(0, PAGE);
}

function cursorOf({ storedOn, name }: DeadLetterSummary): string {
  return `${storedOn}~${name}`;
}

/** The newest first; of the same time, by name. */
function compare(a: string, b: string): number {
  const [[timeA, nameA], [timeB, nameB]] = [partsOf(a), partsOf(b)];
  if (timeA !== timeB) return timeB - timeA;
  return nameA < nameB ? -1 : Number(nameA > nameB);
}

function partsOf(cursor: string): readonly [number, string] {
  const at = cursor.indexOf('~');
  return [Number(cursor.slice(0, at)), cursor.slice(at + 1)];
}

const count = view({
  path: 'dead-letters/count',
  query: z.strictObject(filterShape),
  keptMs: 0,
  async read(query, { ports, services, signal }): Promise<LetterCountView> {
    const at = services.clock.now();
    let found = 0;
    for await (const _ of selectLetters(ports.deadLetters, { filter: filterOf(query) }, signal)) {
      if (found === MOST_LOOKED) return { at, count: found, more: true };
      found += 1;
    }
    return { at, count: found, more: false };
  },
});

const letter = view({
  path: 'dead-letters/letter',
  query: z.strictObject({ name: letterName }),
  keptMs: 0,
  read: ({ name }, context): Promise<LetterView> => readLetter(name, context),
});

/** In place of a sentence about a row of which nobody knows what is masked. */
const NOT_SHOWN = 'It may quote a masked column, so it is not shown.';

async function readLetter(
  name: string,
  { config, ports, services, host, signal }: ConsoleContext,
): Promise<LetterView> {
  const stored = await ports.deadLetters.get(name, signal);
  if (!stored) throw noLetter(name);
  const { letter: found, storedOn } = stored;
  const { row, payload, details, isolating, source, answers = [] } = found;
  const policy = rowPolicy(config, found.table);
  // A destination may quote a part of a masked value, which cannot be told from other text.
  const mayQuote = policy.shown && policy.mask.length === 0;
  const said = (text: string) => {
    const cut = mayQuote ? text : withoutQuote(text);
    return redact((policy.shown ? shownSentence(cut, row, policy) : cut) ?? NOT_SHOWN, host.secrets);
  };
  const answered = ({ code, message }: { readonly code: string; readonly message: string }) => ({
    code,
    message: said(message),
  });
  const message = said(found.message);
  // Details are what a destination said about the row.
  const shownDetails = details && mayQuote ? said(JSON.stringify(details)) : undefined;
  return {
    at: services.clock.now(),
    letter: itemOf({
      ...found,
      name,
      storedOn,
      blob: source.blob,
      offset: source.offset,
      source: source.name,
      nextTry: isolating?.next,
    }),
    // Without what they quote, several are the same.
    answers: [...new Map(answers.map(answered).map((one) => [`${one.code} ${one.message}`, one])).values()],
    row: shownRow(row, policy),
    message,
    ...(isolating && { isolating }),
    ...(shownDetails !== undefined && { details: shownDetails }),
    ...(payload !== undefined && { payload: shownPayload(payload, row, policy) }),
  };
}

type ItemParts = { readonly [K in keyof LetterItem]: LetterItem[K] | undefined } & {
  readonly name: string;
  readonly reason: string;
  readonly storedOn: number;
  readonly offset: number;
  readonly length: number;
};

function itemOf(of: ItemParts): LetterItem {
  const { name, reason, storedOn, offset, length } = of;
  const { destination, source, table, rule, id, blob, nextTry } = of;
  return {
    name,
    reason,
    storedOn,
    offset,
    length,
    ...(destination !== undefined && { destination }),
    ...(source !== undefined && { source }),
    ...(table !== undefined && { table }),
    ...(rule !== undefined && { rule }),
    ...(id !== undefined && { id }),
    ...(blob !== undefined && { blob }),
    ...(nextTry !== undefined && { nextTry }),
  };
}

export const deadLetterViews: readonly View[] = [counts, list, count, letter];

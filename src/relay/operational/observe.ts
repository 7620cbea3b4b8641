/** Looks at what the state says of troubles: open breakers, refused rules, new dead letters, silent tables. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { breakerDocument, breakerRecordSchema } from '../../delivery/breaker.ts';
import type { DeadLetterArchive } from '../../delivery/dead-letters.ts';
import type { Clock } from '../../shared/clock.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { formatAge, plural } from '../../shared/readable.ts';
import { indexSchema, refusedPlaces } from '../alerts/index-document.ts';
import { indexDocument } from '../alerts/names.ts';
import { knownTables } from '../discovery/sweep-record.ts';
import { liveRulesRecords, refusalText, rulesHostText } from '../rule-sets/records.ts';
import { tableLabel, tableOf } from '../source/table.ts';
import { isSilent } from '../source/tables.ts';
import type { Seen } from './book.ts';
import type { Kind, Sight } from './trouble.ts';

export interface ObserveDeps {
  readonly documents: StateDocuments;
  readonly deadLetters: Pick<DeadLetterArchive, 'list'>;
  /** The documents of each source, by its name. */
  readonly sources: readonly { readonly name: string | undefined; readonly documents: StateDocuments }[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Dead letters that are looked at; there may be more. */
const MOST_LETTERS = 1_000;
/** Dead letters count for so long after they were stored. Milliseconds. */
const NEW_MS = DAY_MS;
/** Of rows that could not be read, and so have no destination. */
const UNREADABLE = 'rows that could not be read';

/**
 * The destinations of these names that are out of service, and places of them such as channels, as `destination (place)`. Reads one document for each, and a second one for each whose breaker is closed:
 * the messages of a destination for people go by no breaker, and its index says whether it takes them. Those that are disabled are
 * named apart, too.
 */
export async function seenDestinations(
  deps: ObserveDeps,
  subjects: Iterable<string>,
  signal: AbortSignal,
): Promise<Seen> {
  const disabled = new Map<string, Sight>();
  const seen = await attempted(deps, 'destination', signal, async () => {
    const found = new Map<string, Sight>();
    for (const name of new Set([...subjects].map(destinationOf))) {
      const stored = await deps.documents.get(breakerDocument(name), signal);
      const breaker = breakerRecordSchema.safeParse(stored?.value).data;
      const index = breaker
        ? undefined
        : indexSchema.safeParse((await deps.documents.get(indexDocument(name), signal))?.value).data;
      const record = breaker ?? index?.pause;
      if (record) {
        const { since, code, message } = record;
        found.set(name, { since, detail: `${code}: ${message}`, waitsIn: breaker ? 'blobs' : 'state' });
        if (breaker?.disabledAt !== undefined)
          disabled.set(name, { since: breaker.disabledAt, detail: `${code}: ${message}` });
      } else if (index) {
        for (const [place, { since, code, message }] of refusedPlaces(index, deps.clock.now())) {
          found.set(`${name} (${place})`, { since, detail: `${code}: ${message}`, waitsIn: 'state' });
        }
      }
    }
    return found;
  });
  return seen.destination ? { ...seen, disabled } : seen;
}

/** The destination of a subject: names of destinations have no blanks. */
function destinationOf(subject: string): string {
  return subject.split(' ', 1)[0] ?? subject;
}

/** What needs listings or large documents: the rules, the dead letters, the tables. */
export async function seenByListing(
  deps: ObserveDeps,
  silentAfterMs: number,
  signal: AbortSignal,
): Promise<Seen> {
  const now = deps.clock.now();
  return {
    ...(await attempted(deps, 'rules', signal, () => refusedRules(deps, now, signal))),
    ...(await attempted(deps, 'dead_letters', signal, () => newLetters(deps, now, signal))),
    ...(await attempted(deps, 'silent_table', signal, () => silentTables(deps, now, silentAfterMs, signal))),
  };
}

async function attempted(
  { logger }: ObserveDeps,
  kind: Kind,
  signal: AbortSignal,
  look: () => Promise<ReadonlyMap<string, Sight>>,
): Promise<Seen> {
  try {
    return { [kind]: await look() };
  } catch (error) {
    signal.throwIfAborted();
    logger.debug('Troubles of one kind could not be looked at', { trouble: kind, ...loggedError(error) });
    return {};
  }
}

/** One subject for all hosts: a process that restarts is another host, and the trouble is the same. */
async function refusedRules(
  { documents }: ObserveDeps,
  now: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Sight>> {
  const refusals = (await liveRulesRecords(documents, now, signal)).flatMap((record) =>
    record.refused ? [{ host: rulesHostText(record), refused: record.refused }] : [],
  );
  const [first] = refusals;
  if (!first) return new Map();
  const more = refusals.length > 1 ? ` and ${plural(refusals.length - 1, 'more host')}` : '';
  const detail = `${first.host}${more}: ${refusalText(first.refused)}`;
  return new Map([['rules', { since: Math.min(...refusals.map(({ refused }) => refused.at)), detail }]]);
}

async function newLetters(
  { deadLetters }: ObserveDeps,
  now: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Sight>> {
  const counts = new Map<string, { since: number; count: number; reasons: Set<string> }>();
  let looked = 0;
  for await (const letter of deadLetters.list(
    { from: now - NEW_MS, to: now + NEW_MS, isolating: false },
    signal,
  )) {
    if (++looked > MOST_LETTERS) break;
    const name = letter.destination ?? UNREADABLE;
    const known = counts.get(name) ?? { since: letter.storedOn, count: 0, reasons: new Set() };
    known.since = Math.min(known.since, letter.storedOn);
    known.count += 1;
    known.reasons.add(letter.reason);
    counts.set(name, known);
  }
  const atLeast = looked > MOST_LETTERS ? 'at least ' : '';
  return new Map(
    [...counts].map(([name, { since, count, reasons }]) => {
      const why = [...reasons].slice(0, 5).join(', ');
      return [name, { since, detail: `${atLeast}${plural(count, 'dead letter')} in 24 hours: ${why}` }];
    }),
  );
}

async function silentTables(
  { sources }: ObserveDeps,
  now: number,
  silentAfterMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Sight>> {
  const found = new Map<string, Sight>();
  for (const { name, documents } of sources) {
    for (const [container, record] of Object.entries(await knownTables(documents, signal))) {
      if (!isSilent(record, now, silentAfterMs)) continue;
      const table = tableLabel(tableOf(container));
      const more = record.unseen ? 'more than ' : '';
      found.set(name === undefined ? table : `${table} of ${name}`, {
        since: record.lastWrite,
        detail: `not written for ${more}${formatAge(now - record.lastWrite)}`,
      });
    }
  }
  return found;
}

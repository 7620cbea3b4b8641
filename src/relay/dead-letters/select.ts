/** Selects dead letters for a person who wants to send them again or to remove them. */
import type {
  DeadLetterArchive,
  DeadLetterFilter,
  DeadLetterSummary,
  StoredDeadLetter,
  UnreadableLetterError,
} from '../../delivery/dead-letters.ts';
import { RelayError } from '../../shared/errors.ts';
import { readLetter } from './read-letter.ts';

/** Which letters: those of the given names or, without names, those that pass the filter. */
export interface LetterSelection {
  readonly names?: readonly string[];
  readonly filter: DeadLetterFilter;
  /** At most so many of those that the filter selects. */
  readonly limit?: number | undefined;
  /** Of what the filter selects, only letters behind this name in the order of names. */
  readonly after?: string | undefined;
  /** Called for each of `names` that there is no letter of, which is passed over. Absent: it is an error. */
  readonly onGone?: (name: string) => void;
}

/** The selected letters, in the order of their names. Throws `no_dead_letter` for a name that there is not, unless `onGone` takes it. */
export async function* selectLetters(
  deadLetters: Pick<DeadLetterArchive, 'list' | 'get'>,
  { names = [], filter, limit = Number.POSITIVE_INFINITY, after, onGone }: LetterSelection,
  signal?: AbortSignal,
): AsyncGenerator<DeadLetterSummary> {
  if (names.length > 0) {
    for (const name of names) {
      const stored = await readLetter(deadLetters, name, signal);
      if (stored) yield summaryOf(name, stored);
      else if (onGone) onGone(name);
      else throw noLetter(name);
    }
    return;
  }
  let given = 0;
  if (limit <= 0) return;
  for await (const letter of deadLetters.list(filter, signal)) {
    if (after !== undefined && letter.name <= after) continue;
    yield letter;
    given += 1;
    if (given === limit) return;
  }
}

function summaryOf(name: string, stored: StoredDeadLetter | UnreadableLetterError): DeadLetterSummary {
  if (!('letter' in stored)) {
    const unknown = { destination: undefined, blob: undefined, storedOn: 0, offset: 0, length: 0 };
    return { name, reason: stored.code, ...unknown };
  }
  const { letter, storedOn } = stored;
  const { destination, reason, source, length } = letter;
  return {
    name,
    destination,
    ...(source.name !== undefined && { source: source.name }),
    reason,
    storedOn,
    blob: source.blob,
    offset: source.offset,
    length,
  };
}

/** The error for a name of no letter. The name comes from a person, so it is quoted and cut. */
export function noLetter(name: string): RelayError {
  const quoted = name.slice(0, 200).replace(/[^\x20-\x7e]/g, '\ufffd');
  return new RelayError('no_dead_letter', `there is no dead letter named ${quoted}`);
}

/** @param most where counting ends. */
export async function countLetters(
  letters: AsyncIterable<DeadLetterSummary>,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let found = 0;
  for await (const _ of letters) {
    found += 1;
    if (found >= most) break;
  }
  return found;
}

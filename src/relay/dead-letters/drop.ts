/** Removes dead letters for good, at a person's request. */
import type { DeadLetterArchive, DeadLetterSummary, Removal } from '../../delivery/dead-letters.ts';
import { readLetter } from './read-letter.ts';

/** `gone`: another process had removed it. `stored_again`: the relay stored it again meanwhile, and it stays. */
export type DropResult = 'removed' | 'stored_again' | 'gone';

export interface DropOutcome {
  readonly letter: DeadLetterSummary;
  readonly result: DropResult;
}

const REMOVALS_AT_ONCE = 16;

const RESULTS: Readonly<Record<Removal, DropResult>> = {
  removed: 'removed',
  gone: 'gone',
  changed: 'stored_again',
};

/**
 * Removes letters, several at once, and tells what became of each, also of those that cannot be read. Stops between groups when `stop` is
 * aborted: the letters that are not removed yet are still stored. Throws DeadLetterError, after it has told of those of the group that
 * were removed.
 */
export async function* dropLetters(
  deadLetters: Pick<DeadLetterArchive, 'get' | 'remove'>,
  letters: AsyncIterable<DeadLetterSummary>,
  stop: AbortSignal,
): AsyncGenerator<DropOutcome> {
  const drop = async (letter: DeadLetterSummary): Promise<DropOutcome> => {
    const stored = await readLetter(deadLetters, letter.name, stop);
    if (!stored) return { letter, result: 'gone' };
    return { letter, result: RESULTS[await deadLetters.remove(letter.name, stored.etag)] };
  };
  async function* dropAll(group: readonly DeadLetterSummary[]): AsyncGenerator<DropOutcome> {
    const ended = await Promise.allSettled(group.map(drop));
    for (const one of ended) if (one.status === 'fulfilled') yield one.value;
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }
  let group: DeadLetterSummary[] = [];
  for await (const letter of letters) {
    if (stop.aborted) return;
    group.push(letter);
    if (group.length < REMOVALS_AT_ONCE) continue;
    yield* dropAll(group);
    group = [];
  }
  if (!stop.aborted) yield* dropAll(group);
}

/** Removes dead letters for good, at a person's request. */
import type { DeadLetterArchive, DeadLetterSummary } from '../../delivery/dead-letters.ts';

/** `gone`: another process had removed it. `stored_again`: the relay stored it again meanwhile, and it stays. */
export type DropResult = 'removed' | 'stored_again' | 'gone';

export interface DropOutcome {
  readonly letter: DeadLetterSummary;
  readonly result: DropResult;
}

const REMOVALS_AT_ONCE = 16;

/**
 * Removes letters, several at once, and tells what became of each. Stops between groups when `stop` is aborted: the letters that are not
 * removed yet are still stored. Throws DeadLetterError.
 */
export async function* dropLetters(
  deadLetters: Pick<DeadLetterArchive, 'get' | 'remove'>,
  letters: AsyncIterable<DeadLetterSummary>,
  stop: AbortSignal,
): AsyncGenerator<DropOutcome> {
  const drop = async (letter: DeadLetterSummary): Promise<DropOutcome> => {
    const stored = await deadLetters.get(letter.name, stop);
    if (!stored) return { letter, result: 'gone' };
    const removed = await deadLetters.remove(letter.name, stored.etag);
    return { letter, result: removed ? 'removed' : 'stored_again' };
  };
  let group: DeadLetterSummary[] = [];
  for await (const letter of letters) {
    if (stop.aborted) return;
    group.push(letter);
    if (group.length < REMOVALS_AT_ONCE) continue;
    yield* await Promise.all(group.map(drop));
    group = [];
  }
  if (!stop.aborted) yield* await Promise.all(group.map(drop));
}

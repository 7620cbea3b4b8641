/** Lets pieces of work take turns, so that what else goes on on the machine slows all of them alike. */
import type { Cost } from './measure.ts';
import type { BenchContext } from './part.ts';

/** Does the work A B C A B C ...; the costs of each, round by round. */
export async function alternate<Name extends string>(
  { options, say, signal }: Pick<BenchContext, 'options' | 'say' | 'signal'>,
  works: Readonly<Record<Name, () => Promise<Cost>>>,
): Promise<Readonly<Record<Name, readonly Cost[]>>> {
  const names = Object.keys(works) as Name[];
  const costs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Cost[]>;
  for (let round = 1; round <= options.rounds; round++) {
    for (const name of names) {
      signal.throwIfAborted();
      say(`${name}, round ${round} of ${options.rounds}`);
      costs[name].push(await works[name]());
    }
  }
  return costs;
}

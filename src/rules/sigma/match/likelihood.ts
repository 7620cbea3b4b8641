/** Estimates how likely a row contains a literal, from the rules alone. */
import { COMMONPLACE } from './commonplace.ts';
import type { Likelihood, Need } from './needs.ts';

/** The likelihood of an unknown literal. It is so low that a list of hundreds is still less likely than a literal that many rules share. */
const RARE = 0.0001;
/**
 * Multiplied by the square of the number of rules that search a literal: two rules about one tool do not make the tool common, but a literal
 * of a hundred rules, such as the kind of event, is in every second row.
 */
const OFTEN = 0.00002;

/** The lowest likelihood of a value of `ActionType`: a table has a few dozen values, and rules are written for the frequent ones. */
const KIND = 0.05;

/** Makes an estimate from the rules' own literals: many rows contain what many rules search for. */
export function learnLikelihood(each: (visit: (need: Need) => void) => void): Likelihood {
  const uses = new Map<string, number>();
  each(({ literal }) => uses.set(literal, (uses.get(literal) ?? 0) + 1));
  const known = new Map<string, number>();
  return ({ source, literal, mode }) => {
    const key = `${mode} ${literal}`;
    let likelihood = known.get(key);
    if (likelihood === undefined) {
      const often = Math.min(0.5, OFTEN * (uses.get(literal) ?? 0) ** 2);
      const common = COMMONPLACE.includes(literal) ? 0.3 : 0;
      // Many strings contain a short literal by chance.
      const chance = mode === 'equals' ? 0 : 2 ** (1 - literal.length);
      likelihood = RARE + often + common + chance;
      known.set(key, likelihood);
    }
    return source.kind === 'column' && source.path === 'ActionType' ? Math.max(KIND, likelihood) : likelihood;
  };
}

/** How likely a row holds a literal, estimated from the rules alone. */
import { COMMONPLACE } from './commonplace.ts';
import type { Likelihood, Need } from './needs.ts';

/** Of a literal that nothing is known of. Lists of hundreds are still less likely than what many rules have in common. */
const RARE = 0.0001;
/**
 * Times the square of how often rules look for it: two rules on one tool make the tool no more common, while what a hundred rules ask for, such
 * as the kind of event that they are for, is in every other row.
 */
const OFTEN = 0.00002;

/** Learns from the rules' own literals: what many rules look for, many rows hold. */
export function learnLikelihood(each: (visit: (need: Need) => void) => void): Likelihood {
  const uses = new Map<string, number>();
  each(({ literal }) => uses.set(literal, (uses.get(literal) ?? 0) + 1));
  const known = new Map<string, number>();
  return ({ literal, mode }) => {
    const key = `${mode} ${literal}`;
    let likelihood = known.get(key);
    if (likelihood === undefined) {
      const often = Math.min(0.5, OFTEN * (uses.get(literal) ?? 0) ** 2);
      const common = COMMONPLACE.includes(literal) ? 0.3 : 0;
      // A short literal stands in many strings by chance.
      const chance = mode === 'equals' ? 0 : 2 ** (1 - literal.length);
      likelihood = RARE + often + common + chance;
      known.set(key, likelihood);
    }
    return likelihood;
  };
}

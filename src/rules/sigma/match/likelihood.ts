/** How likely a row holds a literal, estimated from the rules alone. */
import { COMMONPLACE } from './commonplace.ts';
import type { Likelihood, Need } from './needs.ts';

/** Learns from the rules' own literals: what many rules look for, many rows hold. */
export function learnLikelihood(each: (visit: (need: Need) => void) => void): Likelihood {
  const uses = new Map<string, number>();
  each(({ literal }) => uses.set(literal, (uses.get(literal) ?? 0) + 1));
  const known = new Map<string, number>();
  return ({ literal, mode }) => {
    const key = `${mode} ${literal}`;
    let likelihood = known.get(key);
    if (likelihood === undefined) {
      const often = Math.min(0.5, (uses.get(literal) ?? 0) * 0.001);
      if (mode === 'equals') likelihood = literal === '' ? 0.5 : 0.001 + often;
      else likelihood = often + (COMMONPLACE.includes(literal) ? 0.3 : 0) + 0.001 + 2 ** (1 - literal.length);
      known.set(key, likelihood);
    }
    return likelihood;
  };
}

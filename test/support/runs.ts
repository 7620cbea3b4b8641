/** How many runs a property has: few in `npm test`, many more in `npm run test:long`, which sets the environment variable RUNS_FACTOR. */

/** By how much the number of runs is multiplied: 1 in `npm test`. */
export function runsFactor(): number {
  const factor = Number(process.env.RUNS_FACTOR ?? 1);
  return factor >= 1 ? factor : 1;
}

/** @param usual the number of runs in `npm test`. */
export function runs(usual: number): number {
  return Math.round(usual * runsFactor());
}

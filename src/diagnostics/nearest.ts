/** Finds the known names that a misspelt one may mean. */

const LONGEST = 80;

/**
 * The candidates that `name` may be a misspelling of, nearest first, at most `max`.
 *
 * Letter case does not count. At most one edit for every three letters of `name` (at least one, at most four); two
 * letters swapped are one edit. Names longer than 80 characters have no near ones.
 */
export function nearest(name: string, candidates: Iterable<string>, max = 3): string[] {
  const wanted = name.toLowerCase();
  if (wanted === '' || wanted.length > LONGEST) return [];
  const limit = Math.min(4, Math.max(1, Math.floor(wanted.length / 3)));
  const found: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === name || Math.abs(candidate.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), limit);
    if (distance <= limit) found.push({ candidate, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return found.slice(0, max).map(({ candidate }) => candidate);
}

/** `did you mean "a"?`, `did you mean "a" or "b"?`; undefined when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>, max = 3): string | undefined {
  return asQuestion(nearest(name, candidates, max));
}

/** The hint that offers names; undefined for none. */
export function asQuestion(names: readonly string[]): string | undefined {
  const quoted = names.map((candidate) => JSON.stringify(candidate));
  const last = quoted.pop();
  if (last === undefined) return undefined;
  return `did you mean ${quoted.length > 0 ? `${quoted.join(', ')} or ${last}` : last}?`;
}

/** A hint on a name that is not known: the near ones, or all where they are few. */
export function suggest(name: string, allowed: Iterable<string>): string | undefined {
  const all = [...allowed];
  const near = didYouMean(name, all);
  if (near !== undefined) return near;
  return all.length > 0 && all.length <= 16 ? `one of: ${all.join(', ')}` : undefined;
}

/** The rows of the table of distances, which each call fills anew. */
const rows: readonly [Uint8Array, Uint8Array, Uint8Array] = [newRow(), newRow(), newRow()];

function newRow(): Uint8Array {
  // In lower case, a candidate may be three times as long as it is written.
  return new Uint8Array(3 * (LONGEST + 4) + 1);
}

/** Optimal string alignment: Levenshtein's distance with adjacent letters swapped as one edit. Where it is above the limit, some number above it. */
function editDistance(a: string, b: string, limit: number): number {
  let [beforeLast, last, row] = rows;
  for (let j = 0; j <= b.length; j += 1) last[j] = j;
  let leastBefore = 0;
  for (let i = 1; i <= a.length; i += 1) {
    const unit = a.charCodeAt(i - 1);
    let cost = i;
    let least = i;
    row[0] = i;
    for (let j = 1; j <= b.length; j += 1) {
      const other = b.charCodeAt(j - 1);
      const replaced = (last[j - 1] ?? 0) + (unit === other ? 0 : 1);
      cost = Math.min((last[j] ?? 0) + 1, cost + 1, replaced);
      if (i > 1 && j > 1 && unit === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === other) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row[j] = cost;
      least = Math.min(least, cost);
    }
    // What follows is made of these two rows, and never less.
    if (Math.min(least, leastBefore) > limit) return limit + 1;
    leastBefore = least;
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return last[b.length] ?? 0;
}

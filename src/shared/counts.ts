/** Counts by name: how one is raised, and how two sets of them are added. */

/** Adds to the count of `key`, which begins at 0. */
export function increment<K>(counts: Map<K, number>, key: K, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** The sum of `a` and `b` for each count that `zero` has. */
export function addEach<K extends string>(
  zero: Readonly<Record<K, number>>,
  a: Readonly<Record<NoInfer<K>, number>>,
  b: Readonly<Record<NoInfer<K>, number>>,
): Record<K, number> {
  const sums: Record<K, number> = { ...zero };
  for (const key in sums) sums[key] = a[key] + b[key];
  return sums;
}

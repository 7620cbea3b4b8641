/** Increments and adds counts that are stored by name. */

/** Adds to the count of `key`; a missing count is 0. */
export function increment<K>(counts: Map<K, number>, key: K, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Adds `a` and `b`, for each name that `zero` has. */
export function addEach<K extends string>(
  zero: Readonly<Record<K, number>>,
  a: Readonly<Record<NoInfer<K>, number>>,
  b: Readonly<Record<NoInfer<K>, number>>,
): Record<K, number> {
  const sums: Record<K, number> = { ...zero };
  for (const key in sums) sums[key] = a[key] + b[key];
  return sums;
}

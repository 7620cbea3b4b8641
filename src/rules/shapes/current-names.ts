/** What the columns of a table are called behind the steps that rename them. */

/**
 * Where the columns are now, by the name that Defender gave them. A column that is not listed has its own name; undefined: another
 * column took the name.
 */
export type CurrentNames = ReadonlyMap<string, string | undefined>;

const SAME_NAMES: CurrentNames = new Map();

/** The current names behind the steps of a table file, given in their order. */
export function currentNames(steps: readonly Readonly<Record<string, unknown>>[]): CurrentNames {
  let current: CurrentNames = SAME_NAMES;
  for (const { rename } of steps) {
    if (typeof rename !== 'object' || rename === null) continue;
    const names = new Map(
      Object.entries(rename).flatMap(([from, to]) => (typeof to === 'string' ? [[from, to]] : [])) as [
        string,
        string,
      ][],
    );
    current = afterRename(current, names);
  }
  return current;
}

function afterRename(before: CurrentNames, names: ReadonlyMap<string, string>): CurrentNames {
  const taken = new Set(names.values());
  const origins = new Map<string, string | undefined>();
  // Columns that kept their name until now: they move, or another one takes their name.
  for (const [from, to] of names)
    if (!before.has(from) && !isCurrentName(before, from)) origins.set(from, to);
  for (const to of taken) if (!before.has(to) && !names.has(to)) origins.set(to, undefined);
  for (const [origin, name] of before) {
    if (name === undefined) origins.set(origin, undefined);
    else origins.set(origin, names.get(name) ?? (taken.has(name) ? undefined : name));
  }
  return origins;
}

function isCurrentName(names: CurrentNames, name: string): boolean {
  for (const current of names.values()) if (current === name) return true;
  return false;
}

/** What a column is called now; undefined: another one took its name. @param origin the name that Defender gave it. */
export function currentName(names: CurrentNames, origin: string): string | undefined {
  return names.size > 0 && names.has(origin) ? names.get(origin) : origin;
}

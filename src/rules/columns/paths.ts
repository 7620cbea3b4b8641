/** The columns that a path in a rule file may mean. */

/** The column of this very name, and the one that a dotted path leads into: `AdditionalFields.Name` reads either. */
export function pathsOf(path: string): readonly string[] {
  const dot = path.indexOf('.');
  return dot <= 0 ? [path] : [path, path.slice(0, dot)];
}

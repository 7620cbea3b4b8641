/** The folders that rule files come from. */

/** One of the folders that rule files were read from. */
export interface FoundFolder {
  readonly name: string;
  /** How many rule files it has. */
  readonly files: number;
}

/** The names of the folders that have files. */
export function filledOf(folders: readonly FoundFolder[]): readonly string[] {
  return folders.filter(({ files }) => files > 0).map(({ name }) => name);
}

/** The folders that have no file now, and had some before. */
export function emptiedOf(folders: readonly FoundFolder[], before: readonly string[]): readonly string[] {
  return folders.flatMap(({ name, files }) => (files === 0 && before.includes(name) ? [name] : []));
}

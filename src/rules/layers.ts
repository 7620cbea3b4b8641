/** Lays several folders of rule files over each other: later ones win. */
import type { RuleFile } from './rule-file.ts';

/** The files of several folders as one set, and where each comes from. */
export interface LayeredFiles {
  readonly files: readonly RuleFile[];
  /** By path in the set: the position of the folder, and the file's path in that folder. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface Origin {
  readonly folder: number;
  readonly path: string;
}

/** The place in the set of the files of a folder that holds only Sigma rules, such as a checkout of SigmaHQ's `rules`. */
export const LOOSE = 'detections/';

/** Whether a folder is laid out like `transforms/`: table files at the top, Sigma rules below `detections`. Other folders contain only Sigma rules. */
export function isRuleFolder(files: readonly RuleFile[]): boolean {
  return files.some(
    ({ path, text }) =>
      /^(?:detections\/|exceptions\/|mappings\/|lists\/|overrides\.ya?ml$|schema\.ya?ml$)/.test(path) ||
      (!path.includes('/') && /^table *:/m.test(text)),
  );
}

/**
 * Makes one set of the files of several folders, in the order of the folders.
 *
 * A file replaces the file of the same path of an earlier folder (`.yml` and `.yaml` are the same), and a file of Sigma rules all
 * whose ids a later file has is left out. Of several folders, one that holds only Sigma rules counts as `detections/`.
 */
export function layered(folders: readonly (readonly RuleFile[])[]): LayeredFiles {
  const [only] = folders;
  const found = new Map<string, { readonly file: RuleFile; readonly origin: Origin }>();
  for (const [folder, files] of folders.entries()) {
    const prefix = only && folders.length > 1 && !isRuleFolder(files) ? LOOSE : '';
    for (const one of files) {
      const { path } = one;
      const file = { ...one, path: prefix + path };
      const key = folders.length > 1 ? file.path.toLowerCase().replace(/\.yaml$/, '.yml') : path;
      found.set(key, { file, origin: { folder, path } });
    }
  }
  const all = [...found.values()];
  const kept = folders.length > 1 ? withoutReplacedRules(all) : all;
  return {
    files: kept.map(({ file }) => file),
    origins: new Map(kept.map(({ file, origin }) => [file.path, origin])),
  };
}

/** Leaves out files of Sigma rules whose ids are all in files of later folders. */
function withoutReplacedRules<T extends { readonly file: RuleFile; readonly origin: Origin }>(
  all: readonly T[],
): readonly T[] {
  const last = new Map<string, number>();
  const ids = new Map(all.map((one) => [one, idsIn(one.file)]));
  for (const [{ origin }, found] of ids) {
    for (const id of found) last.set(id, Math.max(last.get(id) ?? 0, origin.folder));
  }
  return all.filter((one) => {
    const own = ids.get(one) ?? [];
    // A rule without an id cannot be replaced, and its file stays.
    return (
      own.length === 0 ||
      own.length < documentsIn(one.file.text) ||
      own.some((id) => (last.get(id) ?? 0) === one.origin.folder)
    );
  });
}

const ID = /^id: *['"]?([0-9a-fA-F-]{36})/gm;

function idsIn({ path, text }: RuleFile): readonly string[] {
  if (!path.startsWith(LOOSE) || /\.test\.ya?ml$/i.test(path)) return [];
  return [...text.matchAll(ID)].map(([, id = '']) => id.toLowerCase());
}

/** How many YAML documents of a text hold more than comments. */
function documentsIn(text: string): number {
  return text.split(/^---(?=\s|$)/m).filter((one) => /^[^\S\n]*[^#\s]/m.test(one)).length;
}

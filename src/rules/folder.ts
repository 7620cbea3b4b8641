/** Which file of `transforms/` is what, told by its path. */
import type { RuleFile } from './rule-file.ts';

/** What each file of `transforms/` is, told by its path. */
export interface RuleFolder {
  /** `<Table>.yaml`, at the top. */
  readonly tables: readonly RuleFile[];
  /** Sigma rules: everything under `detections/`. */
  readonly detections: readonly RuleFile[];
  /** Under `mappings/`. */
  readonly mappings: readonly RuleFile[];
  /** `*.test.yaml`, anywhere. */
  readonly tests: readonly RuleFile[];
  /** `schema.yaml`: the tenant's own tables and columns. */
  readonly schema: readonly RuleFile[];
  /** YAML files elsewhere: nothing reads them. */
  readonly others: readonly RuleFile[];
}

/** Sorts the files by what they are, each kind by path. Files that are not YAML are left out. */
export function sortFiles(files: readonly RuleFile[]): RuleFolder {
  const kinds: Record<keyof RuleFolder, RuleFile[]> = {
    tables: [],
    detections: [],
    mappings: [],
    tests: [],
    schema: [],
    others: [],
  };
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if (isRuleFile(file.path)) kinds[kindOf(file.path)].push(file);
  }
  return kinds;
}

/** Whether a path's ending is that of a rule file. */
export function isRuleFile(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

function kindOf(path: string): keyof RuleFolder {
  if (/\.test\.ya?ml$/i.test(path)) return 'tests';
  if (path.startsWith('detections/')) return 'detections';
  if (path.startsWith('mappings/')) return 'mappings';
  if (/^schema\.ya?ml$/i.test(path)) return 'schema';
  return path.includes('/') ? 'others' : 'tables';
}

/** Sorts the files of `transforms/` into kinds by their paths. */
import { isListFile, LISTS_FOLDER } from './lists/list-files.ts';
import type { RuleFile } from './rule-file.ts';
import { shippedSchema } from './schema/index.ts';

/** The files of `transforms/` by kind. */
export interface RuleFolder {
  /** `<Table>.yaml`, in the folder itself. */
  readonly tables: readonly RuleFile[];
  /** Sigma rules: everything under `detections/`. */
  readonly detections: readonly RuleFile[];
  /** Under `exceptions/`. */
  readonly exceptions: readonly RuleFile[];
  /** `overrides.yml`. */
  readonly overrides: readonly RuleFile[];
  /** Under `mappings/`. */
  readonly mappings: readonly RuleFile[];
  /** Under `shapes/`: how rows become events of ECS and OCSF. */
  readonly shapes: readonly RuleFile[];
  /** Under `lists/`: lists, and `lists.yaml`, which declares them. */
  readonly lists: readonly RuleFile[];
  /** `*.test.yaml`, anywhere. */
  readonly tests: readonly RuleFile[];
  /** `schema.yaml`: the tenant's own tables and columns. */
  readonly schema: readonly RuleFile[];
  /** YAML files elsewhere: nothing reads them. */
  readonly others: readonly RuleFile[];
}

/** Sorts files into kinds, and each kind by path. Leaves out files that are neither YAML nor lists. */
export function sortFiles(files: readonly RuleFile[]): RuleFolder {
  const kinds: Record<keyof RuleFolder, RuleFile[]> = {
    tables: [],
    detections: [],
    exceptions: [],
    overrides: [],
    mappings: [],
    shapes: [],
    lists: [],
    tests: [],
    schema: [],
    others: [],
  };
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if (isRuleFile(file.path)) kinds[kindOf(file.path)].push(file);
  }
  return kinds;
}

/** Whether a path is that of a rule file: one that ends in `.yaml` or `.yml`, or a list. */
export function isRuleFile(path: string): boolean {
  return /\.ya?ml$/i.test(path) || isListFile(path);
}

/** Misspelt endings: `.yml.txt` and `.yaml.txt`, which Windows creates when it hides endings; `.ymal`; `.sigma`. */
const NEARLY = /^(.+)\.(?:ya?ml\.txt|sigma|(?!ya?ml$)y[aml1-9]{1,4})$/i;

/** The right name for a file that the relay ignores because its ending is misspelt. Undefined for all other files. */
export function rightName(path: string): string | undefined {
  if (isRuleFile(path)) return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const stem = NEARLY.exec(name)?.[1] ?? (path.includes('/') ? undefined : tableWithOtherEnding(name));
  if (stem === undefined) return undefined;
  const isSigma = path.startsWith('detections/') && !stem.endsWith('.test');
  return `${stem}.${isSigma ? 'yml' : 'yaml'}`;
}

/** The right name for a table file with another ending, such as `DeviceEvents.json`. */
function tableWithOtherEnding(name: string): string | undefined {
  const stem = /^(\w+)\.(?:json|txt|toml)$/i.exec(name)?.[1];
  return stem !== undefined && shippedSchema.find(stem) ? stem : undefined;
}

function kindOf(path: string): keyof RuleFolder {
  if (/\.test\.ya?ml$/i.test(path)) return 'tests';
  if (path.startsWith(LISTS_FOLDER)) return 'lists';
  if (path.startsWith('detections/')) return 'detections';
  if (path.startsWith('exceptions/')) return 'exceptions';
  if (path.startsWith('mappings/')) return 'mappings';
  if (/^shapes\/(?:ecs|ocsf)\//.test(path)) return 'shapes';
  if (/^schema\.ya?ml$/i.test(path)) return 'schema';
  if (/^overrides\.ya?ml$/i.test(path)) return 'overrides';
  return path.includes('/') ? 'others' : 'tables';
}

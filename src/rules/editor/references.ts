/** What the values and keys at a place refer to: destinations, rules, lists, tables, columns, tags. */
import type { Place } from './document.ts';
import type { FileKind } from './file-kinds.ts';

/** What a text at a place names. */
export type Reference =
  | 'action-type'
  | 'column'
  | 'destination'
  | 'list'
  | 'logsource'
  | 'rule'
  | 'table'
  | 'tag'
  | 'variable';

/** `*` stands for an index or a name, `**` at the end for whatever follows. */
type Pattern = string;

/** By kind of file, which values refer to what. */
const VALUES: Readonly<Partial<Record<FileKind, readonly (readonly [Pattern, Reference])[]>>> = {
  tables: [
    ['table', 'table'],
    ['routes.*.to', 'destination'],
    ['routes.*.group_by', 'column'],
    ['routes.*.group_by.*', 'column'],
    ['routes.*.sample.by', 'column'],
    ['sample.by', 'column'],
    ['tests.*.expect.forwarded.*', 'destination'],
    ['tests.*.expect.alerts.*', 'rule'],
    ['tests.*.expect.absent.*', 'column'],
  ],
  tests: [
    ['table', 'table'],
    ['tests.*.table', 'table'],
    ['tests.*.rows.*.table', 'table'],
    ['tests.*.expect.forwarded.*', 'destination'],
    ['tests.*.expect.alerts.*', 'rule'],
    ['tests.*.expect.messages.*', 'rule'],
    ['tests.*.expect.absent.*', 'column'],
  ],
  detections: [
    ['tags.*', 'tag'],
    ['logsource.category', 'logsource'],
    ['logsource.product', 'logsource'],
    ['logsource.service', 'logsource'],
    ['correlation.rules', 'rule'],
    ['correlation.rules.*', 'rule'],
    ['correlation.group-by', 'column'],
    ['correlation.group-by.*', 'column'],
    ['correlation.condition.field', 'column'],
    ['filter.rules', 'rule'],
    ['filter.rules.*', 'rule'],
    ['fields.*', 'column'],
    ['xdr_relay.group_by', 'column'],
    ['xdr_relay.group_by.*', 'column'],
  ],
  exceptions: [
    ['exceptions.*.rules', 'rule'],
    ['exceptions.*.rules.*', 'rule'],
  ],
  overrides: [
    ['overrides.*.rules', 'rule'],
    ['overrides.*.rules.*', 'rule'],
    ['overrides.*.tags', 'tag'],
    ['overrides.*.tags.*', 'tag'],
    ['overrides.*.destinations.*', 'destination'],
  ],
  mappings: [
    ['mappings.*.tables.*.table', 'table'],
    ['mappings.*.table', 'table'],
  ],
  shapes: [['table', 'table']],
  relay: [
    ['default_destinations.*', 'destination'],
    ['alerts.*.to.*', 'destination'],
    ['operational.to.*', 'destination'],
  ],
};

/** By kind of file, which keys refer to what. */
const KEYS: Readonly<Partial<Record<FileKind, readonly (readonly [Pattern, Reference])[]>>> = {
  tables: [
    ['tests.*.row', 'column'],
    ['tests.*.expect.event', 'column'],
    ['tests.*.expect.sent', 'destination'],
    ['tests.*.expect.sent.*', 'column'],
    ['tests.*.expect.metadata', 'destination'],
    ['tests.*.expect.alerts', 'rule'],
  ],
  tests: [
    ['tests.*.row', 'column'],
    ['tests.*.rows.*.row', 'column'],
    ['tests.*.expect.event', 'column'],
    ['tests.*.expect.sent', 'destination'],
    ['tests.*.expect.sent.*', 'column'],
    ['tests.*.expect.metadata', 'destination'],
    ['tests.*.expect.alerts', 'rule'],
    ['tests.*.expect.messages', 'rule'],
  ],
  schema: [['tables', 'table']],
  shapes: [['columns', 'column']],
};

/** Keys of steps whose values are names of columns. */
const COLUMN_KEYS: ReadonlySet<string> = new Set(['column', 'columns']);

/** What the value at a path refers to; undefined if it refers to nothing, or to what the schema lists. */
export function valueReference(kind: FileKind, path: readonly (string | number)[]): Reference | undefined {
  const found = VALUES[kind]?.find(([pattern]) => fits(pattern, path))?.[1];
  if (found !== undefined) return found;
  const step = stepPart(kind, path);
  if (!step) return undefined;
  const [verb, key] = step;
  if (verb === 'lookup' && key === 'list') return 'list';
  if (verb === 'lookup' && key === 'key') return 'column';
  if (verb === 'hash' && key === 'key') return 'variable';
  if (key === undefined || typeof key === 'number') return 'column';
  return COLUMN_KEYS.has(key) ? 'column' : undefined;
}

/** What the keys of the mapping at a path refer to. */
export function keyReference(kind: FileKind, path: readonly (string | number)[]): Reference | undefined {
  const found = KEYS[kind]?.find(([pattern]) => fits(pattern, path))?.[1];
  if (found !== undefined) return found;
  const step = stepPart(kind, path);
  const isOfColumns = step?.length === 1 && (step[0] === 'rename' || step[0] === 'copy' || step[0] === 'set');
  return isOfColumns ? 'column' : undefined;
}

/** The way from the verb of a step on; undefined outside of steps. */
export function stepPart(
  kind: FileKind,
  path: readonly (string | number)[],
): readonly (string | number)[] | undefined {
  if (kind !== 'tables') return undefined;
  if (path[0] === 'transform' && path.length > 2) return path.slice(2);
  return path[0] === 'routes' && path[2] === 'transform' && path.length > 4 ? path.slice(4) : undefined;
}

function fits(pattern: Pattern, path: readonly (string | number)[]): boolean {
  const parts = pattern.split('.');
  return parts.length === path.length && parts.every((part, at) => part === '*' || part === path[at]);
}

/** What the whole key or value at a place refers to, with a detection's values. */
export function referenceAt(kind: FileKind, { cursor, inDetection }: Place): Reference | undefined {
  if (!inDetection) {
    return cursor.role === 'key' ? keyReference(kind, cursor.path) : valueReference(kind, cursor.path);
  }
  if (cursor.role === 'key') return undefined;
  const key = inDetection.findLast((step): step is string => typeof step === 'string') ?? '';
  const [field, ...modifiers] = key.split('|');
  if (inDetection.length < 2) return undefined;
  if (modifiers.includes('in_list')) return 'list';
  if (modifiers.includes('fieldref')) return 'column';
  return field === 'ActionType' ? 'action-type' : undefined;
}

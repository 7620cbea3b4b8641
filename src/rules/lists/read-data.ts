/** Reads lists in YAML and JSON: keys, or mappings with the key and other columns. */
import type { Mistake, Span } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import type { Declaration } from './declaration.ts';
import {
  columnsMistake,
  type Entries,
  type EntryReport,
  keyMistake,
  MAX_ENTRIES,
  tooManyEntries,
} from './entries.ts';

/** The entries of a file as they were parsed. */
export interface DataEntries {
  readonly entries: readonly JsonValue[];
  /** Where the entries lie in the file. */
  readonly at: Path;
  readonly declaration: Declaration;
  readonly report: EntryReport;
  span(path: Path): Span;
}

/** Reads entries. Undefined if an error that concerns all of them was reported. */
export function readData({ entries, at, declaration, report, span }: DataEntries): Entries | undefined {
  const columns = new Set<string>();
  for (const entry of entries)
    if (isJsonObject(entry)) for (const name of Object.keys(entry)) columns.add(name);
  const names = [...columns];
  const wrong = entries.length > MAX_ENTRIES ? tooManyEntries() : columnsMistake(names);
  if (wrong) {
    report.at(() => span(at), wrong);
    return undefined;
  }
  const key = declaration.key ?? names[0];
  if (key !== undefined && names.length > 0 && !columns.has(key)) {
    const message = `no entry of the list has "${key}"`;
    report.declared({ code: 'unknown-column', message, hint: suggest(key, names), path: ['key'] });
    return undefined;
  }
  const keys = entries.map((entry, index) => {
    const written = isJsonObject(entry) && key !== undefined ? own(entry, key) : entry;
    const text = textOf(written);
    const mistake = text === undefined ? wrongKey(entry, key) : keyMistake(text);
    if (mistake) report.at(() => span([...at, index]), mistake);
    return text ?? '';
  });
  return {
    key: names.length > 0 ? key : undefined,
    columns: names.filter((name) => name !== key),
    keys,
    cells: {
      span: (entry) =>
        span([...at, entry, ...(isJsonObject(entries[entry] ?? null) && key !== undefined ? [key] : [])]),
      valueAt: (entry, column) => {
        const found = entries[entry] ?? null;
        const value = isJsonObject(found) ? own(found, column) : undefined;
        return value === null || value === '' ? undefined : value;
      },
    },
  };
}

/** Files may have any key, `__proto__` included. */
function own(entry: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(entry, name) ? entry[name] : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function wrongKey(entry: JsonValue, key: string | undefined): Mistake {
  if (isJsonObject(entry) && key !== undefined && own(entry, key) === undefined) {
    return { code: 'bad-entry', message: `the entry has no "${key}", which is the key of the list` };
  }
  const message = 'an entry is a string, a number, or a mapping with the key and other columns';
  return { code: 'bad-entry', message };
}

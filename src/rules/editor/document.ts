/** The file that is edited, and what stands at a place of it. */
import type { z } from 'zod';
import { valueAt } from '../../diagnostics/path.ts';
import { plainData } from '../../diagnostics/yaml/data.ts';
import { readPlainYaml } from '../../diagnostics/yaml/plain.ts';
import { readYaml } from '../../diagnostics/yaml/read.ts';
import { lineStart } from '../../shared/line-start.ts';
import type { Logsource } from '../sigma/index.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import { type Fields, fieldsOfLogsource, fieldsOfTables, NO_FIELDS, tableNamesOf } from './fields.ts';
import { type FileKind, schemaOf } from './file-kinds.ts';
import type { FolderModel } from './model.ts';
import { namedRules } from './rule-names.ts';
import { columnsAtStep } from './step-columns.ts';

/** A file that is open in an editor. */
export interface EditedFile {
  readonly kind: FileKind;
  /** In the set of rule files. */
  readonly path: string;
  readonly text: string;
  /** The schema of relay.yaml, for a file of the kind `relay`. */
  readonly relaySchema?: z.core.$ZodType | undefined;
}

/** What is known of a place of a file. */
export interface Place {
  readonly cursor: Cursor;
  /** The data of the YAML document around the cursor, as far as it can be read. */
  readonly data: unknown;
  readonly schema: z.core.$ZodType | undefined;
  /** Inside a detection: the way from its mapping on. */
  readonly inDetection: readonly (string | number)[] | undefined;
}

/** Longer files are not looked into: the answer would come too late, and `rules check` refuses them. */
export const MOST_CHARACTERS = 4_194_304;
const DOCUMENT = { characters: 1_048_576, documents: 1, starter: '' };
const MOST_VALUES = 200_000;
/** The longest document with anchors, tags or mistakes that is looked into. */
const MOST_UNUSUAL = 32_768;

/** Undefined in comments and block scalars, and in files that are too long. */
export function placeAt(file: EditedFile, offset: number): Place | undefined {
  const { text, kind, path } = file;
  if (text.length > MOST_CHARACTERS) return undefined;
  const cursor = cursorAt(text, offset);
  if (!cursor) return undefined;
  return {
    cursor,
    data: documentAt(text, cursor.documentStart, offset),
    schema: kind === 'relay' ? file.relaySchema : schemaOf(kind, path),
    inDetection: detectionPart(kind, cursor.path),
  };
}

/** The data of the document that begins at an offset. If it is not YAML, that of the document without the line of the cursor. */
function documentAt(text: string, start: number, offset: number): unknown {
  const next = /\n---(?=\s|$)/g;
  next.lastIndex = start;
  const whole = text.slice(start, next.exec(text)?.index ?? text.length);
  const read = dataOf(whole);
  if (read !== undefined) return read;
  const begin = lineStart(whole, offset - start);
  const end = whole.indexOf('\n', offset - start);
  return dataOf(whole.slice(0, begin) + (end < 0 ? '' : whole.slice(end)));
}

/** Undefined for a text that is not YAML, or is too large or too deep. */
function dataOf(text: string): unknown {
  // YAML that only the whole parser can read takes it time that is quadratic in the keys of a mapping.
  if (text.length > MOST_UNUSUAL && readPlainYaml(text) === undefined) return undefined;
  const [document] = readYaml({ path: '', text }, DOCUMENT).documents;
  if (!document || document.unreadable) return undefined;
  const { data, overflow } = plainData(document, MOST_VALUES);
  return overflow ? undefined : data;
}

/** The part of a path that lies inside a detection; undefined for other paths. */
function detectionPart(
  kind: FileKind,
  path: readonly (string | number)[],
): readonly (string | number)[] | undefined {
  if (kind === 'relay' || kind === 'schema' || kind === 'lists' || kind === 'mappings') return undefined;
  if (kind === 'detections') {
    if (path[0] === 'filter' && path[1] === 'rules') return undefined;
    return path[0] === 'detection' || path[0] === 'filter' ? path.slice(1) : undefined;
  }
  if (path.includes('row') || path.includes('expect')) return undefined;
  const at = path.findIndex((step) => step === 'detection' || step === 'if' || step === 'when');
  return at < 0 ? undefined : path.slice(at + 1);
}

/** The columns and fields that a detection, a step or a test at a place may name. */
export function fieldsAt(file: EditedFile, { data, cursor }: Place, model: FolderModel): Fields {
  const table = textAt(data, ['table']);
  switch (file.kind) {
    case 'tables': {
      if (table === undefined) return NO_FIELDS;
      const fields = fieldsOfTables([table], model);
      return { ...fields, columns: columnsAtStep(fields.columns, data, cursor.path) };
    }
    case 'shapes':
      return table === undefined ? NO_FIELDS : fieldsOfTables([table], model);
    case 'tests': {
      const own = cursor.path.slice(0, cursor.path.indexOf('row'));
      const named =
        textAt(data, [...own, 'table']) ?? textAt(data, [...cursor.path.slice(0, 2), 'table']) ?? table;
      return named === undefined ? NO_FIELDS : fieldsOfTables([named], model);
    }
    case 'detections':
      return fieldsOfLogsource(logsourceIn(data), model);
    case 'exceptions':
      return fieldsOfRules(valueAt(data, [...cursor.path.slice(0, 2), 'rules']), model);
    default:
      return NO_FIELDS;
  }
}

/** The fields of the rules that an exception names; of all tables if it names none that is known. */
function fieldsOfRules(names: unknown, model: FolderModel): Fields {
  const found = namedRules(names, model).flatMap(({ logsource }) =>
    logsource ? [fieldsOfLogsource(logsource, model)] : [],
  );
  if (found.length === 0) return fieldsOfTables(tableNamesOf(model), model);
  return {
    tables: [...new Set(found.flatMap(({ tables }) => tables))],
    fields: found.flatMap(({ fields }) => fields),
    columns: found.flatMap(({ columns }) => columns),
  };
}

export function logsourceIn(data: unknown): Logsource {
  const entries = (['category', 'product', 'service'] as const).flatMap((key) => {
    const name = textAt(data, ['logsource', key]);
    return name === undefined ? [] : [[key, name]];
  });
  return Object.fromEntries(entries);
}

/** The string at a path; undefined for everything else. */
export function textAt(data: unknown, path: readonly (string | number)[]): string | undefined {
  const value = valueAt(data, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

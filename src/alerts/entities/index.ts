/** Finds what an alert is about: the hosts, users, processes and so on that its row names. */
import type { Envelope } from '../../shared/event.ts';
import { ExactNumber } from '../../shared/exact-number.ts';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';
import { member } from '../../shared/row-members.ts';
import { ENTITY_KINDS, type Entity, type EntityKind } from '../message.ts';
import type { EntityColumns, NameColumns, TableEntities, Where } from './columns.ts';
import { ENTITIES_BY_TABLE, ENTITIES_OF_OTHER_TABLES } from './tables/index.ts';

/** Entities of one kind in one row. A mail may have thousands of recipients. */
export const MOST_OF_A_KIND = 10;
/** Characters (UTF-16 units) of a name or an id. A longer name is cut; a longer id is left out, since a part of it means nothing. */
export const LONGEST_NAME = 512;
/** Elements of a list that are looked at. */
const MOST_ELEMENTS = 50;
/** Longer text that may hold JSON is not parsed. UTF-16 units. */
const LONGEST_LIST = 65_536;
const NO_GUID = '00000000-0000-0000-0000-000000000000';

/**
 * What the row of an event or an alert names, each once, in the order of ENTITY_KINDS; within a kind, what people want to read first
 * comes first. At most 10 of a kind.
 *
 * It reads the columns as the steps of the table file left them: what those removed names nothing, what they hashed is named by the hash,
 * and what they renamed is found under its new name. Never throws, whatever the row holds.
 */
export function entitiesOf({
  table,
  event,
  renamed,
}: Pick<Envelope, 'table' | 'event' | 'renamed'>): readonly Entity[] {
  return entitiesIn({ table, renamed, column: (name) => member(event, name) });
}

/** The columns of an event or an alert, read one at a time: a row that stays bytes is not parsed for them. */
export interface NamingColumns extends Pick<Envelope, 'table'> {
  readonly renamed: Envelope['renamed'] | undefined;
  /** A column as the steps left it; undefined where there is none of that name. */
  column(name: string): JsonValue | undefined;
}

/** As {@link entitiesOf}. */
export function entitiesIn(row: NamingColumns): readonly Entity[] {
  const { table } = row;
  const columns = new Columns(row);
  const found = new Map<EntityKind, Known[]>();
  for (const one of tableEntities(table)) {
    for (const [source, column] of sourcesOf(one, columns)) {
      const entity = readEntity(one, source, column);
      if (entity) add(found, entity);
    }
  }
  return ENTITY_KINDS.flatMap((kind) => (found.get(kind) ?? []).map(({ entity }) => entity));
}

/** An entity with every id that the row gives it: two accounts of one SID are one, whatever their names. */
interface Known {
  readonly entity: Entity;
  readonly ids: readonly string[];
}

/** Where the parts of an entity are read: the columns of a row, or the members of an element. */
interface Source {
  text(name: string): string | undefined;
}

class Columns implements Source {
  readonly #row: NamingColumns;

  constructor(row: NamingColumns) {
    this.#row = row;
  }

  text(name: string): string | undefined {
    return textIn(this.value(name));
  }

  value(name: string): JsonValue | undefined {
    const { renamed } = this.#row;
    const current = renamed !== undefined && Object.hasOwn(renamed, name) ? renamed[name] : name;
    return current === undefined || current === null ? undefined : this.#row.column(current);
  }
}

function tableEntities(table: string): TableEntities {
  const own = Object.hasOwn(ENTITIES_BY_TABLE, table) ? ENTITIES_BY_TABLE[table] : undefined;
  return own ?? ENTITIES_OF_OTHER_TABLES;
}

/** The columns of a table that may name an entity. */
export function columnsOfEntities(table: string): ReadonlySet<string> {
  return new Set(
    tableEntities(table).flatMap(({ each, name, id = [], where = [] }) =>
      each === undefined ? [...name.flatMap(namesIn), ...id, ...where.map(({ column }) => column)] : [each],
    ),
  );
}

function namesIn(columns: NameColumns): readonly string[] {
  return typeof columns === 'string' ? [columns] : Object.values(columns);
}

/** Where an entity may stand: in the row itself, or in each element of a list. The column is the list's. */
function sourcesOf(
  { each }: EntityColumns,
  columns: Columns,
): readonly (readonly [Source, column: string | undefined])[] {
  if (each === undefined) return [[columns, undefined]];
  return listIn(columns.value(each)).map((element) => [elementSource(element), each]);
}

function elementSource(element: JsonValue): Source {
  if (typeof element === 'string') return { text: (name) => (name === '' ? textIn(element) : undefined) };
  const members = isJsonObject(element) ? element : {};
  return {
    text: (name) => (name !== '' && Object.hasOwn(members, name) ? textIn(members[name]) : undefined),
  };
}

function listIn(value: JsonValue | undefined): readonly JsonValue[] {
  const list = typeof value === 'string' ? parsedList(value) : value;
  return Array.isArray(list) ? (list as readonly JsonValue[]).slice(0, MOST_ELEMENTS) : [];
}

/** A list in a text. A text that is no JSON is one element. */
function parsedList(text: string): JsonValue | undefined {
  if (text === '' || text.length > LONGEST_LIST) return undefined;
  if (!/^\s*[[{]/.test(text)) return [text];
  try {
    const parsed = JSON.parse(text) as JsonValue;
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch {
    return undefined;
  }
}

function readEntity(
  { kind, name, id = [], where, each }: EntityColumns,
  source: Source,
  list: string | undefined,
): Known | undefined {
  if (where !== undefined && !where.some((one) => holds(one, source))) return undefined;
  const ids = id.flatMap((column) => {
    const text = source.text(column);
    return text === undefined || text.length > LONGEST_NAME || text === NO_GUID ? [] : [{ column, text }];
  });
  const names: readonly NameColumns[] = each === undefined ? name : ['', ...name];
  const best = firstName(names, source) ?? ids[0];
  if (best === undefined) return undefined;
  const text = kind === 'address' ? plainAddress(best.text) : best.text;
  const [first] = ids;
  return {
    ids: ids.map((one) => one.text.toLowerCase()),
    entity: {
      kind,
      name: text.length > LONGEST_NAME ? text.slice(0, LONGEST_NAME).toWellFormed() : text,
      ...(first && { id: first.text }),
      column: list ?? best.column,
    },
  };
}

function holds({ column, is }: Where, source: Source): boolean {
  const text = source.text(column)?.toLowerCase();
  return text !== undefined && (is === undefined || is.some((one) => one.toLowerCase() === text));
}

interface Named {
  readonly text: string;
  readonly column: string;
}

function firstName(names: readonly NameColumns[], source: Source): Named | undefined {
  for (const columns of names) {
    const found = nameIn(columns, source);
    if (found) return found;
  }
  return undefined;
}

function nameIn(columns: NameColumns, source: Source): Named | undefined {
  if (typeof columns === 'string') return named(source.text(columns), columns);
  if ('account' in columns) {
    const account = source.text(columns.account);
    const domain = source.text(columns.domain);
    const isWhole = domain === undefined || account === undefined || /[\\@]/.test(account);
    return named(isWhole ? account : `${domain}\\${account}`, columns.account);
  }
  if ('lastPartOf' in columns) {
    const whole = source.text(columns.lastPartOf);
    return named(whole?.split('/').findLast((part) => part !== '') ?? whole, columns.lastPartOf);
  }
  const file = source.text(columns.file);
  return named(pathOf(source.text(columns.folder), file), file === undefined ? columns.folder : columns.file);
}

function named(text: string | undefined, column: string): Named | undefined {
  return text === undefined ? undefined : { text, column };
}

function pathOf(folder: string | undefined, file: string | undefined): string | undefined {
  if (folder === undefined || file === undefined) return folder ?? file;
  const [lower, ending] = [folder.toLowerCase(), file.toLowerCase()];
  if (lower === ending || lower.endsWith(`\\${ending}`) || lower.endsWith(`/${ending}`)) return folder;
  const separator = folder.includes('/') && !folder.includes('\\') ? '/' : '\\';
  return /[\\/]$/.test(folder) ? `${folder}${file}` : `${folder}${separator}${file}`;
}

/** `203.0.113.9` for `::ffff:203.0.113.9`, which devices write for the same address. */
function plainAddress(text: string): string {
  return /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(text)?.[1] ?? text;
}

function textIn(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number' || value instanceof ExactNumber) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Adds an entity that is not there yet. One that was known without an id or a name takes that of its equal. */
function add(found: Map<EntityKind, Known[]>, known: Known): void {
  const { entity, ids } = known;
  const list = found.get(entity.kind) ?? [];
  found.set(entity.kind, list);
  const at = list.findIndex((one) => isSame(one, known));
  const before = list[at];
  if (before === undefined) {
    if (list.length < MOST_OF_A_KIND) list.push(known);
    return;
  }
  const id = before.entity.id ?? entity.id;
  const named = before.ids.includes(before.entity.name.toLowerCase()) ? entity : before.entity;
  list[at] = {
    entity: { ...named, ...(id !== undefined && { id }) },
    ids: [...before.ids, ...ids],
  };
}

/** Kinds whose id is a hash of what is in them: a copy under another name has the same, and is another file. */
const HASHED: ReadonlySet<EntityKind> = new Set(['process', 'file']);

function isSame(one: Known, other: Known): boolean {
  const isOneName = one.entity.name.toLowerCase() === other.entity.name.toLowerCase();
  // Two files of one name and different content, or two people of one name, are two.
  if (one.ids.length === 0 || other.ids.length === 0) return isOneName;
  return one.ids.some((id) => other.ids.includes(id)) && (isOneName || !HASHED.has(one.entity.kind));
}

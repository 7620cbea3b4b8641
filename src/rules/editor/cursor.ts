/** Finds where in the structure of a YAML text a cursor stands, also while the text is not valid YAML. */
import { quotedEnd, readFlow, unquoted } from './flow.ts';

/** Where a cursor stands. */
export interface Cursor {
  /** The offset at which the document of the cursor begins, for files with several. */
  readonly documentStart: number;
  /** The mapping for a key; for a value, the key or list entry that it belongs to. */
  readonly path: readonly (string | number)[];
  /** `either`: at the beginning of a list entry or of an indented line, where a key and a value can stand. */
  readonly role: 'key' | 'value' | 'either';
  /** The text before the cursor that belongs to the key or value, without a quote in front of it. */
  readonly typed: string;
  /** The offset at which `typed` begins. */
  readonly from: number;
  /** The quote that stands before `typed`. */
  readonly quote: '"' | "'" | undefined;
}

interface Level {
  readonly indent: number;
  readonly kind: 'map' | 'list';
  key: string | undefined;
  index: number;
}

/** More levels than rule files may have. */
const DEEPEST = 128;

/** Where the cursor stands; undefined in comments, in block scalars (`|`, `>`), and where nothing can be told. Takes time linear in the offset. */
export function cursorAt(whole: string, offset: number): Cursor | undefined {
  // What stands behind the cursor does not matter.
  const text = whole.slice(0, offset);
  const documentStart = startOfDocument(text, offset);
  const levels: Level[] = [];
  /** Lines that are indented more belong to a block scalar. */
  let scalar: number | undefined;
  let next = documentStart;
  for (let at = documentStart; at <= offset; at = next) {
    const end = lineEnd(text, at);
    const isLast = offset <= end;
    const line = text.slice(at, isLast ? offset : end);
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    const isBlank = line.trim() === '';
    next = end + 1;
    const isInScalar = scalar !== undefined && (isBlank || indent > scalar);
    if (isLast && isInScalar && indent > (scalar ?? 0)) return undefined;
    if (!isLast && (isInScalar || isBlank)) continue;
    scalar = undefined;
    const source = { text, at, line, indent, offset, documentStart };
    const read = readLine(source, levels, isLast);
    if ('cursor' in read) return read.cursor;
    scalar = read.scalar;
    if (read.end <= end) continue;
    if (read.end > offset) return cursorInFlow(source, levels, read.flow);
    next = lineEnd(text, read.end) + 1;
  }
  return undefined;
}

/** The cursor in a collection that begins on an earlier line; undefined in a quoted string. */
function cursorInFlow(source: Line, levels: readonly Level[], begin: number | undefined): Cursor | undefined {
  return begin === undefined ? undefined : cursorIn(source, pathOf(levels), begin, 'value');
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

interface Line {
  readonly text: string;
  /** The offset of the line. */
  readonly at: number;
  /** The line, cut at the cursor. */
  readonly line: string;
  readonly indent: number;
  /** That of the cursor. */
  readonly offset: number;
  readonly documentStart: number;
}

type LineRead =
  | { readonly cursor: Cursor | undefined }
  /** `end`: the offset behind a flow collection or a quoted string that goes on behind the line. */
  /** `flow`: where such a collection begins. */
  | { readonly end: number; readonly scalar: number | undefined; readonly flow?: number };

/** Reads one line into the levels; for the line of the cursor, says where that stands. */
function readLine(source: Line, levels: Level[], isLast: boolean): LineRead {
  const { at, line, indent } = source;
  let column = indent;
  let rest = line.slice(column);
  let isEntry = false;
  while (rest === '-' || rest.startsWith('- ')) {
    if (isLast && rest === '-') return { cursor: undefined };
    openEntry(levels, column);
    if (levels.length > DEEPEST) return { cursor: undefined };
    const dash = /^- */.exec(rest)?.[0].length ?? 1;
    column += dash;
    rest = rest.slice(dash);
    isEntry = true;
  }
  if (rest.startsWith('#')) return isLast ? { cursor: undefined } : { end: at, scalar: undefined };
  if (rest.startsWith('---') && column === 0) return { end: at, scalar: undefined };
  const key = keyOf(rest);
  if (key === undefined) {
    return isLast
      ? { cursor: cursorWithoutKey(source, levels, { column, isEntry }) }
      : valueEnd(source, at + column, isEntry ? (levels.at(-1)?.indent ?? column) : column - 1);
  }
  openKey(levels, column, key.name);
  if (levels.length > DEEPEST) return { cursor: undefined };
  const valueAt = at + column + key.end + (/^\s*/.exec(rest.slice(key.end))?.[0].length ?? 0);
  if (!isLast) return valueEnd(source, valueAt, column);
  // The colon itself still belongs to the key.
  if (source.offset === at + column + key.end && key.end > 0 && !/\s$/.test(rest))
    return { cursor: undefined };
  return { cursor: cursorIn(source, pathOf(levels), valueAt, 'value') };
}

/** The end of a value that begins at an offset, and the indentation that its lines exceed if it is a block scalar. */
function valueEnd({ text, at, line }: Line, start: number, parent: number): LineRead {
  const value = text.slice(start, at + line.length).replace(/^(?:[&!]\S*\s+)+/, '');
  const begin = at + line.length - value.length;
  if (/^[|>][+-]?\d?[+-]?\s*(?:#.*)?$/.test(value.replace(/\r$/, ''))) return { end: at, scalar: parent };
  if (value.startsWith('{') || value.startsWith('[')) {
    const read = readFlow(text, begin, Number.POSITIVE_INFINITY);
    return { end: 'end' in read ? read.end : at, scalar: undefined, flow: begin };
  }
  if (value.startsWith('"') || value.startsWith("'")) {
    return { end: quotedEnd(text, begin, text.length), scalar: undefined };
  }
  return { end: at, scalar: undefined };
}

/** The cursor on a line, or behind a dash, on which no key stands before it. */
function cursorWithoutKey(
  source: Line,
  levels: Level[],
  { column, isEntry }: { readonly column: number; readonly isEntry: boolean },
): Cursor | undefined {
  const start = source.at + column;
  if (isEntry) {
    const last = levels.at(-1);
    if (last?.kind !== 'list') return undefined;
    return cursorIn(source, pathOf(levels), start, 'either');
  }
  closeDeeper(levels, column);
  const top = levels.at(-1);
  if (!top) return cursorIn(source, [], start, 'key');
  if (top.indent === column) {
    // A line in the column of the dashes goes on with the mapping around the list.
    if (top.kind === 'list') levels.pop();
    const around = levels.at(-1);
    if (around?.kind !== 'map' || around.indent !== column) return undefined;
    return cursorIn(source, pathOf(levels.slice(0, -1)), start, 'key');
  }
  return cursorIn(source, pathOf(levels), start, 'either');
}

/** The cursor in a key or value that begins at an offset, perhaps inside a flow collection there. */
function cursorIn(
  { text, offset, documentStart }: Line,
  path: readonly (string | number)[],
  start: number,
  role: Cursor['role'],
): Cursor | undefined {
  const from = Math.min(start, offset);
  const value = text.slice(from, offset);
  const marks = /^(?:[&!]\S*\s+)*/.exec(value)?.[0].length ?? 0;
  const opener = value[marks];
  if (opener === '{' || opener === '[') {
    const read = readFlow(text, from + marks, offset);
    if ('end' in read) return undefined;
    return tokenAt(
      { text, offset, documentStart },
      [...path, ...read.cursor.path],
      read.cursor.from,
      read.cursor.role,
    );
  }
  if (opener === '|' || opener === '>' || /\s#/.test(value)) return undefined;
  return tokenAt({ text, offset, documentStart }, path, from, role);
}

function tokenAt(
  { text, offset, documentStart }: Pick<Line, 'text' | 'offset' | 'documentStart'>,
  path: readonly (string | number)[],
  start: number,
  role: Cursor['role'],
): Cursor {
  const first = text[start];
  const quote = start < offset && (first === '"' || first === "'") ? first : undefined;
  const from = Math.min(quote ? start + 1 : start, offset);
  return { documentStart, path, role, typed: text.slice(from, offset), from, quote };
}

/** A key at the beginning of a text, and the offset behind its colon. */
function keyOf(text: string): { readonly name: string; readonly end: number } | undefined {
  const first = text[0];
  if (first === '"' || first === "'") {
    const close = quotedEnd(text, 0, text.length);
    const colon = /^\s*:(?=\s|$)/.exec(text.slice(close));
    if (!colon || close >= text.length) return undefined;
    return { name: unquoted(text.slice(0, close)), end: close + colon[0].length };
  }
  if (first === undefined || '{[#&*!|>%@`'.includes(first)) return undefined;
  const at = /:(?=\s|$)/.exec(text)?.index;
  if (at === undefined || /\s#/.test(text.slice(0, at))) return undefined;
  return { name: text.slice(0, at).trim(), end: at + 1 };
}

function openEntry(levels: Level[], column: number): void {
  closeDeeper(levels, column);
  const top = levels.at(-1);
  if (top?.kind === 'list' && top.indent === column) top.index += 1;
  else levels.push({ indent: column, kind: 'list', key: undefined, index: 0 });
}

function openKey(levels: Level[], column: number, name: string): void {
  closeDeeper(levels, column);
  if (levels.at(-1)?.kind === 'list' && levels.at(-1)?.indent === column) levels.pop();
  const top = levels.at(-1);
  if (top?.kind === 'map' && top.indent === column) top.key = name;
  else levels.push({ indent: column, kind: 'map', key: name, index: 0 });
}

function closeDeeper(levels: Level[], column: number): void {
  while ((levels.at(-1)?.indent ?? -1) > column) levels.pop();
}

function pathOf(levels: readonly Level[]): readonly (string | number)[] {
  return levels.flatMap(({ kind, key, index }) => (kind === 'list' ? index : (key ?? [])));
}

/** The offset behind the last line `---` before an offset. */
function startOfDocument(text: string, offset: number): number {
  // `lastIndexOf` takes a negative place for the first one.
  const before = (end: number) => (end < 0 ? -1 : text.lastIndexOf('\n---', end));
  for (let at = before(offset - 1); at >= 0; at = before(at - 1)) {
    const behind = text[at + 4];
    if (behind !== undefined && !/\s/.test(behind)) continue;
    const end = text.indexOf('\n', at + 1);
    if (end < 0 || end >= offset) continue;
    return end + 1;
  }
  return 0;
}

/** The WebAssembly scanner: what twin.ts and row-reader.ts do, over text that the host has copied to `textAt()`. AssemblyScript. */
import {
  FLAG_BOM,
  FLAG_ESCAPED,
  FLAG_NO_CATEGORY,
  FLAG_NO_PROPERTIES,
  FLAG_NOT_JSON,
  FLAG_NOT_OBJECT,
  FLAG_PLUMBING,
  FLAG_PROTO_KEY,
  FLAG_TOO_LARGE,
  FLAG_TOO_MANY_VALUES,
  FLAGS_SLOW,
  KEYS_MOST,
  KIND_ESCAPED,
  KIND_OBJECT,
  LAYOUT_VERSION,
  MANY_VALUES_FROM,
  MEMBER_HASH,
  MEMBER_KEY_END,
  MEMBER_KEY_START,
  MEMBER_KIND,
  MEMBER_VALUE_END,
  MEMBER_VALUE_START,
  ROW_CATEGORY_END,
  ROW_CATEGORY_START,
  ROW_COLUMNS,
  ROW_END,
  ROW_ENVELOPE,
  ROW_FIRST,
  ROW_FLAGS,
  ROW_NEXT,
  ROW_PROPERTIES_END,
  ROW_PROPERTIES_START,
  ROW_START,
  VALUES_MOST,
} from '../layout';
import {
  beginRow,
  CLOSE_OBJECT,
  COMMA,
  CR,
  countValue,
  fail,
  flag,
  flags,
  keyEnd,
  keyHash,
  keyStart,
  kind,
  LF,
  nextObject,
  OPEN_OBJECT,
  readKey,
  readValue,
  setKind,
  space,
  values,
} from './json';
import { clearKeys } from './keys';
import {
  ENVELOPE,
  MEMBER_BYTES,
  MEMBERS,
  MEMBERS_MOST,
  MEMORY_END,
  ROW_BYTES,
  ROWS,
  ROWS_MOST,
  TEXT,
} from './memory';

// Names as the integers that their bytes are, lowest byte first.
const CATEGORY: u64 = 0x79726f6765746163;
const PROPERTI: u64 = 0x69747265706f7270;
const ES: u16 = 0x7365;
const __PROTO_: u64 = 0x5f6f746f72705f5f;
const __UDI_RE: u64 = 0x65525f4944555f5f;
const QUIREDFI: u64 = 0x6946646572697571;
const ELDS: u32 = 0x73646c65;
const UNDERLINE: u8 = 0x5f;
const PLUMBING_LENGTH: usize = 21;

/** Index into the page of the text's first byte, less its address. */
let shift: i32 = 0;
let rowsEnd: usize = ROWS;
let membersEnd: usize = MEMBERS;
let envelopeEnd: usize = ENVELOPE;
let columns: i32 = 0;
let categoryStart: usize = 0;
let categoryEnd: usize = 0;
let propertiesStart: usize = 0;
let propertiesEnd: usize = 0;

/** Which layout.ts it was compiled from. */
export function layoutVersion(): i32 {
  return LAYOUT_VERSION;
}
/** Where the memory in use ends. */
export function memoryEnd(): usize {
  return MEMORY_END;
}
export function textAt(): usize {
  return TEXT;
}
export function rowsAt(): usize {
  return ROWS;
}
export function membersAt(): usize {
  return MEMBERS;
}
/** Bytes of rows, and of members, that the last scan wrote. */
export function rowsLength(): usize {
  return rowsEnd - ROWS;
}
export function membersLength(): usize {
  return membersEnd - MEMBERS;
}

/**
 * Scans the text from `from` to `to`, both counted from `textAt()`; its first byte is at the index `base` of the page. Returns up to
 * where it has read: behind the last line, or behind the line with which the tables were full.
 */
export function scan(from: usize, to: usize, base: i32, rowLimit: usize): usize {
  shift = base - <i32>TEXT;
  rowsEnd = ROWS;
  membersEnd = MEMBERS;
  const end = TEXT + to;
  let line = TEXT + from;
  while (
    rowsEnd < ROWS + ROWS_MOST * ROW_BYTES &&
    membersEnd <= MEMBERS + (MEMBERS_MOST - KEYS_MOST) * MEMBER_BYTES
  ) {
    const lineEnd = findLineEnd(line, end);
    if (lineEnd === end) break;
    scanLine(line, lineEnd, rowLimit);
    line = lineEnd + 1;
  }
  return line - TEXT;
}

/** The first LF from `at` on; `end` where there is none. */
function findLineEnd(at: usize, end: usize): usize {
  for (; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(LF)));
    if (found !== 0) {
      const lineEnd = at + ctz(found);
      return lineEnd < end ? lineEnd : end;
    }
  }
  return end;
}

function scanLine(line: usize, lineEnd: usize, rowLimit: usize): void {
  const hasMark = (load<u32>(line) & 0xffffff) === 0xbfbbef;
  const start = hasMark ? line + 3 : line;
  let found = hasMark ? FLAG_BOM : 0;
  let end = lineEnd;
  if (lineEnd + 1 - line > rowLimit) found |= FLAG_TOO_LARGE;
  else {
    const content = space(start);
    if (content === lineEnd) return;
    while (load<u8>(end - 1) === CR) end--;
    found |= readRow(start, content, end);
  }
  const row = rowsEnd;
  rowsEnd += ROW_BYTES;
  store<i32>(row, place(start), ROW_START * 4);
  store<i32>(row, place(end), ROW_END * 4);
  store<i32>(row, place(lineEnd + 1), ROW_NEXT * 4);
  store<i32>(row, found, ROW_FLAGS * 4);
  if ((found & FLAGS_SLOW) !== 0) memory.fill(row + (ROW_FLAGS + 1) * 4, 0, ROW_BYTES - (ROW_FLAGS + 1) * 4);
  else describe(row);
}

/** Writes the members of the row that was read last behind its columns, and where all of that is. */
function describe(row: usize): void {
  const first = membersEnd - <usize>columns * MEMBER_BYTES;
  const envelopeLength = envelopeEnd - ENVELOPE;
  memory.copy(membersEnd, ENVELOPE, envelopeLength);
  membersEnd += envelopeLength;
  store<i32>(row, place(categoryStart), ROW_CATEGORY_START * 4);
  store<i32>(row, place(categoryEnd), ROW_CATEGORY_END * 4);
  store<i32>(row, place(propertiesStart), ROW_PROPERTIES_START * 4);
  store<i32>(row, place(propertiesEnd), ROW_PROPERTIES_END * 4);
  store<i32>(row, (first - MEMBERS) / MEMBER_BYTES, ROW_FIRST * 4);
  store<i32>(row, columns, ROW_COLUMNS * 4);
  store<i32>(row, envelopeLength / MEMBER_BYTES, ROW_ENVELOPE * 4);
}

function place(at: usize): i32 {
  return <i32>at + shift;
}

/** Reads the row, from its first byte that is no white space on, and returns its flags. Where one is slow, its columns are taken back. */
function readRow(start: usize, at: usize, end: usize): i32 {
  const before = membersEnd;
  beginRow();
  clearKeys();
  envelopeEnd = ENVELOPE;
  columns = 0;
  categoryStart = 0;
  propertiesStart = 0;
  const isObject = load<u8>(at) === OPEN_OBJECT;
  at = isObject ? readEnvelope(at) : readValue(at, 0);
  if (at !== 0) {
    // The white space reaches up to the LF, over the CRs of the line's end.
    if (space(at) < end) flag(FLAG_NOT_JSON);
    else if (!isObject) flag(FLAG_NOT_OBJECT);
    else if (categoryStart === 0 || propertiesStart === 0)
      flag((categoryStart === 0 ? FLAG_NO_CATEGORY : 0) | (propertiesStart === 0 ? FLAG_NO_PROPERTIES : 0));
  }
  if (values > VALUES_MOST && <i32>(end - start) > MANY_VALUES_FROM) flag(FLAG_TOO_MANY_VALUES);
  if ((flags & FLAGS_SLOW) !== 0) membersEnd = before;
  return flags;
}

function readEnvelope(at: usize): usize {
  const object = nextObject();
  countValue();
  at = space(at + 1);
  if (load<u8>(at) === CLOSE_OBJECT) return at + 1;
  while (true) {
    at = readKey(at, object);
    if (at === 0) return 0;
    const start = keyStart;
    const end = keyEnd;
    const hash = keyHash;
    noteKey(start, end);
    const value = at;
    if (load<u8>(at) === OPEN_OBJECT && isProperties(start, end)) {
      at = readColumns(at);
      if (at === 0) return 0;
      setKind(KIND_OBJECT);
      propertiesStart = value;
      propertiesEnd = at;
    } else {
      at = readValue(at, 1);
      if (at === 0) return 0;
      if (isCategory(start, end)) takeCategory(value, at);
    }
    if ((flags & FLAGS_SLOW) === 0) {
      writeMember(envelopeEnd, start, end, value, at, hash);
      envelopeEnd += MEMBER_BYTES;
    }
    at = space(at);
    const byte = load<u8>(at);
    if (byte === CLOSE_OBJECT) return at + 1;
    if (byte !== COMMA) return fail(FLAG_NOT_JSON);
    countValue();
    at = space(at + 1);
  }
}

function readColumns(at: usize): usize {
  const object = nextObject();
  countValue();
  at = space(at + 1);
  if (load<u8>(at) === CLOSE_OBJECT) return at + 1;
  while (true) {
    at = readKey(at, object);
    if (at === 0) return 0;
    const start = keyStart;
    const end = keyEnd;
    const hash = keyHash;
    noteKey(start, end);
    if (isPlumbing(start, end)) flag(FLAG_PLUMBING);
    const value = at;
    at = readValue(at, 2);
    if (at === 0) return 0;
    // Once a row is slow, nothing of it is kept: this bounds what is written by the number of different keys.
    if ((flags & FLAGS_SLOW) === 0) {
      columns++;
      writeMember(membersEnd, start, end, value, at, hash);
      membersEnd += MEMBER_BYTES;
    }
    at = space(at);
    const byte = load<u8>(at);
    if (byte === CLOSE_OBJECT) return at + 1;
    if (byte !== COMMA) return fail(FLAG_NOT_JSON);
    countValue();
    at = space(at + 1);
  }
}

function writeMember(to: usize, start: usize, end: usize, value: usize, valueEnd: usize, hash: i32): void {
  store<i32>(to, place(start), MEMBER_KEY_START * 4);
  store<i32>(to, place(end), MEMBER_KEY_END * 4);
  store<i32>(to, place(value), MEMBER_VALUE_START * 4);
  store<i32>(to, place(valueEnd), MEMBER_VALUE_END * 4);
  store<i32>(to, kind, MEMBER_KIND * 4);
  store<i32>(to, hash, MEMBER_HASH * 4);
}

/** Sets flags for the key that was read last. */
function noteKey(start: usize, end: usize): void {
  if (kind === KIND_ESCAPED) flag(FLAG_ESCAPED);
  if (end - start === 9 && load<u64>(start) === __PROTO_ && load<u8>(start, 8) === UNDERLINE)
    flag(FLAG_PROTO_KEY);
}

function isCategory(start: usize, end: usize): bool {
  return end - start === 8 && load<u64>(start) === CATEGORY;
}

function isProperties(start: usize, end: usize): bool {
  return end - start === 10 && load<u64>(start) === PROPERTI && load<u16>(start, 8) === ES;
}

function isPlumbing(start: usize, end: usize): bool {
  return (
    load<u64>(start) === __UDI_RE &&
    end - start >= PLUMBING_LENGTH &&
    load<u64>(start, 8) === QUIREDFI &&
    load<u32>(start, 16) === ELDS &&
    load<u8>(start, 20) === UNDERLINE
  );
}

function takeCategory(start: usize, end: usize): void {
  if (kind === KIND_ESCAPED) flag(FLAG_ESCAPED);
  if (kind > KIND_ESCAPED || end - start === 2) return;
  categoryStart = start + 1;
  categoryEnd = end - 1;
}

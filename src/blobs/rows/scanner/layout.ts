/**
 * The tables that a scan of a page fills: their columns, the flags of a row, the kinds of values, and the bounds.
 *
 * The WebAssembly scanner is compiled from this file too, so it holds whole numbers and nothing else.
 */

/** Another number with each change of this file: a compiled scanner of another one is not used. */
export const LAYOUT_VERSION = 2;

// A row of the table of rows: so many integers, and which of them is what. All positions are indexes into the page.
export const ROW_INTS = 11;
/** The row's first byte, a byte order mark not included. */
export const ROW_START = 0;
/** Behind its last byte, its line end not included. */
export const ROW_END = 1;
/** Behind its line end. */
export const ROW_NEXT = 2;
/** Of the `FLAG_` values below. Where one of `FLAGS_SLOW` is set, the integers from here on are 0. */
export const ROW_FLAGS = 3;
/** The text of `category`, without its quotes. */
export const ROW_CATEGORY_START = 4;
export const ROW_CATEGORY_END = 5;
/** The object `properties`, with its braces. */
export const ROW_PROPERTIES_START = 6;
export const ROW_PROPERTIES_END = 7;
/** Where the row's first member is in the table of members, counted in members. */
export const ROW_FIRST = 8;
/** How many members `properties` has: the row's columns, which come first. */
export const ROW_COLUMNS = 9;
/** How many members the row itself has, `properties` included: they follow the columns. */
export const ROW_ENVELOPE = 10;

// A row of the table of members: the members of objects, as they follow each other in the page.
export const MEMBER_INTS = 6;
/** The member's key, without its quotes. It holds no escapes. */
export const MEMBER_KEY_START = 0;
export const MEMBER_KEY_END = 1;
/** Its value as it is written: strings with their quotes. */
export const MEMBER_VALUE_START = 2;
export const MEMBER_VALUE_END = 3;
/** Of the `KIND_` values below. */
export const MEMBER_KIND = 4;
/** A hash of the key's bytes. Different keys may have the same. */
export const MEMBER_HASH = 5;

/** A string of ASCII characters without escapes: its bytes are its text. */
export const KIND_ASCII = 1;
/** A string without escapes and with characters beyond ASCII: its bytes are its text in UTF-8. */
export const KIND_UTF8 = 2;
/** A string with escapes. */
export const KIND_ESCAPED = 3;
/** A number that a double holds as far as JSON does. */
export const KIND_NUMBER = 4;
/** A number that parseExact may keep as it was written. */
export const KIND_INEXACT = 5;
export const KIND_TRUE = 6;
export const KIND_FALSE = 7;
export const KIND_NULL = 8;
export const KIND_OBJECT = 9;
export const KIND_ARRAY = 10;

// Flags that tell something of a row whose members are in the tables all the same.
/** A byte order mark stood before the row. */
export const FLAG_BOM = 1 << 0;
/** A column is one of Microsoft's plumbing: its name begins with `__UDI_RequiredFields_`. */
export const FLAG_PLUMBING = 1 << 1;
/** A number somewhere in the row is of `KIND_INEXACT`. */
export const FLAG_INEXACT = 1 << 2;

// Flags of a row that only the plain parser reads as it should be read.
/** JSON.parse refuses the row. */
export const FLAG_NOT_JSON = 1 << 8;
/** It is JSON, but no object. */
export const FLAG_NOT_OBJECT = 1 << 9;
/** It holds bytes that are not UTF-8. It was read up to them. */
export const FLAG_NOT_UTF8 = 1 << 10;
/** It nests deeper than `DEPTH_MOST`. It was read up to there. */
export const FLAG_TOO_DEEP = 1 << 11;
/** It has more than `VALUES_MOST` members and elements, and more than `MANY_VALUES_FROM` bytes. */
export const FLAG_TOO_MANY_VALUES = 1 << 12;
/** It has no category, or an empty one, or one that is no string. */
export const FLAG_NO_CATEGORY = 1 << 13;
/** It has no `properties`, or one that is no object. */
export const FLAG_NO_PROPERTIES = 1 << 14;
/** The category or the key of a member of the row or of `properties` is written with an escape. */
export const FLAG_ESCAPED = 1 << 15;
/** An object at any depth has two members with one key, or with keys of one hash. */
export const FLAG_DUPLICATE_KEY = 1 << 16;
/** A member of the row or of `properties` is called `__proto__`. */
export const FLAG_PROTO_KEY = 1 << 17;
/** It has more than `KEYS_MOST` members at all depths. */
export const FLAG_MANY_KEYS = 1 << 18;
/** Its line is longer than the caller's limit for rows. It was not read, and END includes a CR. It may be blank. */
export const FLAG_TOO_LARGE = 1 << 19;
/** Its line is longer than `LINE_MOST`. It was not read. */
export const FLAG_LONG = 1 << 20;
/** Those above: from `FLAG_NOT_JSON` on. */
export const FLAGS_SLOW = -1 << 8;

/** Deepest nesting of arrays and objects, as parseRow has it. */
export const DEPTH_MOST = 128;
/** Members and elements of a row, counted as scanRow does, and the bytes from which on it matters: as parseRow has them. */
export const VALUES_MOST = 50_000;
export const MANY_VALUES_FROM = 262_144;
/** Longest line in bytes that is read: what the WebAssembly scanner's memory holds. */
export const LINE_MOST = 1_048_576;
/** Most members of a row at all depths. */
export const KEYS_MOST = 2_048;

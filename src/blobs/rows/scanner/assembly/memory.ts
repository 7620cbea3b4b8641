/** What lies where in the WebAssembly scanner's memory. It never grows: every table has its bound. AssemblyScript. */
import { DEPTH_MOST, KEYS_MOST, LINE_MOST, MEMBER_INTS, ROW_INTS } from '../layout';

export const ROW_BYTES: usize = ROW_INTS * 4;
export const MEMBER_BYTES: usize = MEMBER_INTS * 4;
/** Slots of the table of keys: a hash and the number of the row that it is of. */
export const SLOTS: usize = KEYS_MOST * 2;
export const SLOT_BYTES: usize = 8;
export const ROWS_MOST: usize = 8_192;
export const MEMBERS_MOST: usize = 65_536;
/** Strings are read so many bytes at a time, beyond the end of the text too. */
const PADDING: usize = 64;

export const KEYS: usize = 1_024;
/** Of each open object its number; -1 for an array. By depth. */
export const OPEN: usize = KEYS + SLOTS * SLOT_BYTES;
/** The row's own members, until those of `properties` are written. */
export const ENVELOPE: usize = OPEN + (DEPTH_MOST + 1) * 4;
export const ROWS: usize = ENVELOPE + <usize>KEYS_MOST * MEMBER_BYTES;
export const MEMBERS: usize = ROWS + ROWS_MOST * ROW_BYTES;
export const TEXT: usize = MEMBERS + MEMBERS_MOST * MEMBER_BYTES;
export const MEMORY_END: usize = TEXT + LINE_MOST + PADDING;

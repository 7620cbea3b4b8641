/** Cuts JSON Lines into rows. */
import { Carry } from './carry.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Splits JSON Lines into rows: rows end with LF or CRLF; blank lines are skipped; a UTF-8 byte order mark at the start of a line is dropped,
 * because a file that was appended to another may begin with one.
 *
 * @param start the logical offset of the first byte that will be pushed, at which a row begins.
 * @param limit how many bytes of one row are kept in memory.
 */
export function lineSplitter(start: number, limit: number): RowSplitter {
  const carry = new Carry(limit);
  let position = start;

  return {
    get position() {
      return position;
    },
    push(chunk) {
      const rows: RawRow[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        const piece = chunk.subarray(from, at + 1);
        const length = carry.length + piece.length;
        let found: RawRow | undefined;
        if (carry.length === 0 && piece.length <= limit) {
          found = rowOfLine(piece, position + length);
        } else {
          carry.add(piece);
          found = rowOfCarried(carry, position + length);
          carry.clear();
        }
        if (found) rows.push(found);
        position += length;
        from = at + 1;
      }
      if (from < chunk.length) carry.add(chunk.subarray(from));
      return rows;
    },
    rest() {
      if (carry.length === 0) return undefined;
      return rowOfCarried(carry, position + carry.length);
    },
  };
}

/** The row of a line that came in pieces, or is longer than is kept; undefined if it is blank. @param end the logical offset after it. */
export function rowOfCarried(carry: Carry, end: number): RawRow | undefined {
  const { length, truncated } = carry;
  return truncated
    ? { ...withoutMark(carry.bytes(), end - length), end, truncated }
    : rowOfLine(carry.bytes(), end);
}

/** The row of a whole line; undefined if it is blank. @param end the logical offset after it. */
function rowOfLine(line: Buffer, end: number): RawRow | undefined {
  const { bytes, offset } = withoutMark(line, end - line.length);
  const trimmed = trimEnd(bytes);
  return isBlank(trimmed) ? undefined : { offset, end, bytes: trimmed, truncated: false };
}

function withoutMark(bytes: Buffer, offset: number): Pick<RawRow, 'bytes' | 'offset'> {
  const hasMark = bytes[0] === BOM[0] && bytes.subarray(0, 3).equals(BOM);
  return hasMark ? { bytes: bytes.subarray(3), offset: offset + 3 } : { bytes, offset };
}

function trimEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0) {
    const last = bytes[end - 1];
    if (last !== LF && last !== CR) break;
    end--;
  }
  return bytes.subarray(0, end);
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== SPACE && byte !== TAB && byte !== CR) return false;
  return true;
}

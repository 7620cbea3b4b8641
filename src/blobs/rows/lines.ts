/** Cuts JSON Lines into rows. */
import { Carry } from './carry.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * JSON Lines: rows end in LF or CRLF; blank lines are passed over; a UTF-8 byte order mark at a line's start is dropped, as
 * each file that was appended to another may have brought one.
 *
 * @param start logical offset of the first byte that will be pushed: a row's start.
 * @param limit bytes of one row that are kept in memory.
 */
export function lineSplitter(start: number, limit: number): RowSplitter {
  const carry = new Carry(limit);
  let position = start;

  const row = (bytes: Buffer, length: number, end: number, truncated: boolean): RawRow | undefined => {
    let offset = end - length;
    let content = bytes;
    if (content[0] === BOM[0] && content.subarray(0, 3).equals(BOM)) {
      content = content.subarray(3);
      offset += 3;
    }
    const trimmed = truncated ? content : trimEnd(content);
    return isBlank(trimmed) && !truncated ? undefined : { offset, end, bytes: trimmed, truncated };
  };

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
          found = row(piece, length, position + length, false);
        } else {
          carry.add(piece);
          found = row(carry.bytes(), length, position + length, carry.truncated);
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
      return row(carry.bytes(), carry.length, position + carry.length, carry.truncated);
    },
  };
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

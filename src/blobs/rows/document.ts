import { Carry } from './carry.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Rows of a JSON document: the elements of `[...]`, or of `{"records": [...]}`; one after the other where there are several.
 *
 * What does not fit this form is given as one last row, from the first wrong byte to the end, for the dead letters.
 *
 * @param start logical offset of the first byte that will be pushed: 0, or the `end` of an element.
 * @param limit bytes of one row that are kept in memory.
 */
export function documentSplitter(start: number, limit: number): RowSplitter {
  const carry = new Carry(limit);
  /** `outside` any array; `between` elements; `inside` one; `wrong`: the rest is no document. */
  let state: 'outside' | 'between' | 'inside' | 'wrong' = start === 0 ? 'outside' : 'between';
  let depth = 0;
  let inString = false;
  let escaped = false;
  let bare = false;
  let position = start;
  let cursor = start;

  return {
    get position() {
      return position;
    },
    push(chunk) {
      const rows: RawRow[] = [];
      let from = 0;
      const finish = (at: number) => {
        carry.add(chunk.subarray(from, at));
        const end = cursor + at;
        rows.push({ offset: end - carry.length, end, bytes: carry.bytes(), truncated: carry.truncated });
        carry.clear();
        position = end;
        state = 'between';
      };
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] ?? 0;
        if (state === 'wrong') break;
        if (state === 'outside') {
          // `{"records":` and the closing `}` are passed over up to the array; format.ts has looked at them already.
          if (byte === OPEN_ARRAY) state = 'between';
          continue;
        }
        if (state === 'between') {
          if (byte <= 0x20 || byte === COMMA) continue;
          if (byte === CLOSE_ARRAY) {
            state = 'outside';
            continue;
          }
          from = at;
          if (byte === CLOSE_OBJECT) {
            state = 'wrong';
            break;
          }
          state = 'inside';
          depth = byte === OPEN_OBJECT || byte === OPEN_ARRAY ? 1 : 0;
          inString = byte === QUOTE;
          bare = depth === 0 && !inString;
          escaped = false;
          continue;
        }
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) {
            inString = false;
            if (depth === 0) finish(at + 1);
          }
        } else if (bare) {
          if (byte === COMMA || byte === CLOSE_ARRAY || byte <= 0x20) {
            finish(at);
            if (byte === CLOSE_ARRAY) state = 'outside';
          }
        } else if (byte === QUOTE) inString = true;
        else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
        else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
          depth--;
          if (depth === 0) finish(at + 1);
        }
      }
      if (state === 'inside' || state === 'wrong') carry.add(chunk.subarray(from));
      cursor += chunk.length;
      return rows;
    },
    rest() {
      if (carry.length === 0) return undefined;
      return {
        offset: cursor - carry.length,
        end: cursor,
        bytes: carry.bytes(),
        truncated: carry.truncated,
      };
    },
  };
}

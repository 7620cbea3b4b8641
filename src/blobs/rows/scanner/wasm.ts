/** Scans a page in WebAssembly: hands the page over in windows, and takes the tables out. */
import {
  FLAGS_SLOW,
  LAYOUT_VERSION,
  LINE_MOST,
  MEMBER_INTS,
  ROW_FIRST,
  ROW_FLAGS,
  ROW_INTS,
} from './layout.ts';
import { type PageScan, ScanMemory, type Scanner } from './page-scan.ts';
import { scanPageInTypeScript } from './twin.ts';

const LF = 0x0a;
/** The scanner takes the limit of a row as an integer of 32 bits. */
const GREATEST_LIMIT = 2 ** 31 - 1;

/** What each host supplies: the compiled module, or why there is none. */
export interface CompiledScanner {
  readonly module: WebAssembly.Module | undefined;
  readonly trouble: string | undefined;
}

/** What assembly/page-scanner.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly layoutVersion?: () => number;
  readonly textAt: () => number;
  readonly rowsAt: () => number;
  readonly rowsLength: () => number;
  readonly membersAt: () => number;
  readonly membersLength: () => number;
  readonly scan: (from: number, to: number, base: number, rowLimit: number) => number;
}

/**
 * A scanner with a memory of its own, which it uses again for each window of a page and which never grows. Undefined where the module was
 * compiled from other sources than these, so that its tables would be misread.
 */
export function wasmScanner(module: WebAssembly.Module): Scanner | undefined {
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports;
  if (exports.layoutVersion?.() !== LAYOUT_VERSION) return undefined;
  const { buffer } = exports.memory;
  const text = new Uint8Array(buffer, exports.textAt(), LINE_MOST);
  const tables = (): Tables => ({
    rows: new Int32Array(buffer, exports.rowsAt(), exports.rowsLength() / Int32Array.BYTES_PER_ELEMENT),
    members: new Int32Array(
      buffer,
      exports.membersAt(),
      exports.membersLength() / Int32Array.BYTES_PER_ELEMENT,
    ),
  });

  return (memory) => (page, from, to, rowLimit) => {
    const limit = Math.min(rowLimit, GREATEST_LIMIT);
    const found = new Pieces(memory);
    let rest = from;
    while (rest < to) {
      const length = Math.min(to - rest, LINE_MOST);
      text.set(page.subarray(rest, rest + length));
      let read = 0;
      for (;;) {
        const next = exports.scan(read, length, rest, limit);
        if (next === read) break;
        found.add(tables());
        read = next;
      }
      rest += read;
      if (read > 0) continue;
      // No line ends in a whole window.
      const lineEnd = length === LINE_MOST ? page.indexOf(LF, rest + length) : -1;
      if (lineEnd === -1 || lineEnd >= to) break;
      found.add(scanPageInTypeScript(page, rest, lineEnd + 1, rowLimit));
      rest = lineEnd + 1;
    }
    return found.scan(rest);
  };
}

interface Tables {
  readonly rows: Int32Array;
  readonly members: Int32Array;
}

/** Puts the tables of a page's windows together, as copies: the scanner's own memory serves the next window. */
class Pieces {
  readonly #memory: ScanMemory;

  constructor(memory: ScanMemory = new ScanMemory()) {
    memory.clear();
    this.#memory = memory;
  }

  add(found: Tables): void {
    const { rows, members } = this.#memory;
    const membersBefore = members.length / MEMBER_INTS;
    const rowsBefore = rows.length;
    rows.add(found.rows);
    members.add(found.members);
    if (membersBefore > 0) shiftMembers(rows.view(rowsBefore), membersBefore);
  }

  scan(rest: number): PageScan {
    const { rows, members } = this.#memory;
    return { count: rows.length / ROW_INTS, rows: rows.view(), members: members.view(), rest };
  }
}

function shiftMembers(rows: Int32Array, by: number): void {
  for (let at = 0; at < rows.length; at += ROW_INTS) {
    if (((rows[at + ROW_FLAGS] ?? 0) & FLAGS_SLOW) === 0)
      rows[at + ROW_FIRST] = (rows[at + ROW_FIRST] ?? 0) + by;
  }
}

/** Caches changes that depend only on the names of columns, because they are the same for all rows with the same columns. */
import type { JsonValue } from './json.ts';
import type { RowBytes } from './row-bytes.ts';

/** The change of one column: a new name, a new value, or its removal. */
export interface Edit {
  readonly name: string | undefined;
  readonly value: JsonValue | undefined;
  readonly isGone: boolean;
}

/** A renamed column. */
export interface Renamed {
  readonly name: string;
  readonly column: number;
}

/** The changes to the columns of a row. */
export interface Changes {
  /** The changes by column; undefined if nothing was changed. */
  readonly edits: readonly (Edit | undefined)[] | undefined;
  readonly renamed: readonly Renamed[];
}

interface Plan<Made> {
  readonly made: Made;
  /** The hashes of the columns' names in their order. */
  readonly hashes: Int32Array;
  /** The columns whose names it depends on. */
  readonly columns: readonly { readonly column: number; readonly name: NameWords }[];
}

/** A name in UTF-8 between its quotes, in words that are compared at once. */
interface NameWords {
  readonly name: string;
  readonly bytes: number;
  /**
   * Four bytes each, the first byte lowest. The last word begins four bytes before the end, and so may overlap the one before it.
   * Empty where the name is shorter than a word.
   */
  readonly words: readonly number[];
}

const encoder = new TextEncoder();
const WORD = 4;

function wordsOf(name: string): NameWords {
  const bytes = encoder.encode(`"${name}"`);
  const view = new DataView(bytes.buffer);
  const words: number[] = [];
  for (let at = 0; at + WORD < bytes.length; at += WORD) words.push(view.getInt32(at, true));
  if (bytes.length >= WORD) words.push(view.getInt32(bytes.length - WORD, true));
  return { name, bytes: bytes.length, words };
}

/** Whether a column has this name. No name of a row's columns has escapes, so the first quote ends it. */
function isNamed(rowBytes: RowBytes, column: number, { name, bytes, words }: NameWords): boolean {
  if (words.length === 0) return rowBytes.isNamed(column, name);
  const { view } = rowBytes;
  const start = rowBytes.columnStart(column);
  // The name may be longer than all that follows in the page.
  if (start + bytes > view.byteLength) return false;
  const last = words.length - 1;
  for (let word = 0, at = start; word < last; word++, at += WORD) {
    if (view.getInt32(at, true) !== words[word]) return false;
  }
  return view.getInt32(start + bytes - WORD, true) === words[last];
}

/** How many orders of columns are cached. A table has few; more means that a sender makes columns up. */
const MOST = 16;

/** What was made of the names of a row's columns, the changes of one step for example, for each order of columns that was seen. */
export class NamePlans<Made = Changes> {
  readonly #names: readonly string[];
  /** The plans, the last used one first. */
  #plans: readonly Plan<Made>[] = [];

  /** @param names all names on which it depends. */
  constructor(names: Iterable<string>) {
    this.#names = [...new Set(names)];
  }

  /**
   * What was made for a row with the same columns. Equal hashes show which names the row lacks; for the names that it has, the bytes are
   * compared too, because an attacker can make hashes equal.
   */
  of(bytes: RowBytes): Made | undefined {
    const first = this.#plans[0];
    // Nearly always; a search would cost an object for each row.
    const plan = first && bytes.hasHashes(first.hashes) ? first : this.#later(bytes);
    if (!plan) return undefined;
    for (const { column, name } of plan.columns) if (!isNamed(bytes, column, name)) return undefined;
    return plan.made;
  }

  #later(bytes: RowBytes): Plan<Made> | undefined {
    const plan = this.#plans.find(({ hashes }) => bytes.hasHashes(hashes));
    if (plan) this.#plans = [plan, ...this.#plans.filter((other) => other !== plan)];
    return plan;
  }

  /** Stores what was made for a row. */
  keep(bytes: RowBytes, made: Made): void {
    const columns: { column: number; name: NameWords }[] = [];
    for (const name of this.#names) {
      const column = bytes.find(name);
      if (column >= 0) columns.push({ name: wordsOf(name), column });
      else if (bytes.hasHashOf(name)) return;
    }
    const others = this.#plans.filter(({ hashes }) => !bytes.hasHashes(hashes));
    this.#plans = [{ made, hashes: bytes.hashes(), columns }, ...others.slice(0, MOST - 1)];
  }
}

/** The new names of a `rename` step, prepared once for all rows. */
export class Renames {
  readonly map: ReadonlyMap<string, string>;
  readonly list: readonly { readonly from: string; readonly to: Edit & { readonly name: string } }[];
  readonly plans: NamePlans;

  constructor(map: ReadonlyMap<string, string>) {
    this.map = map;
    this.list = [...map]
      .filter(([from, to]) => from !== to)
      .map(([from, name]) => ({ from, to: { name, value: undefined, isGone: false } }));
    this.plans = new NamePlans([...map].flat());
  }
}

/** The names of a step that keeps or removes columns, prepared once for all rows. */
export class ColumnNames {
  readonly set: ReadonlySet<string>;
  readonly plans: NamePlans;

  constructor(set: ReadonlySet<string>) {
    this.set = set;
    this.plans = new NamePlans(set);
  }
}

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

/** The UTF-8 of a name and the quote behind it, in words that are compared at once. */
interface NameWords {
  /** Four bytes each, the first byte lowest. */
  readonly words: readonly number[];
  /** What is left behind the words. */
  readonly rest: readonly number[];
}

const encoder = new TextEncoder();
const WORD = 4;

function wordsOf(name: string): NameWords {
  const bytes = encoder.encode(`${name}"`);
  const view = new DataView(bytes.buffer);
  const words = Array.from({ length: Math.floor(bytes.length / WORD) }, (_, at) =>
    view.getInt32(at * WORD, true),
  );
  return { words, rest: [...bytes.subarray(words.length * WORD)] };
}

/** Whether a column has this name. No name of a row's columns has escapes, so the first quote ends it. */
function isNamed(bytes: RowBytes, column: number, { words, rest }: NameWords): boolean {
  const { view } = bytes;
  let at = bytes.columnStart(column) + 1;
  // The name may be longer than all that follows in the page.
  if (at + words.length * WORD + rest.length > view.byteLength) return false;
  for (let word = 0; word < words.length; word++, at += WORD) {
    if (view.getInt32(at, true) !== words[word]) return false;
  }
  for (let byte = 0; byte < rest.length; byte++) {
    if (view.getUint8(at + byte) !== rest[byte]) return false;
  }
  return true;
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

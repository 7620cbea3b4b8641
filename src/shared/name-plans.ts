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
  /** The names on which it depends. */
  readonly names: NameCheck;
}

const encoder = new TextEncoder();
const WORD = 8;
const ASCII_END = 0x7f;

/** Checks that columns have certain names. */
interface NameCheck {
  /** The columns whose names are compared in words. */
  readonly columns: Int32Array;
  /** By column of those: how many bytes the name has with its quotes, and where its words end. */
  readonly sizes: Int32Array;
  readonly ends: Int32Array;
  /**
   * Eight bytes each, the first byte lowest, read as a double, because the engine compares doubles without making objects. The last word of a
   * name begins eight bytes before its end, and so may overlap the one before it. All bytes are ASCII, so that no word is zero or not
   * a number: doubles of other bits are never equal to it.
   */
  readonly words: Float64Array;
  /** The other columns: names that are shorter than a word, or not ASCII. */
  readonly others: readonly { readonly column: number; readonly name: string }[];
}

function checkOf(named: readonly { readonly column: number; readonly name: string }[]): NameCheck {
  const columns: number[] = [];
  const sizes: number[] = [];
  const ends: number[] = [];
  const words: number[] = [];
  const others: { readonly column: number; readonly name: string }[] = [];
  for (const one of named) {
    const bytes = encoder.encode(`"${one.name}"`);
    if (bytes.length < WORD || !bytes.every((byte) => byte > 0 && byte < ASCII_END)) {
      others.push(one);
      continue;
    }
    const view = new DataView(bytes.buffer);
    for (let at = 0; at + WORD < bytes.length; at += WORD) words.push(view.getFloat64(at, true));
    words.push(view.getFloat64(bytes.length - WORD, true));
    columns.push(one.column);
    sizes.push(bytes.length);
    ends.push(words.length);
  }
  return {
    columns: Int32Array.from(columns),
    sizes: Int32Array.from(sizes),
    ends: Int32Array.from(ends),
    words: Float64Array.from(words),
    others,
  };
}

/** Whether the columns have these names. No name of a row's columns has escapes, so the first quote ends it. */
function areNamed(rowBytes: RowBytes, { columns, sizes, ends, words, others }: NameCheck): boolean {
  const { view } = rowBytes;
  let word = 0;
  for (let nth = 0; nth < columns.length; nth++) {
    const start = rowBytes.columnStart(columns[nth] ?? 0);
    const end = start + (sizes[nth] ?? 0);
    // The name may be longer than all that follows in the page.
    if (end > view.byteLength) return false;
    const last = (ends[nth] ?? 0) - 1;
    for (let at = start; word < last; word++, at += WORD) {
      if (view.getFloat64(at, true) !== words[word]) return false;
    }
    if (view.getFloat64(end - WORD, true) !== words[last]) return false;
    word = last + 1;
  }
  for (const { column, name } of others) if (!rowBytes.isNamed(column, name)) return false;
  return true;
}

/**
 * How many orders of columns are cached. A table has some dozens, where columns without a value are left out; more means that a sender makes
 * columns up.
 */
const MOST = 64;

/** What was made of the names of a row's columns, the changes of one step for example, for each order of columns that was seen. */
export class NamePlans<Made = Changes> {
  readonly #names: readonly string[];
  /** The plans by the hash of all names of their columns, the oldest first. Orders of the same hash replace each other, which costs time only. */
  readonly #plans = new Map<number, Plan<Made>>();
  #last: Plan<Made> | undefined;

  /** @param names all names on which it depends. */
  constructor(names: Iterable<string>) {
    this.#names = [...new Set(names)];
  }

  /**
   * What was made for a row with the same columns. Equal hashes show which names the row lacks; for the names that it has, the bytes are
   * compared too, because an attacker can make hashes equal.
   */
  of(bytes: RowBytes): Made | undefined {
    const last = this.#last;
    // The row before nearly always has the same columns where a table's rows have all of them.
    const plan = last && bytes.hasHashes(last.hashes) ? last : this.#other(bytes);
    if (!plan) return undefined;
    this.#last = plan;
    return areNamed(bytes, plan.names) ? plan.made : undefined;
  }

  #other(bytes: RowBytes): Plan<Made> | undefined {
    const plan = this.#plans.get(bytes.hashOfNames);
    return plan && bytes.hasHashes(plan.hashes) ? plan : undefined;
  }

  /** Stores what was made for a row. */
  keep(bytes: RowBytes, made: Made): void {
    const named: { readonly column: number; readonly name: string }[] = [];
    for (const name of this.#names) {
      const column = bytes.find(name);
      if (column >= 0) named.push({ column, name });
      else if (bytes.hasHashOf(name)) return;
    }
    const plan = { made, hashes: bytes.hashes(), names: checkOf(named) };
    const plans = this.#plans;
    plans.set(bytes.hashOfNames, plan);
    this.#last = plan;
    if (plans.size <= MOST) return;
    for (const oldest of plans.keys()) {
      plans.delete(oldest);
      return;
    }
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

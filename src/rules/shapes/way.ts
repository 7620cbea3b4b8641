/** One way of a column into a slot: what the compiler makes of a line of a mapping file. */
import { NamePlans } from '../../shared/name-plans.ts';
import type { CompiledDetection } from '../sigma/index.ts';
import type { Conversion } from './conversions.ts';
import type { Slot } from './event-tree.ts';
import type { Origin } from './plan.ts';

/** One way of a column into a slot. */
export interface Way {
  /** The column, spelt as Defender does. */
  readonly column: string;
  /** What the column is called behind the steps of the table file; undefined: another column took its name. */
  readonly name: string | undefined;
  /** The members on the way into a column of JSON; empty: the column itself. */
  readonly members: readonly string[];
  readonly slot: Slot;
  readonly convert: Conversion;
  readonly condition: CompiledDetection | undefined;
  /** Whether the field holds the column's value as it is, where the conversion leaves it unchanged. */
  readonly isWhole: boolean;
  /** Columns whose text follows. */
  readonly join: { readonly columns: readonly string[]; readonly separator: string } | undefined;
  readonly origin: Origin;
}

/** A way of a form. */
export interface FormWay extends Way {
  /**
   * A text of up to so many bytes of JSON, of which it has at least as many as UTF-16 units, goes into the slot as it is, so that it need
   * not be decoded. 0: none does.
   */
  readonly copiedUpTo: number;
}

/** The ways of a form, and for rows with the same columns those of them that their columns have. */
export interface Ways {
  readonly all: readonly FormWay[];
  readonly plans: NamePlans<Reach>;
}

/** The ways that the columns of a row have, in their order, and the places of the columns. */
export interface Reach {
  readonly ways: readonly FormWay[];
  readonly places: readonly number[];
}

export function waysWith(all: readonly FormWay[]): Ways {
  return { all, plans: new NamePlans(all.flatMap(({ name }) => name ?? [])) };
}

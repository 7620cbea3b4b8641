/** Learns tables, columns and their types from rows, for `schema learn`. */
import { ExactNumber } from '../../shared/exact-number.ts';
import { parseInstant } from '../../shared/instant.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { isAlike, type TableDifference } from './differences.ts';
import { type KustoType, type Schema, typesConflict } from './index.ts';
import { isName, MAX_COLUMNS, MAX_TABLES } from './own-file.ts';

/** The kinds of values that were seen in one column, and in how many rows. */
interface SeenColumn {
  rows: number;
  readonly kinds: Set<ValueKind>;
}

type ValueKind = 'text' | 'time' | 'whole' | 'fraction' | 'boolean' | 'nested';

/** A column that rows have and the schema lacks, or has with a type that the rows contradict. */
export interface LearntColumn {
  readonly column: string;
  /** The type of the values; undefined if all values are null. */
  readonly type: KustoType | undefined;
  /** The type in the schema; undefined if it lacks the column. */
  readonly known: KustoType | undefined;
  /** The number of rows in which the column has a value. */
  readonly rows: number;
  /** Whether rows hold values of different types. */
  readonly isMixed: boolean;
}

export interface LearntTable {
  readonly table: string;
  readonly isNew: boolean;
  readonly rows: number;
  readonly columns: readonly LearntColumn[];
}

/** Collects columns and types from rows. Its memory is bounded, because rows may contain any number of names. */
export class Learner {
  readonly #tables = new Map<string, { rows: number; readonly columns: Map<string, SeenColumn> }>();
  /** How many names in rows were skipped, because they cannot name a table or column here, or because there were too many. */
  passedOver = 0;

  add(table: string, properties: JsonObject): void {
    let found = this.#tables.get(table);
    if (found === undefined) {
      if (!isName(table) || this.#tables.size >= MAX_TABLES) {
        this.passedOver += 1;
        return;
      }
      found = { rows: 0, columns: new Map() };
      this.#tables.set(table, found);
    }
    found.rows += 1;
    for (const [name, value] of Object.entries(properties)) this.#addColumn(found.columns, name, value);
  }

  /** The tables and columns that the schema lacks or contradicts, in the order in which they were seen. */
  learnt(schema: Schema): readonly LearntTable[] {
    return [...this.#tables].flatMap(([table, { rows, columns }]): LearntTable[] => {
      const known = schema.find(table);
      const found = [...columns].flatMap(([column, seen]) => {
        const learnt = learntColumn(column, seen, known?.columns.get(column));
        return learnt ? [learnt] : [];
      });
      const isNew = known === undefined;
      return found.length === 0 && !isNew
        ? []
        : [{ table: known?.table ?? table, isNew, rows, columns: found }];
    });
  }

  #addColumn(columns: Map<string, SeenColumn>, name: string, value: JsonValue): void {
    let seen = columns.get(name);
    if (seen === undefined) {
      if (!isName(name) || columns.size >= MAX_COLUMNS) {
        this.passedOver += 1;
        return;
      }
      seen = { rows: 0, kinds: new Set() };
      columns.set(name, seen);
    }
    // In a column of any type an empty string means "no value".
    if (value === null || value === '') return;
    seen.rows += 1;
    seen.kinds.add(kindOf(value));
  }
}

/** The columns to write into the schema file: new columns whose type the rows show. */
export function proposals(tables: readonly LearntTable[]): readonly TableDifference[] {
  return tables.map(({ table, isNew, columns }) => ({
    table,
    isNew,
    columns: columns.flatMap(({ column, type, known }) =>
      known === undefined && type !== undefined ? [{ column, type, known }] : [],
    ),
  }));
}

function learntColumn(
  column: string,
  { rows, kinds }: SeenColumn,
  known: KustoType | undefined,
): LearntColumn | undefined {
  const { type, isMixed } = typeOf(kinds);
  if (known === undefined) return { column, type, known, rows, isMixed };
  const contradicts = [...kinds].some((kind) => {
    const one = typeOf(new Set([kind])).type;
    return one !== undefined && one !== 'dynamic' && !isAlike(known, one) && typesConflict(known, one);
  });
  return contradicts ? { column, type, known, rows, isMixed } : undefined;
}

function kindOf(value: Exclude<JsonValue, null>): ValueKind {
  if (value instanceof ExactNumber) return /^-?\d+$/.test(value.text) ? 'whole' : 'fraction';
  switch (typeof value) {
    case 'string':
      return isTime(value) ? 'time' : 'text';
    case 'number':
      return Number.isInteger(value) ? 'whole' : 'fraction';
    case 'boolean':
      return 'boolean';
    default:
      return 'nested';
  }
}

function isTime(text: string): boolean {
  return text.length < 40 && /^\d{4}-\d\d-\d\dT/.test(text) && parseInstant(text) !== undefined;
}

/** The type that can hold all kinds of values; dynamic, which can hold anything, if no other type does. */
function typeOf(kinds: ReadonlySet<ValueKind>): { type: KustoType | undefined; isMixed: boolean } {
  const only = (...allowed: ValueKind[]) =>
    kinds.size > 0 && [...kinds].every((kind) => allowed.includes(kind));
  if (kinds.size === 0) return { type: undefined, isMixed: false };
  if (only('time')) return { type: 'datetime', isMixed: false };
  if (only('time', 'text')) return { type: 'string', isMixed: false };
  if (only('whole')) return { type: 'long', isMixed: false };
  if (only('whole', 'fraction')) return { type: 'real', isMixed: false };
  if (only('boolean')) return { type: 'bool', isMixed: false };
  // JSON is an object in some rows and a string in others.
  return { type: 'dynamic', isMixed: !only('nested', 'text') };
}

/** Learns tables and columns from rows. */
import { ExactNumber } from '../../shared/exact-number.ts';
import { parseInstant } from '../../shared/instant.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { isAlike, type TableDifference } from './differences.ts';
import { type KustoType, type Schema, typesConflict } from './index.ts';
import { isName, MAX_COLUMNS, MAX_TABLES } from './own-file.ts';

/** What values of a column were seen, and in how many rows. */
interface SeenColumn {
  rows: number;
  readonly kinds: Set<ValueKind>;
}

type ValueKind = 'text' | 'time' | 'whole' | 'fraction' | 'boolean' | 'nested';

/** What rows show of a column that the schema lacks, or has with a type that they contradict. */
export interface LearntColumn {
  readonly column: string;
  /** Undefined where all values are null. */
  readonly type: KustoType | undefined;
  /** The type in the schema. */
  readonly known: KustoType | undefined;
  /** In how many rows it has a value. */
  readonly rows: number;
  /** Rows disagree about its type. */
  readonly isMixed: boolean;
}

export interface LearntTable {
  readonly table: string;
  readonly isNew: boolean;
  readonly rows: number;
  readonly columns: readonly LearntColumn[];
}

/** What rows have. Bounded: rows may bring any names. */
export class Learner {
  readonly #tables = new Map<string, { rows: number; readonly columns: Map<string, SeenColumn> }>();
  /** Names that no table or column can have here, or that are too many, and in how many rows. */
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

  /** What the schema does not know, in the order in which it was seen. */
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
    // An empty string stands for no value in columns of every type.
    if (value === null || value === '') return;
    seen.rows += 1;
    seen.kinds.add(kindOf(value));
  }
}

/** What is to be written into the schema file: columns that are new and of which rows tell the type. */
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

/** The type that holds all kinds; dynamic, which may hold anything, where none else does. */
function typeOf(kinds: ReadonlySet<ValueKind>): { type: KustoType | undefined; isMixed: boolean } {
  const only = (...allowed: ValueKind[]) =>
    kinds.size > 0 && [...kinds].every((kind) => allowed.includes(kind));
  if (kinds.size === 0) return { type: undefined, isMixed: false };
  if (only('time')) return { type: 'datetime', isMixed: false };
  if (only('time', 'text')) return { type: 'string', isMixed: false };
  if (only('whole')) return { type: 'long', isMixed: false };
  if (only('whole', 'fraction')) return { type: 'real', isMixed: false };
  if (only('boolean')) return { type: 'bool', isMixed: false };
  // JSON comes as an object in some rows and as its text in others.
  return { type: 'dynamic', isMixed: !only('nested', 'text') };
}

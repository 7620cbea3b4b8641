/** Describes how a value is compared, for the checks of doubtful values, and finds the one column that it is compared with. */
import type { ColumnType } from '../../../schema/index.ts';
import type { Token } from '../expression.ts';
import type { MappedField } from '../field-scope.ts';
import type { Given } from '../given.ts';
import { isMany } from '../text.ts';
import { isPlace, textAlternatives } from '../values.ts';

/** A value that is compared as a string, with its wildcards and its place (`contains`, `endswith` ...). */
export interface Asked {
  readonly raw: string;
  readonly field: MappedField;
  /** Present if the field is one column, unchanged. */
  readonly column: PlainColumn | undefined;
  /** The pattern of the whole string. */
  readonly tokens: readonly Token[];
  /** The literals between the wildcards. */
  readonly literals: readonly string[];
  /** The only string that matches; undefined if several strings match. */
  readonly whole: string | undefined;
  /** What every matching string begins with; undefined if it may begin with anything. */
  readonly beginning: string | undefined;
}

/** Undefined for a value that is not compared as written: an encoded value, a value with placeholders, or a numeric bound. */
export function askedOf(
  given: Given,
  field: MappedField,
  column: PlainColumn | undefined,
): Asked | undefined {
  const { plan } = field.key;
  const isText = plan.comparison.kind === 'text' && !plan.expand && given.value !== null;
  if (!isText || !plan.steps.every(isPlace)) return undefined;
  const [tokens = []] = textAlternatives(given.raw, plan);
  const [first] = tokens;
  const literals = tokens.filter((token) => typeof token === 'string');
  return {
    raw: given.raw,
    field,
    column,
    tokens,
    literals,
    whole: tokens.length === 1 && typeof first === 'string' ? first : undefined,
    beginning: typeof first === 'string' && !isMany(first) ? first : undefined,
  };
}

/** A column that holds a field unchanged: neither converted nor joined. */
export interface PlainColumn {
  readonly name: string;
  /** Undefined if the schema does not know the column's type. */
  readonly type: ColumnType | undefined;
  readonly table: string | undefined;
}

export function plainColumnOf({ mapping, context }: MappedField): PlainColumn | undefined {
  const [name, second] = mapping.columns;
  const isPlain = Object.keys(mapping).every((key) => key === 'columns' || key === 'approximate');
  if (!isPlain || name === undefined || second !== undefined) return undefined;
  return { name, type: context.columns?.column(name)?.type, table: context.columns?.table };
}

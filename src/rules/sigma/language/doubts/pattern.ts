/** A value as its field compares it, and the one column that it is compared with. */
import type { ColumnType } from '../../../schema/index.ts';
import type { Token } from '../expression.ts';
import type { MappedField } from '../field-scope.ts';
import type { Given } from '../given.ts';
import { isMany } from '../text.ts';
import { textAlternatives } from '../values.ts';

/** A value that is compared as text, with its wildcards and places. */
export interface Asked {
  readonly raw: string;
  readonly field: MappedField;
  /** What the whole string must be like. */
  readonly tokens: readonly Token[];
  /** Its pieces between wildcards. */
  readonly literals: readonly string[];
  /** The string itself, where nothing else matches. */
  readonly whole: string | undefined;
  /** What it begins with; undefined where it may begin with anything. */
  readonly beginning: string | undefined;
}

/** Undefined for a value that is not compared as it is written: encoded, with placeholders, a number's bound. */
export function askedOf(given: Given, field: MappedField): Asked | undefined {
  const { plan } = field.key;
  const isText = plan.comparison.kind === 'text' && !plan.expand && given.value !== null;
  if (!isText || !plan.steps.every(isPlace)) return undefined;
  const [tokens = []] = textAlternatives(given.raw, plan);
  const [first] = tokens;
  const literals = tokens.filter((token) => typeof token === 'string');
  return {
    raw: given.raw,
    field,
    tokens,
    literals,
    whole: tokens.length === 1 && typeof first === 'string' ? first : undefined,
    beginning: typeof first === 'string' && !isMany(first) ? first : undefined,
  };
}

function isPlace(step: string): boolean {
  return step === 'contains' || step === 'startswith' || step === 'endswith';
}

/** A column that holds a field as it is: nothing is converted or joined. */
export interface PlainColumn {
  readonly name: string;
  /** Undefined where the schema does not tell. */
  readonly type: ColumnType | undefined;
  readonly table: string | undefined;
}

export function plainColumnOf({ mapping, context }: MappedField): PlainColumn | undefined {
  const [name, second] = mapping.columns;
  const isPlain = Object.keys(mapping).every((key) => key === 'columns' || key === 'approximate');
  if (!isPlain || name === undefined || second !== undefined) return undefined;
  return { name, type: context.columns?.column(name)?.type, table: context.columns?.table };
}

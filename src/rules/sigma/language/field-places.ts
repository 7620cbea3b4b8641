/** With which of a field's strings each value of a rule is compared. */
import type { FieldSource, Value, ValueTest } from './expression.ts';
import { fold } from './fold.ts';

interface Place {
  readonly source: FieldSource;
  readonly value: Value;
}

/** Values of one field, by the strings that they are compared with. */
export function placed(
  values: readonly Value[],
  source: FieldSource,
): readonly { readonly source: FieldSource; readonly values: readonly Value[] }[] {
  const places = Map.groupBy(
    values.flatMap((value) => placesOf(value, source)),
    (place) => place.source,
  );
  return [...places].map(([of, found]) => ({ source: of, values: found.map(({ value }) => value) }));
}

/** A value with the strings that it is compared with. Names of values are looked for as what the column holds in their place. */
function placesOf(value: Value, source: FieldSource): readonly Place[] {
  const { test } = value;
  const column = source.kind === 'rendered' && source.inputs.length === 1 ? source.inputs[0] : undefined;
  if (source.kind === 'rendered' && column && test.kind === 'text' && test.mode === 'equals') {
    const { heldAs, all } = source.rendering;
    const held = heldAs?.(test.literal, test.cased) ?? [];
    const places = held.map((one) => {
      const literal = { kind: 'text', mode: 'equals', literal: fold(one), cased: false } as const;
      return { source: column, value: { ...value, test: literal } };
    });
    if (places.length > 0) return all ? places : [...places, { source: column, value }];
  }
  return [{ source: spellingFor(test, source), value }];
}

/** The usual spelling of a field where a test needs no other: making and looking through one string costs less. */
function spellingFor(test: ValueTest, source: FieldSource): FieldSource {
  if (source.kind !== 'rendered' || !source.usual) return source;
  const { usual } = source.rendering;
  switch (test.kind) {
    case 'null':
    case 'exists':
    case 'cidr':
      return source.usual;
    case 'text':
      return usual?.suffices({ place: test.mode, literal: test.literal }) ? source.usual : source;
    case 'wildcard': {
      const literal = test.tokens.map((token) => (typeof token === 'string' ? token : '*')).join('');
      return usual?.suffices({ place: 'wildcard', literal }) ? source.usual : source;
    }
    default:
      return source;
  }
}

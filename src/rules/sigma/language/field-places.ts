/** Decides which source each value of a field is compared with. */
import type { FieldSource, Value, ValueTest } from './expression.ts';
import { fold } from './fold.ts';

interface Place {
  readonly source: FieldSource;
  readonly value: Value;
}

/** Groups the values of one field by the sources that they are compared with. */
export function placed(
  values: readonly Value[],
  source: FieldSource,
): readonly { readonly source: FieldSource; readonly values: readonly Value[] }[] {
  if (source.kind !== 'rendered') return [{ source, values }];
  const places = Map.groupBy(
    values.flatMap((value) => placesOf(value, source)),
    (place) => place.source,
  );
  return [...places].map(([of, found]) => ({ source: of, values: found.map(({ value }) => value) }));
}

/** The comparisons of one value. A name of a value (`4624`) is replaced by what the column holds for it (`LogonSuccess`). */
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

/** The source with only the usual spelling, if the test needs no other: rendering and searching one string costs less than several. */
function spellingFor(test: ValueTest, source: FieldSource): FieldSource {
  if (source.kind !== 'rendered' || !source.usual) return source;
  const { usual } = source.rendering;
  switch (test.kind) {
    case 'null':
    case 'exists':
    case 'cidr':
      return source.usual;
    case 'list':
      return test.isAddress ? source.usual : source;
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

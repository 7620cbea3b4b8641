/** Reads values of OTLP in its JSON encoding back, without the code that writes them. */

/** An AnyValue as what it stands for; integers beyond 2^53 lose digits. */
export function plainOf(value: unknown): unknown {
  const [kind, held] = Object.entries(value as object)[0] ?? [];
  switch (kind) {
    case undefined:
      return null;
    case 'intValue':
      return Number(held);
    case 'arrayValue':
      return held.values.map(plainOf);
    case 'kvlistValue':
      return Object.fromEntries(
        held.values.map((each: { readonly key: string; readonly value: unknown }) => [
          each.key,
          plainOf(each.value),
        ]),
      );
    default:
      return held;
  }
}

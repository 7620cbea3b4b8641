import type { FieldSource } from './expression.ts';

/**
 * All sources there are, by key: equal ones are one object, and each has a number under which a row keeps its texts, so
 * that looking them up costs no hashing. As many as the rules have distinct fields.
 */
const sources = new Map<string, FieldSource>();

/** A column, or a dotted path into one. */
export function columnSource(path: string): FieldSource {
  return intern(path, (slot) => ({
    kind: 'column',
    key: path,
    slot,
    path,
    steps: path.includes('.') ? path.split('.') : undefined,
    inherited: path in Object.prototype,
  }));
}

/** Several columns as one text. */
export function joinSource(paths: readonly string[], separator: string): FieldSource {
  const key = `+${JSON.stringify([separator, ...paths])}`;
  return intern(key, (slot) => ({ kind: 'join', key, slot, paths, with: separator }));
}

/** Every text of the row. */
export const anySource: FieldSource = intern('*', (slot) => ({ kind: 'any', key: '*', slot }));

/** How many sources there are now. */
export function sourceCount(): number {
  return sources.size;
}

function intern(key: string, make: (slot: number) => FieldSource): FieldSource {
  const known = sources.get(key);
  if (known) return known;
  const source = make(sources.size);
  sources.set(key, source);
  return source;
}

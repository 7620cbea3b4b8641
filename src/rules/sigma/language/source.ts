import type { FieldSource } from './expression.ts';

/**
 * All sources there are: equal ones are one object, and each has a number under which a row keeps its texts, so that
 * looking them up costs no hashing. As many as the rules have distinct fields.
 */
const columns = new Map<string, FieldSource>();
const joins = new Map<string, FieldSource>();

/** Every text of the row. */
export const anySource: FieldSource = { kind: 'any', slot: 0 };
let slots = 1;

/** A column, or a dotted path into one, that a rule names. */
export function columnSource(path: string): FieldSource {
  const known = columns.get(path) ?? makeColumn(path, slots++);
  columns.set(path, known);
  return known;
}

/** The same for a name that may come from anywhere: nothing is kept of one that no rule knows. */
export function anyColumn(path: string): FieldSource {
  return columns.get(path) ?? makeColumn(path, -1);
}

/** Several columns as one text. */
export function joinSource(paths: readonly string[], separator: string): FieldSource {
  const key = JSON.stringify([separator, ...paths]);
  const known: FieldSource = joins.get(key) ?? { kind: 'join', slot: slots++, paths, with: separator };
  joins.set(key, known);
  return known;
}

/** How many sources there are now. */
export function sourceCount(): number {
  return slots;
}

function makeColumn(path: string, slot: number): FieldSource {
  const steps = path.includes('.') ? path.split('.') : undefined;
  return { kind: 'column', slot, path, steps, inherited: path in Object.prototype };
}

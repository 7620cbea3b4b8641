/** Joins expressions into one. */
import type { Span } from '../../../diagnostics/diagnostic.ts';
import type { Expression, FieldSource, Value } from './expression.ts';

/** Joins expressions with `and` or `or`; returns a single expression unchanged. */
export function linked(kind: 'and' | 'or', items: readonly Expression[], span: Span): Expression {
  const [first] = items;
  return items.length === 1 && first ? first : { kind, items, span };
}

/** Joins expressions with `or`, and merges fields of one source into one field with all their values, which makes long lists fast. */
export function anyOf(items: readonly Expression[], span: Span): Expression {
  const merged: Expression[] = [];
  const bySource = new Map<FieldSource, Value[]>();
  for (const item of items) {
    if (item.kind === 'or') merged.push(...item.items);
    else if (item.kind !== 'field') merged.push(item);
    else {
      const known = bySource.get(item.source);
      if (known) known.push(...item.values);
      else {
        const values = [...item.values];
        bySource.set(item.source, values);
        merged.push({ ...item, values });
      }
    }
  }
  return linked('or', merged, span);
}

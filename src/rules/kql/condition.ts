/** Conditions of KQL as a tree, which is simplified and printed with the parentheses that it needs. */

/** A condition that is true or false, never null where it stands under a `not`. */
export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** A comparison or a call, which needs no parentheses beside `and` and `or`. */
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'and' | 'or'; readonly items: readonly Condition[] }
  | { readonly kind: 'not'; readonly item: Condition };

export const TRUE: Condition = { kind: 'constant', value: true };
export const FALSE: Condition = { kind: 'constant', value: false };

export function atom(text: string): Condition {
  return { kind: 'atom', text };
}

export function allOf(items: readonly Condition[]): Condition {
  return joined('and', items);
}

export function anyOf(items: readonly Condition[]): Condition {
  return joined('or', items);
}

/** Joins conditions: nested lists of the same kind become one, constants and repetitions go. */
function joined(kind: 'and' | 'or', items: readonly Condition[]): Condition {
  const deciding = kind === 'or';
  const flat = items.flatMap((item) => (item.kind === kind ? item.items : [item]));
  if (flat.some((item) => item.kind === 'constant' && item.value === deciding)) {
    return { kind: 'constant', value: deciding };
  }
  const seen = new Set<string>();
  const rest = flat.filter((item) => {
    if (item.kind === 'constant') return false;
    const text = item.kind === 'atom' ? item.text : JSON.stringify(item);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
  const [only] = rest;
  if (!only) return { kind: 'constant', value: !deciding };
  return rest.length === 1 ? only : { kind, items: rest };
}

export function not(item: Condition): Condition {
  if (item.kind === 'constant') return { kind: 'constant', value: !item.value };
  return item.kind === 'not' ? item.item : { kind: 'not', item };
}

/** The conditions that must all hold. */
export function conjuncts(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.items : [condition];
}

/** A longer line is broken before its `and` and `or`. Characters. */
const LINE = 100;

/** Prints a condition. @param indent the spaces before lines that continue it. */
export function printCondition(condition: Condition, indent = 4): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'atom':
      return condition.text;
    case 'not':
      return `not(${printCondition(condition.item, indent + 4)})`;
    default: {
      const parts = condition.items.map((item) => {
        const isList = item.kind === 'and' || item.kind === 'or';
        const text = printCondition(item, indent + 4);
        return isList ? `(${text})` : text;
      });
      const line = parts.join(` ${condition.kind} `);
      if (line.length <= LINE && !line.includes('\n')) return line;
      return parts.join(`\n${' '.repeat(indent)}${condition.kind} `);
    }
  }
}

/** Values that rules know by other names than the columns: event ids, logon types, integrity levels. */
import type { Rendering, Texts } from './rendering.ts';

interface Names {
  /** The rules' names for what a column holds. */
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  /** The columns hold nothing but what `values` lists: nothing else is rendered. */
  readonly closed: boolean;
  /** What becomes of the columns' own value, which rules may ask for too. */
  readonly own?: Rendering | undefined;
}

/** The names that rules have for a value, and the value itself unless there is nothing but names. */
export function namedValues({ values, closed, own }: Names): Rendering {
  const names = new Map<string, string[]>();
  for (const [name, held] of Object.entries(values)) {
    for (const value of typeof held === 'string' ? [held] : held) {
      const key = value.toLowerCase();
      const known = names.get(key);
      if (known) known.push(name);
      else names.set(key, [name]);
    }
  }
  return {
    name: 'named values',
    isNumeric: true,
    render(columns): Texts {
      const found = (columns[0] ?? []).flatMap((text) => names.get(text.toLowerCase()) ?? []);
      if (closed) return found;
      const rest = own ? own.render(columns) : (columns[0] ?? []);
      return found.length === 0 ? rest : [...found, ...rest];
    },
    ...(own?.spell ? { spell: own.spell } : {}),
    ...(own?.ofNumber ? { ofNumber: own.ofNumber } : {}),
    ...(closed ? { all: Object.keys(values) } : {}),
  };
}

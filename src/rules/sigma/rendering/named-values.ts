/** Renders values that have other names in rules than in Defender's columns: event ids, logon types, integrity levels. */
import type { Rendering, Texts } from './rendering.ts';

const NONE: Texts = [];

interface Names {
  /** By the rules' name, the values that the column holds for it. */
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  /** Whether the columns hold only the values listed in `values`; other values are then not rendered. */
  readonly closed: boolean;
  /** How the column's own value is rendered; rules may ask for it too. */
  readonly own?: Rendering | undefined;
}

/** Renders the rules' names for a value and, unless `closed`, the value itself. */
export function namedValues({ values, closed, own }: Names): Rendering {
  const names = new Map<string, string[]>();
  let longest = 0;
  for (const [name, held] of Object.entries(values)) {
    for (const value of typeof held === 'string' ? [held] : held) {
      longest = Math.max(longest, value.length);
      for (const key of new Set([value, value.toLowerCase()])) {
        const known = names.get(key);
        if (known) known.push(name);
        else names.set(key, [name]);
      }
    }
  }
  const heldAs = (value: string, isCased: boolean): Texts => {
    const same = (name: string) => (isCased ? name === value : name.toLowerCase() === value.toLowerCase());
    return Object.entries(values).flatMap(([name, texts]) => (same(name) ? texts : []));
  };
  const namesOf = (text: string): Texts => {
    if (text.length > longest) return NONE;
    return names.get(text) ?? names.get(text.toLowerCase()) ?? NONE;
  };
  return {
    name: 'named values',
    form: { kind: 'names', values, closed, own },
    compares: 'numbers',
    render(columns): Texts {
      const [texts = []] = columns;
      const found = texts.length === 1 ? namesOf(texts[0] ?? '') : texts.flatMap(namesOf);
      if (closed) return found;
      const rest = own ? own.render(columns) : texts;
      return found.length === 0 ? rest : [...found, ...rest];
    },
    ...(own?.spell ? { spell: own.spell } : {}),
    ...(own?.ofNumber ? { ofNumber: own.ofNumber } : {}),
    ...(closed ? { all: Object.keys(values) } : {}),
    ...(own ? {} : { heldAs }),
  };
}

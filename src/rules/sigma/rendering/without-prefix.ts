/** Renders values without a prefix that only the columns have: `\Device\NamedPipe\name` for a rule's `\name`. */
import type { Rendering } from './rendering.ts';

/** Renders a column's value without the prefix; unchanged if it does not begin with it. */
export function withoutPrefix(prefix: string): Rendering {
  const start = prefix.toLowerCase();
  return {
    name: 'without a prefix',
    form: { kind: 'prefix', prefix },
    isTransparent: true,
    render: ([texts = []]) =>
      texts.map((text) =>
        text.slice(0, prefix.length).toLowerCase() === start ? text.slice(prefix.length) : text,
      ),
  };
}

/** Values that the columns have something in front of: `\Device\NamedPipe\name` for a rule's `\name`. */
import type { Rendering } from './rendering.ts';

/** The column's value without what it begins with; as it is where it begins otherwise. */
export function withoutPrefix(prefix: string): Rendering {
  const start = prefix.toLowerCase();
  return {
    name: 'without a prefix',
    isTransparent: true,
    render: ([texts = []]) =>
      texts.map((text) =>
        text.slice(0, prefix.length).toLowerCase() === start ? text.slice(prefix.length) : text,
      ),
  };
}

/** Renders `-` for a missing value, as Windows' security log does. */
import type { Rendering } from './rendering.ts';

const DASH = ['-'];

/** Renders an empty value as `-`, and other values unchanged or with `own`. */
export function dashForNothing(own?: Rendering): Rendering {
  return {
    name: 'field of a Windows event',
    form: { kind: 'dash', own },
    render(columns) {
      const texts = own ? own.render(columns) : (columns[0] ?? []);
      const held = texts.filter((text) => text !== '');
      return held.length === 0 ? DASH : held;
    },
    ...(own?.spell ? { spell: own.spell } : {}),
    ...(own?.compares ? { compares: own.compares } : {}),
    ...(own?.usual ? { usual: { ...own.usual, rendering: dashForNothing(own.usual.rendering) } } : {}),
    ...(own?.indexedAs ? { indexedAs: own.indexedAs } : {}),
  };
}

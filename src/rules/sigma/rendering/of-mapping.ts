/** Chooses the rendering of a mapping. */
import type { FieldMapping } from '../types.ts';
import { namedValues } from './named-values.ts';
import { hexadecimal } from './numbers.ts';
import { registryData } from './registry-data.ts';
import type { Rendering } from './rendering.ts';
import { withoutPrefix } from './without-prefix.ts';

/** One rendering object per mapping, because equal fields of a table's rules are recognized by their rendering. */
const made = new WeakMap<FieldMapping, Rendering>();

/** The rendering of a mapping's columns; undefined if they are compared unchanged. */
export function renderingOf(mapping: FieldMapping): Rendering | undefined {
  const known = made.get(mapping);
  if (known) return known;
  const rendering = make(mapping);
  if (rendering) made.set(mapping, rendering);
  return rendering;
}

function make({ render, values, closed, prefix, convert }: FieldMapping): Rendering | undefined {
  const own = render ?? converted(convert) ?? (prefix === undefined ? undefined : withoutPrefix(prefix));
  return values ? namedValues({ values, closed: closed === true, own }) : own;
}

function converted(convert: FieldMapping['convert']): Rendering | undefined {
  if (convert === 'hex') return hexadecimal;
  return convert === 'registry-data' ? registryData : undefined;
}

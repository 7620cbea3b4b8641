/** Which rendering a mapping asks for. */
import type { FieldMapping } from '../types.ts';
import { namedValues } from './named-values.ts';
import { hexadecimal } from './numbers.ts';
import { registryData } from './registry-data.ts';
import type { Rendering } from './rendering.ts';
import { withoutPrefix } from './without-prefix.ts';

/** One for each mapping: equal fields of a table's rules are known by it. */
const made = new WeakMap<FieldMapping, Rendering>();

/** The form in which a mapping's columns are compared; undefined where they are compared as they are. */
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

/** Names the renderings of a table's mapping, so that what is kept can say which one a field is read by. */
import { address } from '../rendering/address.ts';
import { renderingOf } from '../rendering/of-mapping.ts';
import type { Rendering } from '../rendering/rendering.ts';
import type { TableMapping } from '../types.ts';

export interface NamedRenderings {
  readonly byName: ReadonlyMap<string, Rendering>;
  readonly names: ReadonlyMap<Rendering, string>;
}

const named = new WeakMap<TableMapping['fields'], NamedRenderings>();

/** The renderings that fields of a mapping are read by, under names that are the same for equal mappings. */
export function namedRenderings({ fields }: TableMapping): NamedRenderings {
  const known = named.get(fields);
  if (known) return known;
  const byName = new Map<string, Rendering>();
  const names = new Map<Rendering, string>();
  const add = (name: string, rendering: Rendering | undefined) => {
    if (!rendering || names.has(rendering)) return;
    byName.set(name, rendering);
    names.set(rendering, name);
    add(`usual ${name}`, rendering.usual?.rendering);
  };
  add('address', address);
  for (const [field, mapping] of Object.entries(fields)) {
    if (typeof mapping === 'string' || !('columns' in mapping)) continue;
    add(`of ${field}`, renderingOf(mapping));
  }
  const made = { byName, names };
  named.set(fields, made);
  return made;
}

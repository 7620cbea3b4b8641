/** Numbers the fields that the rules of one table read, so that a row can cache their strings by index. */
import type { Rendering } from '../rendering/rendering.ts';
import type { FieldSource } from './expression.ts';

/** The source of all strings of a row. */
export const anySource: FieldSource = { kind: 'any', slot: 0 };

/** The fields of a table's rules, as the view of a row uses them. */
export interface KnownSources {
  /** The number of slots that a row needs; every source's `slot` is below it. */
  readonly size: number;
  /** The source of a column or dotted path. Its `slot` is -1 if no rule reads it; a row does not cache it then. */
  find(path: string): FieldSource;
}

/**
 * Numbers the fields of one table's rules while they are compiled.
 *
 * Equal fields are one object, whose number is the index at which a row caches the field's strings, so a lookup needs no hashing.
 * Each table of each program has its own numbers, so that a row has no slots for fields of other tables or of replaced programs.
 * All detections that are matched with one {@link RecordView} must therefore be compiled with the same sources.
 */
export class FieldSources implements KnownSources {
  readonly #columns = new Map<string, FieldSource>();
  readonly #joins = new Map<string, FieldSource>();
  readonly #rendered = new Map<Rendering, Map<string, FieldSource>>();
  #size = 1;

  get size(): number {
    return this.#size;
  }

  /** The source of a column, or of a dotted path into one, that a rule names. */
  column(path: string): FieldSource {
    const known = this.#columns.get(path);
    if (known) return known;
    const made = columnSource(path, this.#size++);
    this.#columns.set(path, made);
    return made;
  }

  /** The source of several columns joined into one string. */
  join(paths: readonly string[], separator: string): FieldSource {
    const key = JSON.stringify([separator, ...paths]);
    const known = this.#joins.get(key);
    if (known) return known;
    const made: FieldSource = { kind: 'join', slot: this.#size++, paths, with: separator };
    this.#joins.set(key, made);
    return made;
  }

  /** The source that renders other sources of this table. */
  rendered(inputs: readonly FieldSource[], rendering: Rendering): FieldSource {
    let byInputs = this.#rendered.get(rendering);
    if (!byInputs) {
      byInputs = new Map();
      this.#rendered.set(rendering, byInputs);
    }
    const key = inputs.map(({ slot }) => slot).join();
    const known = byInputs.get(key);
    if (known) return known;
    const usual = rendering.usual && this.rendered(inputs, rendering.usual.rendering);
    const indexed = rendering.indexedAs && this.rendered(inputs, rendering.indexedAs.rendering);
    const made: FieldSource = { kind: 'rendered', slot: this.#size++, inputs, rendering, usual, indexed };
    byInputs.set(key, made);
    return made;
  }

  find(path: string): FieldSource {
    return this.#columns.get(path) ?? columnSource(path, -1);
  }
}

/** The columns and dotted paths that a source is read from. Empty for keywords, which read the whole row. */
export function pathsRead(source: FieldSource): readonly string[] {
  switch (source.kind) {
    case 'column':
      return [source.path];
    case 'join':
      return source.paths;
    case 'rendered':
      return source.inputs.flatMap(pathsRead);
    case 'any':
      return [];
  }
}

function columnSource(path: string, slot: number): FieldSource {
  const steps = path.includes('.') ? path.split('.') : undefined;
  return { kind: 'column', slot, path, steps, inherited: path in Object.prototype };
}

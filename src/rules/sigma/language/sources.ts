/** The fields that the rules of one table read, each known by one object and one number. */
import type { Rendering } from '../rendering/rendering.ts';
import type { FieldSource } from './expression.ts';

/** Every string of the row. */
export const anySource: FieldSource = { kind: 'any', slot: 0 };

/** The fields of a table's rules, as a row needs them. */
export interface KnownSources {
  /** How many slots a row needs; a source's `slot` is less than this. */
  readonly size: number;
  /** The source of a column, or of a dotted path into one. Its `slot` is -1 where no rule reads it: a row keeps nothing of it. */
  find(path: string): FieldSource;
}

/**
 * Numbers the fields of one table's rules while they are compiled.
 *
 * Equal fields are one object, and its number is the place where a row keeps the field's strings: looking them up costs no
 * hashing. Each table of each program has numbers of its own, so that a row has no slots for the fields of other tables or of
 * programs that were replaced. Detections that one {@link RecordView} is given to must therefore have been compiled with the
 * same sources.
 */
export class FieldSources implements KnownSources {
  readonly #columns = new Map<string, FieldSource>();
  readonly #joins = new Map<string, FieldSource>();
  readonly #rendered = new Map<Rendering, Map<string, FieldSource>>();
  #size = 1;

  get size(): number {
    return this.#size;
  }

  /** A column, or a dotted path into one, that a rule names. */
  column(path: string): FieldSource {
    const known = this.#columns.get(path);
    if (known) return known;
    const made = columnSource(path, this.#size++);
    this.#columns.set(path, made);
    return made;
  }

  /** Several columns as one string. */
  join(paths: readonly string[], separator: string): FieldSource {
    const key = JSON.stringify([separator, ...paths]);
    const known = this.#joins.get(key);
    if (known) return known;
    const made: FieldSource = { kind: 'join', slot: this.#size++, paths, with: separator };
    this.#joins.set(key, made);
    return made;
  }

  /** Other sources of this table in another form. */
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

/** The columns, or dotted paths into them, that a source is read from; keywords read all of them and have none of their own. */
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

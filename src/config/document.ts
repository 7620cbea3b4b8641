/** Reads relay.yaml as data, and fills in its `${NAME}`. */
import { type Diagnostic, diagnostic, type Mistake } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/nearest.ts';
import { type Path, pointer } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import type { DataFile, DataFileKind } from '../diagnostics/yaml/file.ts';
import { spanBetween } from '../diagnostics/yaml/places.ts';
import { type Environment, fillIn, type Reference } from './fill-in.ts';

export const RELAY_YAML: DataFileKind = {
  characters: 1_000_000,
  values: 50_000,
  starter: '"xdr-relay init" writes a commented one',
};

/** Where a value came from that is filled in, at least in part, from the environment. */
export interface Origin {
  /** The value as the file has it: `https://${HOST}:8088`. */
  readonly text: string;
  /** The variables' names. */
  readonly names: readonly string[];
  /** Whether a variable is missing, so that the value is not usable. */
  readonly broken: boolean;
}

/** A relay.yaml with its variables filled in. */
export interface ConfigDocument {
  readonly file: DataFile;
  /** The data with values filled in. Mutable, because loading converts the types of filled-in values. */
  readonly data: Data;
  /** The values that came from the environment, by JSON Pointer. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The findings on references that cannot be filled in. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Fills in the `${NAME}` in every string of a file. @param text the file's text. */
export function fillInFile(file: DataFile, text: string, env: Environment): ConfigDocument {
  const filler = new Filler(file, text, env);
  const data = filler.fill(file.data, []);
  return { file, data, origins: filler.origins, diagnostics: filler.diagnostics };
}

class Filler {
  readonly origins = new Map<string, Origin>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: DataFile;
  readonly #text: string;
  readonly #env: Environment;

  constructor(file: DataFile, text: string, env: Environment) {
    this.#file = file;
    this.#text = text;
    this.#env = env;
  }

  fill(value: Data, path: Path): Data {
    if (typeof value === 'string') return this.#string(value, path);
    if (Array.isArray(value)) return value.map((item, index) => this.fill(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.fill(item, [...path, key])]),
    );
  }

  #string(written: string, path: Path): string {
    const { value, references } = fillIn(written, this.#env);
    if (references.length === 0) return value;
    const names = new Set(references.flatMap(({ name }) => name ?? []));
    const broken = references.some(({ problem }) => problem !== undefined);
    this.origins.set(pointer(path), { text: written, names: [...names], broken });
    const [start, end] = this.#file.range(path) ?? [0, 0];
    let from = start;
    for (const reference of references) {
      const { text, problem } = reference;
      const at = this.#text.slice(0, end).indexOf(text, from);
      if (at >= 0) from = at + text.length;
      if (problem === undefined) continue;
      const span = at >= 0 ? spanBetween(at, at + text.length, this.#file.lines) : this.#file.span(path);
      this.diagnostics.push(diagnostic(this.#file.path, span, this.#mistakeOf(reference)));
    }
    return value;
  }

  #mistakeOf({ name, problem }: Reference): Mistake {
    if (name === undefined) {
      return {
        code: 'bad-reference',
        // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the file's own syntax
        message: 'only the name of an environment variable can stand in ${...}',
        hint: 'letters, digits and _: "${SPLUNK_TOKEN}"; "$$" stands for one dollar sign',
        // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the file's own syntax
      };
    }
    const set = `set it in the environment, or in the file .env beside ${baseName(this.#file.path)}`;
    const near = problem === 'not-set' ? didYouMean(name, Object.keys(this.#env), 1) : undefined;
    return {
      code: 'missing-variable',
      message: `the environment variable ${name} ${problem === 'empty' ? 'is empty' : 'is not set'}`,
      hint: near === undefined ? set : `${near} Or ${set}`,
    };
  }
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

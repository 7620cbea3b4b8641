/** Reads relay.yaml as data, and fills in its references: `${NAME}`, `${file:PATH}`, `${keyvault:NAME}`. */
import { type Diagnostic, diagnostic, type Mistake } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/nearest.ts';
import { type Path, pointer } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import type { DataFile, DataFileKind } from '../diagnostics/yaml/file.ts';
import { spanBetween } from '../diagnostics/yaml/places.ts';
import { type Environment, fillIn, type Reference, type SecretValues } from './fill-in.ts';

export const RELAY_YAML: DataFileKind = {
  characters: 1_000_000,
  values: 50_000,
  starter: '"xdr-relay init" writes a commented one',
};

/** Where a value came from that is filled in, at least in part, from the environment, a file, or Key Vault. */
export interface Origin {
  readonly path: Path;
  /** The value as the file has it: `https://${HOST}:8088`. */
  readonly text: string;
  /** For people: the variables' names, the files, the secrets in Key Vault. */
  readonly names: readonly string[];
  /** Whether a part of it is missing, so that the value is not usable. */
  readonly broken: boolean;
  /** Whether a part of it comes from a file or Key Vault, which hold secrets: then it is never shown, whatever its key. */
  readonly isSecret: boolean;
}

/** A relay.yaml with its references filled in. */
export interface ConfigDocument {
  readonly file: DataFile;
  /** The data with values filled in. Mutable, because loading converts the types of filled-in values. */
  readonly data: Data;
  /** The values that came from elsewhere, by JSON Pointer. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The findings on references that cannot be filled in. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What references are filled in from. */
export interface Given {
  readonly env: Environment;
  readonly secrets: SecretValues;
}

/** Fills in the references in every string of a file. @param text the file's text. */
export function fillInFile(file: DataFile, text: string, given: Given): ConfigDocument {
  const filler = new Filler(file, text, given);
  const data = filler.fill(file.data, []);
  return { file, data, origins: filler.origins, diagnostics: filler.diagnostics };
}

class Filler {
  readonly origins = new Map<string, Origin>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: DataFile;
  readonly #text: string;
  readonly #given: Given;

  constructor(file: DataFile, text: string, given: Given) {
    this.#file = file;
    this.#text = text;
    this.#given = given;
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
    const { value, references } = fillIn(written, this.#given.env, this.#given.secrets);
    if (references.length === 0) return value;
    this.origins.set(pointer(path), {
      path,
      text: written,
      names: [...new Set(references.flatMap(sourceName))],
      broken: references.some(({ problem }) => problem !== undefined),
      isSecret: references.some(({ kind }) => kind === 'secret_file' || kind === 'key_vault'),
    });
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

  #mistakeOf(reference: Reference): Mistake {
    const { kind, name, problem } = reference;
    if (kind === undefined || name === undefined) {
      return {
        code: 'bad-reference',
        // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the file's own syntax
        message:
          'what stands in ${...} must be the name of an environment variable, file:PATH, or keyvault:NAME',
        hint: '"${SPLUNK_TOKEN}", "${file:/run/secrets/splunk-token}", "${keyvault:splunk-token}"; "$$" stands for one dollar sign',
        // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the file's own syntax
      };
    }
    if (kind !== 'variable') return secretMistake(kind, name, reference);
    const set = `set it in the environment, or in the file .env beside ${baseName(this.#file.path)}`;
    const near = problem === 'not-set' ? didYouMean(name, Object.keys(this.#given.env), 1) : undefined;
    return {
      code: 'missing-variable',
      message: `the environment variable ${name} ${problem === 'empty' ? 'is empty' : 'is not set'}`,
      hint: near === undefined ? set : `${near} Or ${set}`,
    };
  }
}

function sourceName({ kind, name }: Reference): string | readonly [] {
  if (kind === undefined || name === undefined) return [];
  if (kind === 'variable') return name;
  return kind === 'secret_file' ? `the file ${name}` : `the secret ${name} in Key Vault`;
}

function secretMistake(
  kind: 'secret_file' | 'key_vault',
  name: string,
  { problem, trouble }: Reference,
): Mistake {
  if (kind === 'secret_file') {
    const why = problem === 'empty' ? 'is empty' : `cannot be read: ${trouble}`;
    return {
      code: 'missing-secret',
      message: `the file ${name} ${why}`,
      hint: 'it must be a text file that the relay may read, with the secret alone in it',
    };
  }
  const why = problem === 'empty' ? 'is empty' : `cannot be had: ${trouble}`;
  return { code: 'missing-secret', message: `the secret ${name} in Key Vault ${why}` };
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

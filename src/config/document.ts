import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/nearest.ts';
import { pointer } from '../diagnostics/path.ts';
import { tooDeepAt } from '../diagnostics/yaml/depth.ts';
import { syntaxMessage } from '../diagnostics/yaml/syntax.ts';
import { type Environment, fillIn } from './fill-in.ts';

/** Plain data out of a file, its `${NAME}` filled in. Mutable: loading corrects the types of filled-in values. */
export type Data = string | number | boolean | null | Data[] | DataMap;
export interface DataMap {
  [key: string]: Data;
}

/** Where a value stands in the file. Offsets are in UTF-16 units. */
export interface Place {
  readonly key: Span | undefined;
  readonly value: Span;
  readonly start: number;
  readonly end: number;
}

/** A value that came from the environment, at least in part. */
export interface Origin {
  /** As the file has it: `https://${HOST}:8088`. */
  readonly text: string;
  /** The variables' names. */
  readonly names: readonly string[];
  /** Some variable is missing: the value means nothing. */
  readonly broken: boolean;
}

/** A YAML file, read. Places and origins are by JSON Pointer. */
export interface ConfigDocument {
  /** Undefined for an empty file, or one that could not be read at all. */
  readonly data: Data | undefined;
  /** The file is not YAML: only `diagnostics` is worth showing. */
  readonly unreadable: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly places: ReadonlyMap<string, Place>;
  readonly origins: ReadonlyMap<string, Origin>;
}

const MAX_CHARACTERS = 1_000_000;
const MAX_NODES = 50_000;
const MAX_DEPTH = 40;
const MAX_ALIASES = 200;

/** Reads a YAML file into plain data with places, and fills in `${NAME}` in its text values. Never throws. */
export function readDocument(text: string, file: string, env: Environment): ConfigDocument {
  if (text.length > MAX_CHARACTERS) return refused(file, 'the file is larger than 1,000,000 characters');
  if (tooDeepAt(text) !== undefined) return refused(file, 'the file is nested too deeply');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
  });
  const reader = new Reader(text, file, env, lines, document);
  const data = document.contents === null ? undefined : reader.read(document.contents, [], undefined, 0);
  const syntax = firstOfEachLine(
    [...document.errors, ...document.warnings].map(({ code, pos }) =>
      syntaxError(code, pos, text, file, reader),
    ),
  );
  const unreadable = document.errors.some(({ code }) => code !== 'DUPLICATE_KEY') || reader.overflow;
  return {
    data,
    unreadable,
    diagnostics: unreadable ? [...syntax, ...reader.limits] : [...syntax, ...reader.diagnostics],
    places: reader.places,
    origins: reader.origins,
  };
}

function syntaxError(
  code: ErrorCode,
  [from, to]: readonly [number, number],
  text: string,
  file: string,
  reader: Reader,
): Diagnostic {
  // What is missing at the end of the file is shown behind its last text.
  const start = Math.min(from, text.trimEnd().length);
  if (code !== 'DUPLICATE_KEY') {
    const span = reader.span(start, Math.max(start, to));
    return { severity: 'error', code: 'yaml-syntax', file, span, ...syntaxMessage(code) };
  }
  const key = /^[\w.-]+/.exec(text.slice(start, start + 200))?.[0] ?? '';
  const message = key === '' ? 'this key is there twice' : `the key "${key}" is there twice`;
  const span = reader.span(start, Math.max(to, start + key.length));
  return { severity: 'error', code: 'duplicate-key', file, span, message, hint: 'keep one of them' };
}

/** The parser reports one slip in several ways: the first on a line is the one to fix. */
function firstOfEachLine(list: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<number>();
  return list.filter(({ span }) => !seen.has(span.line) && seen.add(span.line));
}

function refused(file: string, message: string): ConfigDocument {
  const span = { line: 1, column: 1, length: 0 };
  const diagnostics: Diagnostic[] = [{ severity: 'error', code: 'too-large', file, span, message }];
  return { data: undefined, unreadable: true, diagnostics, places: new Map(), origins: new Map() };
}

class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly limits: Diagnostic[] = [];
  readonly places = new Map<string, Place>();
  readonly origins = new Map<string, Origin>();
  readonly #text: string;
  readonly #file: string;
  readonly #env: Environment;
  readonly #lines: LineCounter;
  readonly #document: Document.Parsed;
  #nodes = 0;
  #aliases = 0;

  constructor(text: string, file: string, env: Environment, lines: LineCounter, document: Document.Parsed) {
    this.#text = text;
    this.#file = file;
    this.#env = env;
    this.#lines = lines;
    this.#document = document;
  }

  get overflow(): boolean {
    return this.limits.length > 0;
  }

  /** The place of [start, end), at most to the end of its first line. */
  span(start: number, end: number): Span {
    const { line, col } = this.#lines.linePos(start);
    const newline = this.#text.slice(start, end).search(/[\r\n]/);
    const length = newline >= 0 ? newline : end - start;
    return { line: Math.max(line, 1), column: Math.max(col, 1), length: Math.max(length, 0) };
  }

  read(node: Node | null, path: readonly (string | number)[], key: Span | undefined, depth: number): Data {
    this.#nodes += 1;
    const [start, end] = this.#rangeOf(node);
    const value = this.span(start, end);
    this.places.set(pointer(path), { key, value: value.length === 0 && key ? key : value, start, end });
    if (this.overflow) return null;
    if (this.#nodes > MAX_NODES) return this.#overflow(value, `more than ${MAX_NODES} values`);
    if (depth > MAX_DEPTH) return this.#overflow(value, `nested more than ${MAX_DEPTH} deep`);
    if (isAlias(node)) {
      this.#aliases += 1;
      if (this.#aliases > MAX_ALIASES)
        return this.#overflow(value, `more than ${MAX_ALIASES} aliases (*name)`);
      const target = node.resolve(this.#document);
      if (target) return this.read(target, path, key, depth + 1);
      const { message, hint } = syntaxMessage('BAD_ALIAS');
      this.#error('yaml-syntax', value, message, hint);
      this.origins.set(pointer(path), { text: '', names: [], broken: true });
      return null;
    }
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        this.read(item as Node | null, [...path, index], undefined, depth + 1),
      );
    }
    if (isMap(node)) return this.#map(node.items, path, depth);
    if (!isScalar(node)) return null;
    const scalar: unknown = node.value;
    if (typeof scalar === 'string') return this.#string(scalar, path, start, end);
    if (typeof scalar === 'number' || typeof scalar === 'boolean') return scalar;
    return null;
  }

  #map(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    path: readonly (string | number)[],
    depth: number,
  ): DataMap {
    const map: DataMap = {};
    for (const item of items) {
      const key = item.key as Node | null;
      const span = this.span(...this.#rangeOf(key));
      if (!isScalar(key)) {
        this.#error('bad-key', span, 'a key must be plain text');
        continue;
      }
      const name = String(key.value);
      if (name === '__proto__') {
        this.#error('bad-key', span, 'a key cannot be named "__proto__"');
        continue;
      }
      map[name] = this.read(item.value as Node | null, [...path, name], span, depth + 1);
    }
    return map;
  }

  #string(text: string, path: readonly (string | number)[], start: number, end: number): string {
    const { value, references } = fillIn(text, this.#env);
    if (references.length === 0) return value;
    const names = new Set(references.flatMap(({ name }) => name ?? []));
    const broken = references.some(({ problem }) => problem !== undefined);
    this.origins.set(pointer(path), { text, names: [...names], broken });
    let from = start;
    for (const { text: written, name, problem } of references) {
      const at = this.#text.slice(0, end).indexOf(written, from);
      const span = at >= 0 ? this.span(at, at + written.length) : this.span(start, end);
      if (at >= 0) from = at + written.length;
      if (problem === 'not-a-name' || name === undefined) {
        this.#error(
          'bad-reference',
          span,
          // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the file's own syntax
          'only the name of an environment variable can stand in ${...}',
          'letters, digits and _: "${SPLUNK_TOKEN}"; "$$" stands for one dollar sign',
          // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the file's own syntax
        );
      } else if (problem !== undefined) {
        const state = problem === 'empty' ? 'is empty' : 'is not set';
        const near = didYouMean(name, Object.keys(this.#env), 1);
        const set = `set it in the environment, or in the file .env beside ${baseName(this.#file)}`;
        const hint = problem === 'not-set' && near ? `${near} Or ${set}` : set;
        this.#error('missing-variable', span, `the environment variable ${name} ${state}`, hint);
      }
    }
    return value;
  }

  #rangeOf(node: Node | null): [start: number, end: number] {
    const [start = 0, end = start] = node?.range ?? [];
    return [start, end];
  }

  #error(code: string, span: Span, message: string, hint?: string): void {
    const found: Diagnostic = { severity: 'error', code, file: this.#file, span, message };
    this.diagnostics.push(hint === undefined ? found : { ...found, hint });
  }

  #overflow(span: Span, message: string): null {
    this.limits.push({ severity: 'error', code: 'too-large', file: this.#file, span, message });
    return null;
  }
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

/** A YAML file of one document: its data, the places of its values, and what is wrong with it. */
import type { LineCounter, Node } from 'yaml';
import { type Diagnostic, diagnostic, type Finding, type Span } from '../diagnostic.ts';
import { type Path, pointer } from '../path.ts';
import { type Data, plainData } from './data.ts';
import { Places } from './places.ts';
import { readYaml, type YamlKind, type YamlSource } from './read.ts';

/** What one kind of file that holds plain data may be. */
export interface DataFileKind extends Omit<YamlKind, 'documents'> {
  /** The most values it may hold. */
  readonly values: number;
}

/** A file that was read. */
export interface DataFile {
  readonly path: string;
  readonly data: Data;
  readonly lines: LineCounter;
  /** It is not YAML, or holds too much: of what is wrong only `diagnostics` is worth showing. */
  readonly unreadable: boolean;
  /** What reading it found. */
  readonly diagnostics: readonly Diagnostic[];
  /** JSON Pointers of values that mean nothing, as was said. */
  readonly broken: ReadonlySet<string>;
  /** Where a value or its key is written; the nearest key around it where the file does not have it. */
  span(path: Path, part?: 'key' | 'value'): Span;
  /** The offsets of a value's text, aliases followed; undefined where the file does not have it. */
  range(path: Path): readonly [start: number, end: number] | undefined;
  /** The node at a path, aliases followed. */
  node(path: Path): Node | undefined;
}

/** Without a file where there is no document to look at: the diagnostics say why. */
export interface DataFileRead {
  readonly file: DataFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a file of one document. Never throws. */
export function readDataFile(source: YamlSource, kind: DataFileKind): DataFileRead {
  const read = readYaml(source, { ...kind, documents: 1 });
  const [document] = read.documents;
  if (!document) return { file: undefined, diagnostics: read.diagnostics };
  const { data, broken, overflow, ...found } = plainData(document, kind.values);
  const diagnostics =
    document.unreadable && !overflow ? document.diagnostics : [...document.diagnostics, ...found.diagnostics];
  const places = new Places(document.parsed, document.lines);
  const file: DataFile = {
    path: source.path,
    data,
    lines: document.lines,
    unreadable: document.unreadable || overflow,
    diagnostics,
    broken,
    span: (path, part) => places.span(path, part),
    range: (path) => places.range(path),
    node: (path) => places.node(path),
  };
  return { file, diagnostics };
}

/** Gives each finding its place. One for each value: the first says what is wrong, what follows from it is noise. */
export function inPlace(findings: readonly Finding[], file: DataFile): Diagnostic[] {
  const seen = new Set<string>();
  return findings.flatMap(({ severity, path, atKey = false, ...mistake }): Diagnostic[] => {
    const where = pointer(path);
    const once = atKey ? `${where} ${mistake.message}` : where;
    if (seen.has(once) || file.broken.has(where)) return [];
    seen.add(once);
    return [diagnostic(file.path, file.span(path, atKey ? 'key' : 'value'), mistake, severity)];
  });
}

/** The one reader of YAML files: limits, syntax and equal keys, said in the same words for every kind of file. */
import {
  type Document,
  isScalar,
  type LineCounter,
  parseAllDocuments,
  type Tags,
  type YAMLError,
} from 'yaml';
import { type Diagnostic, diagnostic, type Mistake, type Span, START } from '../diagnostic.ts';
import { duplicateKey, emptyFile, tooDeep, tooLong, tooManyDocuments } from '../sentences.ts';
import { LEAST_REFUSED_DEPTH, tooDeepAt } from './depth.ts';
import { equalKeys } from './equal-keys.ts';
import { keyText, spanBetween, spanOf, TextLines } from './places.ts';
import { readPlainYaml } from './plain.ts';
import { syntaxMessage } from './syntax.ts';

/** A file's text under the name that diagnostics carry. */
export interface YamlSource {
  readonly path: string;
  readonly text: string;
}

/** What one kind of file may be. */
export interface YamlKind {
  /** The longest text, in UTF-16 units. */
  readonly characters: number;
  readonly documents: number;
  /** Where a first file comes from: the hint on an empty one. */
  readonly starter: string;
}

export interface YamlDocument {
  readonly file: string;
  readonly lines: LineCounter;
  readonly parsed: Document.Parsed;
  /** Mistakes of its syntax and equal keys. */
  readonly diagnostics: readonly Diagnostic[];
  /** It is not YAML: what it says means nothing. Equal keys alone do not make it so. */
  readonly unreadable: boolean;
  /** It was read by {@link readPlainYaml}: it has no anchors, aliases, tags or directives. */
  readonly isPlain: boolean;
}

/** A file that was read. It has no documents if the file as a whole cannot be used. */
export interface YamlText {
  readonly documents: readonly YamlDocument[];
  /** On the file as a whole. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a file's text. Never throws; documents with nothing in them are left out. */
export function readYaml(source: YamlSource, kind: YamlKind): YamlText {
  const { path, text } = source;
  const refuse = (mistake: Mistake, span: Span = START): YamlText => ({
    documents: [],
    diagnostics: [diagnostic(path, span, mistake)],
  });
  if (text.length > kind.characters) return refuse(tooLong(kind.characters));
  const lines = new TextLines(text);
  const plain = readPlainYaml(text);
  // It nests at most 24 deep, and no mapping of it has equal keys.
  if (plain) {
    const document = { file: path, lines, parsed: plain, diagnostics: [], unreadable: false, isPlain: true };
    return { documents: [document], diagnostics: [] };
  }
  const deep = tooDeepAt(text);
  if (deep !== undefined) return refuse(tooDeep(LEAST_REFUSED_DEPTH - 1), spanBetween(deep, deep + 1, lines));

  const all = documentsOf(text);
  const beyond = all[kind.documents];
  if (beyond) return refuse(tooManyDocuments(kind.documents), startOf(beyond, lines));
  if (all.length === 0) return refuse(emptyFile(kind.starter));
  return { documents: all.map((document) => checked(document, source, lines)), diagnostics: [] };
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const parsed = parseAllDocuments(text, {
    prettyErrors: false,
    logLevel: 'silent',
    // Both checks compare each key with all before it. `equalKeys` does so in linear time.
    uniqueKeys: false,
    resolveKnownTags: false,
    customTags: withoutOrderedMaps,
  });
  return Array.isArray(parsed) ? parsed.filter((document) => !isEmpty(document)) : [];
}

/** `%YAML 1.1` brings `!!omap`, which looks for equal keys on its own. */
function withoutOrderedMaps(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:omap');
}

/** Nothing between two `---`. */
function isEmpty({ contents, errors, warnings }: Document.Parsed): boolean {
  const blank = contents === null || (isScalar(contents) && contents.value === null);
  return blank && errors.length + warnings.length === 0;
}

function checked(parsed: Document.Parsed, source: YamlSource, lines: TextLines): YamlDocument {
  const problems = [...parsed.errors, ...parsed.warnings];
  const last = source.text.trimEnd().length;
  const equal = equalKeys(parsed).map((key) =>
    diagnostic(source.path, spanOf(key, lines), duplicateKey(keyText(key))),
  );
  return {
    file: source.path,
    lines,
    parsed,
    diagnostics: firstOfEachLine([
      ...problems.map((one) => described(one, { path: source.path, last, lines })),
      ...equal,
    ]),
    unreadable: problems.length > 0,
    isPlain: false,
  };
}

function described(
  { code, pos: [from, to] }: YAMLError,
  { path, last, lines }: { readonly path: string; readonly last: number; readonly lines: TextLines },
): Diagnostic {
  // What is missing at the end of the file is shown behind its last text, at the offset `last`.
  const start = Math.min(from, last);
  return diagnostic(path, spanBetween(start, Math.max(start, to), lines), syntaxMessage(code));
}

/** The parser reports one slip in several ways: the first on a line is the one to fix. */
function firstOfEachLine(list: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<number>();
  return list.filter(({ span }) => !seen.has(span.line) && seen.add(span.line));
}

function startOf({ range: [start] }: Document.Parsed, lines: LineCounter): Span {
  return spanBetween(start, start + '---'.length, lines);
}

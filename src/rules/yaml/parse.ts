import { type Document, isMap, isScalar, LineCounter, parseAllDocuments, visit, type YAMLMap } from 'yaml';
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import { tooDeepAt } from '../../diagnostics/yaml/depth.ts';
import { syntaxMessage } from '../../diagnostics/yaml/syntax.ts';
import { messageOf } from '../../shared/errors.ts';
import type { RuleFile } from '../rule-file.ts';
import { type Path, spanAt, spanBetween } from './locate.ts';

/** Longest rule file, in UTF-16 units: far more than any rule needs, little enough to parse in a blink. */
export const MAX_FILE_LENGTH = 1_048_576;
/** How often one alias may be expanded: `*a` of `&a` is fine, a "billion laughs" is not. */
const MAX_ALIASES = 1_000;

/** A YAML file with one mapping, and the way back from its values to their places. */
export interface YamlFile {
  readonly path: string;
  readonly document: Document;
  readonly root: YAMLMap;
  readonly lines: LineCounter;
  /** The mapping as plain data. */
  readonly value: unknown;
  /** Where a value or, with `'key'`, its key is written; the nearest place around it when it is missing. */
  span(path: Path, part?: 'key' | 'value'): Span;
  report(diagnostic: Omit<Diagnostic, 'file' | 'span'>, path: Path, part?: 'key' | 'value'): void;
}

/** Parses a file that holds one mapping. Never throws: what is wrong is reported, and then there is no result. */
export function parseYamlFile(
  file: RuleFile,
  report: (diagnostic: Diagnostic) => void,
): YamlFile | undefined {
  const lines = new LineCounter();
  const fail = (code: string, message: string, span: Span, hint?: string): undefined => {
    report({
      severity: 'error',
      code,
      file: file.path,
      span,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const start = { line: 1, column: 1, length: 0 };
  if (file.text.length > MAX_FILE_LENGTH) {
    return fail('file-too-large', `longer than ${MAX_FILE_LENGTH} characters`, start, 'split it');
  }
  const deep = tooDeepAt(file.text);
  if (deep !== undefined) {
    const before = file.text.slice(0, deep).split('\n');
    const span = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: 1 };
    return fail('too-deep', 'too many lists and mappings in one another', span);
  }

  const documents = parseAllDocuments(file.text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document === undefined) return fail('empty-file', 'the file is empty', start);
  if (second) {
    const [from = 0] = second.range ?? [];
    return fail('many-documents', 'one file holds one document', spanBetween(lines, from, from + 1));
  }
  for (const problem of [...document.errors, ...document.warnings]) {
    const [from, to] = problem.pos;
    if (problem.code === 'DUPLICATE_KEY') {
      const key = /^[^\s:]*/.exec(file.text.slice(from))?.[0] ?? '';
      fail(
        'duplicate-key',
        `the key "${key}" is there twice`,
        spanBetween(lines, from, from + key.length),
        'keep one of them',
      );
      continue;
    }
    const { message, hint } = syntaxMessage(problem.code);
    fail('yaml-syntax', message, spanBetween(lines, from, to), hint);
  }
  if (document.errors.length + document.warnings.length > 0) return undefined;
  if (!isMap(document.contents)) {
    const where = document.contents?.range ?? [0, 0];
    return fail('wrong-type', 'expected a mapping (key: value)', spanBetween(lines, where[0], where[1]));
  }
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      const [from, to] = key.range ?? [0, 0];
      fail('bad-key', 'a key cannot be named "__proto__"', spanBetween(lines, from, to));
    },
  });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return fail('yaml-aliases', messageOf(error), start, 'write the value out instead of using an alias');
  }
  const span: YamlFile['span'] = (path, part = 'value') => spanAt(document, lines, path, part);
  return {
    path: file.path,
    document,
    root: document.contents,
    lines,
    value,
    span,
    report: (diagnostic, path, part) => report({ ...diagnostic, file: file.path, span: span(path, part) }),
  };
}

/** A hint that offers the near names, or lists all where they are few. */
export function suggest(name: string, allowed: Iterable<string>): string | undefined {
  const all = [...allowed];
  const near = didYouMean(name, all);
  if (near !== undefined) return near;
  return all.length > 0 && all.length <= 16 ? `one of: ${all.join(', ')}` : undefined;
}

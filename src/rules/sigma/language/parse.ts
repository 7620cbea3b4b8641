import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Diagnostic, Span } from '../../../diagnostics/diagnostic.ts';
import { tooDeepAt } from '../../../diagnostics/yaml/depth.ts';
import { syntaxMessage } from '../../../diagnostics/yaml/syntax.ts';
import { LEVELS, type Level } from '../../../shared/event.ts';
import type { RuleFile } from '../../rule-file.ts';
import type { Logsource, SigmaDocument, SigmaFilter, SigmaHeader, SigmaRule } from '../types.ts';
import { readCorrelation } from './parse-correlation.ts';
import { Reader } from './reader.ts';
import { spanAt, spanOf } from './spans.ts';

/** Longest file of rules, UTF-16 units. SigmaHQ's largest rule has 70,000. */
const LENGTH_LIMIT = 4_194_304;
const DOCUMENTS_LIMIT = 10_000;
const TITLE_LIMIT = 256;
const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;

export interface ParsedSigmaFile {
  readonly documents: readonly SigmaDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads one file of Sigma rules, correlations and filters, one or many documents.
 *
 * Never throws: what is wrong is in `diagnostics`, and a document with an error is left out of `documents`. Detections are
 * checked when they are compiled. Source: Sigma rules, correlation rules and filters specifications 2.1.
 */
export function parseSigmaFile(file: RuleFile): ParsedSigmaFile {
  const diagnostics: Diagnostic[] = [];
  const lines = new LineCounter();
  const fail = (code: string, span: Span, message: string, hint?: string): ParsedSigmaFile => {
    diagnostics.push({ severity: 'error', code, file: file.path, span, message, ...(hint ? { hint } : {}) });
    return { documents: [], diagnostics };
  };
  const start: Span = { line: 1, column: 1, length: 0 };
  if (file.text.length > LENGTH_LIMIT) {
    return fail('file-too-large', start, `The file is longer than ${LENGTH_LIMIT} characters.`, 'split it');
  }
  const deep = tooDeepAt(file.text);
  if (deep !== undefined) {
    const before = file.text.slice(0, deep).split('\n');
    const span = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: 1 };
    return fail('too-deep', span, `Too many lists and mappings in one another.`);
  }
  const parsed = parseAllDocuments(file.text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const yaml = Array.isArray(parsed) ? parsed : [];
  if (yaml.length > DOCUMENTS_LIMIT) {
    return fail(
      'too-many-documents',
      start,
      `The file has more than ${DOCUMENTS_LIMIT} documents.`,
      'split it',
    );
  }
  const documents: SigmaDocument[] = [];
  const aliases = file.text.includes('&');
  for (const document of yaml) {
    const read = readDocument(document, { ...file, aliases }, lines, diagnostics);
    if (read) documents.push(read);
  }
  if (yaml.every(isEmpty)) return fail('empty-file', start, 'The file is empty.');
  return { documents, diagnostics };
}

/** Nothing between two `---`. */
function isEmpty({ contents, errors }: Document.Parsed): boolean {
  return errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));
}

function readDocument(
  document: Document.Parsed,
  file: RuleFile & { readonly aliases: boolean },
  lines: LineCounter,
  diagnostics: Diagnostic[],
): SigmaDocument | undefined {
  for (const { code, pos } of document.errors) {
    const { message, hint } = syntaxMessage(code);
    const twice = code === 'DUPLICATE_KEY';
    // The parser marks a key's first character only.
    const word = twice ? /^[^\s:]+/.exec(file.text.slice(pos[0], pos[0] + 256))?.[0].length : undefined;
    diagnostics.push({
      severity: 'error',
      code: twice ? 'duplicate-key' : 'yaml-syntax',
      file: file.path,
      span: spanAt(pos[0], word ?? Math.max(1, pos[1] - pos[0]), lines),
      message: twice ? 'this key is given twice' : message,
      ...(hint ? { hint } : {}),
    });
  }
  if (document.errors.length > 0 || isEmpty(document)) return undefined;
  const reader = new Reader(file.path, lines, diagnostics);
  const root: Node | null = document.contents;
  if (!isMap(root)) {
    reader.error('bad-document', root, 'A Sigma rule is a mapping that begins with "title:".');
    return undefined;
  }
  if (file.aliases) {
    visit(document, {
      Alias: (_, alias) => {
        reader.error(
          'unsupported-alias',
          alias,
          'YAML aliases are not supported in rules.',
          'write the value out',
        );
      },
    });
  }
  const read = readRoot(root, reader);
  return reader.failed ? undefined : read;
}

function readRoot(root: YAMLMap, reader: Reader): SigmaDocument | undefined {
  const action = reader.key(root, 'action');
  if (action) {
    const message = '"action" (rule collections) was removed from Sigma.';
    reader.error(
      'unsupported-action',
      action,
      message,
      'write each rule out in a document of its own, between "---" lines',
    );
    return undefined;
  }
  const taxonomy = reader.text(root, 'taxonomy');
  if (taxonomy !== undefined && taxonomy !== 'sigma') {
    const message = `The taxonomy "${taxonomy}" is not known.`;
    reader.error(
      'unsupported-taxonomy',
      reader.value(root, 'taxonomy'),
      message,
      'leave "taxonomy" out, or add a mapping file and use "sigma"',
    );
  }
  const header = readHeader(root, reader);
  if (reader.key(root, 'correlation')) return readCorrelation(root, header, reader);
  if (reader.key(root, 'filter')) return readFilter(root, header, reader);
  return readRule(root, header, reader);
}

function readHeader(root: YAMLMap, reader: Reader): SigmaHeader {
  const title = reader.text(root, 'title');
  if (title === undefined || title === '') {
    if (!reader.failed)
      reader.error('missing-title', reader.value(root, 'title') ?? root, 'The rule has no title.');
  } else if (title.length > TITLE_LIMIT) {
    reader.warn('long-title', reader.value(root, 'title'), `A title has up to ${TITLE_LIMIT} characters.`);
  }
  const status = reader.text(root, 'status');
  if (status !== undefined && !(STATUSES as readonly string[]).includes(status)) {
    reader.warn(
      'bad-status',
      reader.value(root, 'status'),
      `"${status}" is not a status.`,
      `one of: ${STATUSES.join(', ')}`,
    );
  }
  const optional = <K extends string>(name: K): { readonly [P in K]?: string } => {
    const value = reader.text(root, name);
    return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: string });
  };
  return {
    file: reader.file,
    lines: reader.lines,
    span: spanOf(reader.value(root, 'title') ?? root, reader.lines),
    title: title ?? '',
    ...optional('id'),
    ...optional('name'),
    ...optional('status'),
    ...optional('description'),
    ...optional('author'),
    ...optional('date'),
    ...optional('modified'),
    tags: reader.texts(root, 'tags'),
    references: reader.texts(root, 'references'),
    falsepositives: reader.texts(root, 'falsepositives'),
    level: readLevel(root, reader),
  };
}

function readLevel(root: YAMLMap, reader: Reader): Level {
  const text = reader.text(root, 'level');
  if (text === undefined) return 'medium';
  const level = LEVELS.find((known) => known === text);
  if (level) return level;
  reader.error(
    'bad-level',
    reader.value(root, 'level'),
    `"${text}" is not a level.`,
    `one of: ${LEVELS.join(', ')}`,
  );
  return 'medium';
}

function readRule(root: YAMLMap, header: SigmaHeader, reader: Reader): SigmaRule | undefined {
  const source = readLogsource(root, reader);
  const detection = reader.map(root, 'detection');
  if (!detection && !reader.failed) {
    const hint = 'a document has "detection", "correlation" or "filter"';
    reader.error(
      'missing-detection',
      reader.value(root, 'title') ?? root,
      'The rule has no detection.',
      hint,
    );
  }
  return detection && source && { kind: 'rule', ...header, ...source, detection };
}

function readFilter(root: YAMLMap, header: SigmaHeader, reader: Reader): SigmaFilter | undefined {
  const source = readLogsource(root, reader);
  const filter = reader.map(root, 'filter');
  if (!source || !filter) return undefined;
  const rules = reader.value(filter, 'rules');
  if (!rules) {
    const message = 'The filter does not say which rules it belongs to.';
    reader.error(
      'missing-rules',
      reader.key(root, 'filter'),
      message,
      '"rules: any", or a list of ids or names',
    );
    return undefined;
  }
  const listed = reader.texts(filter, 'rules');
  const [first] = listed;
  const any = listed.length === 0 || (listed.length === 1 && (first === 'any' || first === 'all'));
  filter.delete('rules');
  return { kind: 'filter', ...header, ...source, rules: any ? 'any' : listed, detection: filter };
}

function readLogsource(
  root: YAMLMap,
  reader: Reader,
): { readonly logsource: Logsource; readonly logsourceSpan: Span } | undefined {
  const map = reader.map(root, 'logsource');
  if (!map) {
    if (!reader.failed) {
      const hint = 'such as "logsource: { category: process_creation, product: windows }"';
      reader.error(
        'missing-logsource',
        reader.value(root, 'title') ?? root,
        'The rule has no logsource.',
        hint,
      );
    }
    return undefined;
  }
  const category = reader.text(map, 'category');
  const product = reader.text(map, 'product');
  const service = reader.text(map, 'service');
  if (category === undefined && product === undefined && service === undefined) {
    reader.error('missing-logsource', map, 'The logsource names no category, product or service.');
  }
  return {
    logsource: {
      ...(category === undefined ? {} : { category }),
      ...(product === undefined ? {} : { product }),
      ...(service === undefined ? {} : { service }),
    },
    logsourceSpan: spanOf(map, reader.lines),
  };
}

/** Parses files of Sigma rules, correlations and filters. */
import { isMap, visit } from 'yaml';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { mustBe, notAllowed, wrongType } from '../../../diagnostics/sentences.ts';
import { Findings, MappingReader, plain } from '../../../diagnostics/yaml/mapping.ts';
import { spanOf } from '../../../diagnostics/yaml/places.ts';
import { readYaml, type YamlDocument, type YamlKind } from '../../../diagnostics/yaml/read.ts';
import { LEVELS, type Level } from '../../../shared/event.ts';
import type { RuleFile } from '../../rule-file.ts';
import type { SigmaDocument, SigmaFilter, SigmaHeader, SigmaRule } from '../types.ts';
import { readExpiry } from './expiry.ts';
import { UNSUPPORTED_ALIAS } from './given.ts';
import { readCorrelation } from './parse-correlation.ts';
import { OWN_KEY, readOwn } from './parse-own.ts';

/** The limits of a Sigma file. SigmaHQ's largest rule has 70,000 characters. */
export const SIGMA_FILE: YamlKind = {
  characters: 4_194_304,
  documents: 10_000,
  starter: 'a Sigma rule begins with "title:"',
};
const TITLE_LIMIT = 256;
/** The major version of the supported specification. */
const SIGMA_MAJOR = 2;
const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;

/** The root keys that Sigma defines, and our own; authors may add others (Sigma rules, correlations and filters 2.1). */
const ROOT_KEYS = [
  'title',
  'id',
  'related',
  'name',
  'taxonomy',
  'sigma-version',
  'status',
  'description',
  'license',
  'author',
  'references',
  'date',
  'modified',
  'logsource',
  'detection',
  'correlation',
  'filter',
  'fields',
  'falsepositives',
  'level',
  'tags',
  'generate',
  OWN_KEY,
] as const;
/** Root keys that are defined too, but not suggested for similar unknown keys: `score` is not a misspelt `scope`. */
const OTHER_ROOT_KEYS = ['scope', 'expires', 'owner', 'ticket'] as const;
const FILTER_KEYS = ['expires', 'owner', 'ticket'] as const;
const LOGSOURCE_KEYS = ['category', 'product', 'service', 'definition'] as const;

export interface ParsedSigmaFile {
  readonly documents: readonly SigmaDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads one file of Sigma rules, correlations and filters, one or many documents.
 *
 * Never throws: mistakes are in `diagnostics`, and a document with an error is left out of `documents`. Detections are checked
 * when they are compiled. Source: Sigma rules, correlation rules and filters specifications 2.1.
 */
export function parseSigmaFile(file: RuleFile): ParsedSigmaFile {
  const read = readYaml(file, SIGMA_FILE);
  const diagnostics = [...read.diagnostics];
  const documents = read.documents.flatMap((document) => {
    diagnostics.push(...document.diagnostics);
    return document.unreadable ? [] : (readDocument(document, diagnostics) ?? []);
  });
  return { documents, diagnostics };
}

function readDocument(document: YamlDocument, diagnostics: Diagnostic[]): SigmaDocument | undefined {
  const findings = new Findings(document.file, document.lines, diagnostics);
  const root = document.parsed.contents;
  if (!isMap(root)) {
    findings.report(root, wrongType([], plain(root), 'a mapping (key: value)'));
    return undefined;
  }
  if (!document.isPlain)
    visit(document.parsed, { Alias: (_, alias) => findings.report(alias, UNSUPPORTED_ALIAS) });
  const read = readRoot(new MappingReader(root, findings, undefined));
  return findings.failed || document.diagnostics.length > 0 ? undefined : read;
}

function readRoot(root: MappingReader): SigmaDocument | undefined {
  const { findings } = root;
  const action = root.key('action');
  if (action) {
    findings.report(action, {
      code: 'unsupported-action',
      message: '"action" (rule collections) was removed from Sigma',
      hint: 'write each rule out in a document of its own, between "---" lines',
    });
    return undefined;
  }
  if (root.has('table') && !root.has('logsource') && !root.has('correlation')) {
    findings.report(root.key('table'), {
      code: 'misplaced-file',
      message: 'this is a table file, and Sigma rules stand here',
      hint: 'put it at the top of the folder, beside detections/',
    });
    return undefined;
  }
  root.warnOfNearMisses(ROOT_KEYS, OTHER_ROOT_KEYS);
  const taxonomy = root.string('taxonomy');
  if (taxonomy !== undefined && taxonomy !== 'sigma') {
    root.report('taxonomy', {
      code: 'unsupported-taxonomy',
      message: `the taxonomy "${taxonomy}" is not ours: fields are known by the names of "sigma"`,
      hint: 'leave "taxonomy" out, or add a mapping file and use "sigma"',
    });
  }
  checkVersion(root);
  const header = readHeader(root);
  if (root.has('correlation')) return readCorrelation(root, header);
  if (root.has('filter')) return readFilter(root, header);
  return readRule(root, header);
}

/** Reports a document that is written for another major version of the specification. */
function checkVersion(root: MappingReader): void {
  const version = root.string('sigma-version');
  if (version === undefined) return;
  const major = /^v?(\d+)(?:\.\d+){0,2}$/.exec(version.trim())?.[1];
  if (major === undefined) {
    root.report('sigma-version', mustBe('bad-format', ['sigma-version'], 'a version such as 2 or "2.1.0"'));
  } else if (Number(major) !== SIGMA_MAJOR) {
    root.report('sigma-version', {
      code: 'unsupported-version',
      message: `the document is written for Sigma ${version}: its parts may mean something else in Sigma ${SIGMA_MAJOR}, which is read here`,
      hint: `write it for Sigma ${SIGMA_MAJOR}, and leave "sigma-version" out`,
    });
  }
}

function readHeader(root: MappingReader): SigmaHeader {
  const { file, lines } = root.findings;
  const status = root.string('status');
  if (status !== undefined && !(STATUSES as readonly string[]).includes(status)) {
    root.report('status', notAllowed(['status'], status, STATUSES), 'warning');
  }
  const optional = <K extends string>(name: K): { readonly [P in K]?: string } => {
    const value = root.string(name);
    return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: string });
  };
  return {
    file,
    span: spanOf(root.value('title') ?? root.node, lines),
    title: readTitle(root),
    ...(status === undefined ? {} : { status }),
    ...optional('id'),
    ...optional('name'),
    ...optional('description'),
    ...optional('author'),
    ...optional('date'),
    ...optional('modified'),
    tags: root.strings('tags'),
    references: root.strings('references'),
    falsepositives: root.strings('falsepositives'),
    level: readLevel(root),
    hasLevel: plain(root.value('level')) !== null,
    ...readOwn(root),
  };
}

function readTitle(root: MappingReader): string {
  const title = root.string('title');
  if (title === undefined) {
    root.require('title', 'a string');
  } else if (title === '') {
    root.report('title', mustBe('out-of-range', ['title'], 'a string that is not empty'));
  } else if (title.length > TITLE_LIMIT) {
    const mistake = mustBe('out-of-range', ['title'], `a string of at most ${TITLE_LIMIT} characters`);
    root.report('title', mistake, 'warning');
  }
  return title ?? '';
}

function readLevel(root: MappingReader): Level {
  const text = root.string('level');
  if (text === undefined) return 'medium';
  const level = LEVELS.find((known) => known === text);
  if (level) return level;
  root.report('level', notAllowed(['level'], text, LEVELS));
  return 'medium';
}

function readRule(root: MappingReader, header: SigmaHeader): SigmaRule | undefined {
  const source = readLogsource(root);
  const detection = root.mapping('detection');
  root.require('detection', 'a mapping of parts and a condition, unless there is "correlation" or "filter"');
  if (!detection || !source) return undefined;
  const written = { node: detection.node, lines: root.findings.lines };
  return { kind: 'rule', ...header, ...source, written: () => written };
}

function readFilter(root: MappingReader, header: SigmaHeader): SigmaFilter | undefined {
  const source = readLogsource(root);
  const filter = root.mapping('filter');
  root.require('filter', 'a mapping of parts, a condition and "rules"');
  if (!source || !filter) return undefined;
  filter.require('rules', '"any", or a list of ids, names or titles');
  const rulesSpan = spanOf(filter.value('rules') ?? filter.node, root.findings.lines);
  const listed = filter.strings('rules');
  const [first] = listed;
  const any = listed.length === 0 || (listed.length === 1 && (first === 'any' || first === 'all'));
  filter.node.delete('rules');
  return {
    kind: 'filter',
    ...header,
    ...source,
    rules: any ? 'any' : listed,
    rulesSpan,
    detection: filter.node,
    lines: root.findings.lines,
    at: ['filter'],
    ...readFilterEnd(root),
  };
}

/** What a filter may say of its end, as exceptions do. Sigma lets authors add keys. */
function readFilterEnd(root: MappingReader): Pick<SigmaFilter, 'expires' | 'owner' | 'ticket'> {
  root.warnOfNearMisses(FILTER_KEYS, [...ROOT_KEYS, ...OTHER_ROOT_KEYS]);
  const expires = readExpiry(root);
  const [owner, ticket] = [root.string('owner'), root.string('ticket')];
  return {
    ...(expires && { expires }),
    ...(owner !== undefined && { owner }),
    ...(ticket !== undefined && { ticket }),
  };
}

function readLogsource(
  root: MappingReader,
): Pick<SigmaRule, 'logsource' | 'logsourceSpan' | 'logsourceSpans'> | undefined {
  const map = root.mapping('logsource');
  root.require('logsource', 'a mapping such as "{ category: process_creation, product: windows }"');
  if (!map) return undefined;
  map.warnOfNearMisses(LOGSOURCE_KEYS);
  const { lines } = root.findings;
  const given = (['category', 'product', 'service'] as const).flatMap((key) => {
    const name = map.string(key);
    return name === undefined ? [] : [{ key, name, span: spanOf(map.value(key), lines) }];
  });
  if (given.length === 0) {
    root.report(
      'logsource',
      mustBe('bad-format', ['logsource'], 'a mapping with a category, a product or a service'),
    );
  }
  return {
    logsource: Object.fromEntries(given.map(({ key, name }) => [key, name])),
    logsourceSpan: spanOf(map.node, lines),
    logsourceSpans: Object.fromEntries(given.map(({ key, span }) => [key, span])),
  };
}

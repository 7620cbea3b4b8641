/** Checks rule files for what is legal and yet hard to maintain or not meant: the core of `rules lint`. */
import { isMap } from 'yaml';
import { type Diagnostic, diagnostic, START } from '../../diagnostics/diagnostic.ts';
import { Findings, MappingReader } from '../../diagnostics/yaml/mapping.ts';
import { readYaml } from '../../diagnostics/yaml/read.ts';
import { sortFiles } from '../folder.ts';
import type { RuleFile } from '../rule-file.ts';
import { SIGMA_FILE } from '../sigma/index.ts';
import { conditionFindings } from './conditions.ts';
import type { Edit, LintDocument, LintFinding } from './document.ts';
import { duplicateFindings } from './duplicates.ts';
import { applyEdits } from './edits.ts';
import { falsePositiveFindings, referenceFindings, tagFindings } from './entries.ts';
import { detectionsOf } from './fields.ts';
import { metadataFindings } from './metadata.ts';
import type { LintProfiles } from './profile.ts';
import { valueFindings } from './values.ts';

export interface LintOptions {
  readonly profiles: LintProfiles;
  /** The day of the check, `YYYY-MM-DD`. */
  readonly today: string;
  /** Whether the file is to be reported on. All files are compared for duplicates. Default: each is. */
  readonly isMeant?: (path: string) => boolean;
}

export interface LintResult {
  readonly diagnostics: readonly Diagnostic[];
  /** The number of findings that {@link LintResult.fixed} mends. */
  readonly fixable: number;
  /** The files that safe changes would mend, with their new texts. */
  readonly fixed: readonly RuleFile[];
  /** The findings that these changes mend. */
  readonly mends: readonly LintFinding[];
}

/** Lints Sigma rules, and the detections of table files and exceptions. Never throws: a file that is not YAML is a diagnostic. */
export function lintFiles(files: readonly RuleFile[], options: LintOptions): LintResult {
  const { profiles, isMeant = () => true } = options;
  const diagnostics: Diagnostic[] = [];
  const folder = sortFiles(files);
  const documents = [...folder.detections, ...folder.tables, ...folder.exceptions].flatMap((file) => {
    const read = readYaml(file, SIGMA_FILE);
    diagnostics.push(...[read, ...read.documents].flatMap((one) => one.diagnostics));
    return read.documents.flatMap((one) => {
      const root = one.parsed.contents;
      if (one.unreadable || !isMap(root)) return [];
      // What is of a wrong type is reported by `rules check`.
      const reader = new MappingReader(root, new Findings(file.path, one.lines, []), undefined);
      const kind = file.path.startsWith('detections/') ? kindOf(reader) : 'other';
      return [
        { file: file.path, text: file.text, kind, root: reader, isForeign: profiles.isForeign(file.path) },
      ];
    });
  });
  const counted = countedNames(documents);
  const found = [
    ...documents
      .filter(({ file }) => isMeant(file))
      .flatMap((document) => {
        const all = findingsOf(document, options.today);
        return isCounted(document, counted)
          ? all.filter(({ code }) => !code.startsWith('no-') || code === 'no-id')
          : all;
      }),
    ...folder.detections.flatMap(({ path }) => fileFindings(path)),
    ...duplicateFindings(documents),
  ];
  const edits = new Map<string, Edit[]>();
  const mends: LintFinding[] = [];
  for (const finding of found) {
    const { file, span, code, message, hint, edits: own } = finding;
    const setting = profiles.of(file)[code];
    if (setting === 'off' || !isMeant(file)) continue;
    diagnostics.push(diagnostic(file, span, { code, message, hint }, setting));
    if (own === undefined) continue;
    mends.push(finding);
    edits.set(file, [...(edits.get(file) ?? []), ...own]);
  }
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const fixed = [...edits].map(([path, list]) => ({ path, text: applyEdits(texts.get(path) ?? '', list) }));
  return {
    diagnostics: diagnostics.filter(({ file }) => isMeant(file)),
    fixable: mends.length,
    fixed,
    mends,
  };
}

function kindOf(root: MappingReader): LintDocument['kind'] {
  if (root.has('correlation')) return 'correlation';
  return root.has('filter') ? 'filter' : 'rule';
}

/** The ids and names of rules that only correlations see: they raise no alerts, so that nobody reads what they say of themselves. */
function countedNames(documents: readonly LintDocument[]): ReadonlySet<string> {
  const names = documents.flatMap(({ kind, root }) => {
    const correlation = kind === 'correlation' ? root.mapping('correlation') : undefined;
    const generate = correlation?.string('generate') ?? root.string('generate');
    return correlation && generate !== 'true' ? correlation.strings('rules') : [];
  });
  return new Set(names);
}

function isCounted({ kind, root }: LintDocument, counted: ReadonlySet<string>): boolean {
  if (kind !== 'rule' && kind !== 'correlation') return false;
  return [root.string('id'), root.string('name')].some((name) => name !== undefined && counted.has(name));
}

function findingsOf(document: LintDocument, today: string): readonly LintFinding[] {
  const metadata =
    document.kind === 'other'
      ? []
      : [
          ...metadataFindings(document, today),
          ...tagFindings(document),
          ...referenceFindings(document),
          ...falsePositiveFindings(document),
        ];
  const detections = detectionsOf(document).flatMap((detection) => [
    ...valueFindings(document, detection),
    ...conditionFindings(document, detection),
  ]);
  return [...metadata, ...detections];
}

function fileFindings(path: string): readonly LintFinding[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^[a-z0-9_]{10,90}\.yml$/.test(name)) return [];
  const message = `"${name}" is not named as SigmaHQ names its files`;
  return [{ code: 'file-form', file: path, span: START, message }];
}

/** A YAML document as the checks of `rules lint` read it, and what they report of it. */
import type { Node } from 'yaml';
import type { Mistake, Severity, Span } from '../../diagnostics/diagnostic.ts';
import type { lintCodes } from '../../diagnostics/lint-codes.ts';
import type { MappingReader } from '../../diagnostics/yaml/mapping.ts';
import { isWithoutText, spanOf } from '../../diagnostics/yaml/places.ts';

/** A code that only `rules lint` reports, or the one that `rules check` reports of a rule without a level. */
export type LintCode = keyof typeof lintCodes | 'no-level';

/** A replacement of the text between two offsets of a file. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What a check found. */
export interface LintFinding extends Omit<Mistake, 'code' | 'effect'> {
  readonly code: LintCode;
  readonly file: string;
  readonly span: Span;
  /** The changes that mend it without changing what the rule matches; absent if a person must decide. */
  readonly edits?: readonly Edit[];
}

/** One document of a file. */
export interface LintDocument {
  readonly file: string;
  readonly text: string;
  readonly kind: 'rule' | 'correlation' | 'filter' | 'other';
  readonly root: MappingReader;
  /** The profile that holds for the file: by it, vendors' rules count as the first of two equal ones. */
  readonly isForeign: boolean;
}

/** How bad a finding is in a profile; `off` finds it no longer. */
export type LintSetting = Severity | 'off';

/** A finding at a node of a document. */
export function findingAt(
  { file, root }: LintDocument,
  node: Node | undefined,
  finding: Omit<LintFinding, 'file' | 'span'>,
): LintFinding {
  const shown = node === undefined || isWithoutText(node) ? (root.value('title') ?? root.node) : node;
  return { file, span: spanOf(shown, root.findings.lines), ...finding };
}

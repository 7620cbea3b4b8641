/** Changes Sigma rules as overrides say, before the rules are compiled. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/nearest.ts';
import { mergedGrouping } from '../../shared/grouping.ts';
import {
  namesOf,
  type OverriddenKey,
  type SigmaCorrelation,
  type SigmaDocument,
  type SigmaRule,
} from '../sigma/index.ts';
import type { Override } from './read.ts';

type RuleDocument = SigmaRule | SigmaCorrelation;

/** An override, and the rules that it changed. */
export interface AppliedOverride {
  readonly file: string;
  readonly line: number;
  readonly title?: string;
  readonly rules: readonly { readonly title: string; readonly changes: readonly OverriddenKey[] }[];
}

export interface Overridden {
  /** All documents, those that were switched off included. */
  readonly documents: readonly SigmaDocument[];
  readonly applied: readonly AppliedOverride[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Applies overrides in their order: of several that change the same key of a rule, the last one wins. */
export function applyOverrides(
  documents: readonly SigmaDocument[],
  overrides: readonly Override[],
): Overridden {
  if (overrides.length === 0) return { documents, applied: [], diagnostics: [] };
  const known = namesOf(documents.filter(isRuleDocument));
  const diagnostics: Diagnostic[] = [];
  const current = new Map<SigmaDocument, RuleDocument>();
  const applied = overrides.map((override): AppliedOverride => {
    const { file, span, title } = override;
    const named = override.rules && new Set(override.rules.flatMap(({ text }) => known.get(text) ?? []));
    for (const { text, span: place } of override.rules ?? []) {
      if (known.has(text)) continue;
      const message = `no rule has the name, id or title "${text}"`;
      const hint = suggest(text, known.keys());
      diagnostics.push(diagnostic(file, place, { code: 'unknown-rule', message, hint }));
    }
    const rules = documents.flatMap((document): readonly AppliedOverride['rules'][number][] => {
      if (!isRuleDocument(document) || !fits(override, document, named)) return [];
      const before = current.get(document) ?? document;
      const changes = changesOf(before, override);
      current.set(document, changed(before, override, changes));
      return changes.length > 0 ? [{ title: document.title, changes }] : [];
    });
    const isUnknown = override.rules !== undefined && named?.size === 0;
    if (rules.length === 0 && !isUnknown) {
      const fitsNone = documents.every((one) => !isRuleDocument(one) || !fits(override, one, named));
      const message = fitsNone ? 'the override fits no rule' : 'the override says what its rules say already';
      diagnostics.push(diagnostic(file, span, { code: 'unused-override', message }, 'warning'));
    }
    return { file, line: span.line, ...(title !== undefined && { title }), rules };
  });
  const result = documents.map((document) => current.get(document) ?? document);
  return { documents: result, applied, diagnostics: [...diagnostics, ...countedThoughOff(result)] };
}

function isRuleDocument(document: SigmaDocument): document is RuleDocument {
  return document.kind !== 'filter';
}

function fits(
  { tags, folder }: Override,
  document: RuleDocument,
  named: ReadonlySet<RuleDocument> | undefined,
): boolean {
  if (named && !named.has(document)) return false;
  if (folder && !folder(document.file)) return false;
  return tags === undefined || document.tags.some((tag) => tags(tag.toLowerCase()));
}

/** What an override changes in a rule. */
function changesOf(before: RuleDocument, override: Override): readonly OverriddenKey[] {
  const { enabled, level, destinations, grouping, title } = override;
  const by = {
    file: override.file,
    line: override.span.line,
    ...(title !== undefined && { title }),
  };
  const changes: OverriddenKey[] = [];
  const change = (key: OverriddenKey['key'], from: unknown, to: unknown) => {
    if (to === undefined || JSON.stringify(from) === JSON.stringify(to)) return;
    changes.push({ key, from, to, ...by });
  };
  change('enabled', before.isOff !== true, enabled);
  change('level', before.level, level);
  change('destinations', before.destinations, destinations);
  const now = grouping && mergedGrouping([grouping, before.alert?.grouping]);
  change('grouping', before.alert?.grouping, now);
  return changes;
}

function changed(
  before: RuleDocument,
  { enabled, level, destinations, grouping, columns }: Override,
  changes: readonly OverriddenKey[],
): RuleDocument {
  const now = grouping && mergedGrouping([grouping, before.alert?.grouping]);
  const replaced = new Set(changes.map(({ key }) => key));
  const { isOff, ...rest } = before;
  const off = enabled === undefined ? isOff : !enabled;
  return {
    ...rest,
    ...(off && { isOff: true as const }),
    ...(level !== undefined && { level, hasLevel: true }),
    ...(destinations && { destinations }),
    ...(now !== undefined && {
      alert: {
        ...before.alert,
        grouping: now,
        columns: columns.length > 0 ? columns : (before.alert?.columns ?? []),
      },
    }),
    overridden: [...(before.overridden ?? []).filter(({ key }) => !replaced.has(key)), ...changes],
  };
}

/** Reports rules that are switched off although a correlation counts them: it could never be fulfilled. */
function countedThoughOff(documents: readonly SigmaDocument[]): readonly Diagnostic[] {
  const rules = documents.filter(isRuleDocument);
  const known = namesOf(rules);
  return rules.flatMap((correlation): readonly Diagnostic[] => {
    if (correlation.kind !== 'correlation' || correlation.isOff) return [];
    const watched = correlation.rules.flatMap((name) => known.get(name) ?? []);
    return watched.flatMap(({ isOff, title, overridden = [] }): readonly Diagnostic[] => {
      const by = overridden.find(({ key }) => key === 'enabled');
      if (!isOff || !by) return [];
      const message = `"${title}" is switched off, but the correlation "${correlation.title}" counts it`;
      const hint = 'switch the correlation off, too, or take the rule out of the override';
      const span = { line: by.line, column: 1, length: 0 };
      return [diagnostic(by.file, span, { code: 'counted-rule-off', message, hint })];
    });
  });
}

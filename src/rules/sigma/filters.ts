/** Finds the rules that each Sigma filter narrows (Sigma filters specification 2.1). */
import { type Diagnostic, diagnostic, type Mistake, type Severity } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/nearest.ts';
import type { Watched } from './correlation/program.ts';
import { type KnownNames, namesOf } from './correlation/watches.ts';
import type { SigmaCorrelation, SigmaFilter, SigmaRule } from './types.ts';

/** The result of resolving one filter. */
export interface FilterOutcome {
  readonly filter: SigmaFilter;
  /** The rules that the filter narrows. */
  readonly rules: ReadonlySet<SigmaRule>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the rules of each filter: by id, name or title, or all rules of the filter's log source.
 *
 * An unknown name is an error, and a filter that narrows no rule gets a warning: the alerts that it should suppress would be raised.
 */
export function resolveFilters(
  filters: readonly SigmaFilter[],
  rules: readonly SigmaRule[],
  correlations: readonly SigmaCorrelation[],
): readonly FilterOutcome[] {
  if (filters.length === 0) return [];
  const known = namesOf([...rules, ...correlations]);
  return filters.map((filter) => resolve(filter, rules, known));
}

function resolve(filter: SigmaFilter, all: readonly SigmaRule[], known: KnownNames): FilterOutcome {
  const diagnostics: Diagnostic[] = [];
  const report = (mistake: Mistake, severity: Severity) =>
    diagnostics.push(diagnostic(filter.file, filter.rulesSpan, mistake, severity));
  const found = new Set<SigmaRule>();
  if (filter.rules === 'any') {
    for (const rule of all) if (covers(filter, rule)) found.add(rule);
    if (found.size === 0) {
      const message = `no rule is of the log source of "${filter.title}": it narrows nothing`;
      report({ code: 'unused-filter', message }, 'warning');
    }
    return { filter, rules: found, diagnostics };
  }
  for (const name of filter.rules) {
    const documents = known.get(name) ?? [];
    const rules = documents.filter((document) => document.kind === 'rule');
    if (rules.length === 0) {
      report(nothingCalled(name, documents, known), 'error');
      continue;
    }
    const covered = rules.filter((rule) => covers(filter, rule));
    for (const rule of covered) found.add(rule);
    if (covered.length > 0) continue;
    const message = `"${name}" is of another log source than "${filter.title}", which does not narrow it`;
    report({ code: 'unused-filter', message, hint: 'give the filter the log source of the rule' }, 'warning');
  }
  return { filter, rules: found, diagnostics };
}

function nothingCalled(name: string, documents: readonly Watched[], known: KnownNames): Mistake {
  if (documents.length === 0) {
    const message = `no rule has the name, id or title "${name}"`;
    return { code: 'unknown-rule', message, hint: suggest(name, known.keys()) };
  }
  const message = `"${name}" is a correlation, and filters narrow rules`;
  return { code: 'unknown-rule', message, hint: 'name the rules that it watches' };
}

/** Whether a filter's log source includes that of a rule. */
function covers({ logsource: own }: SigmaFilter, { logsource }: SigmaRule): boolean {
  const fits = (name: 'category' | 'product' | 'service') =>
    own[name] === undefined || own[name].toLowerCase() === logsource[name]?.toLowerCase();
  return fits('category') && fits('product') && fits('service');
}

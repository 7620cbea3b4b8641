/** Finds the rules that each Sigma filter (Sigma filters specification 2.1) and each exception narrows. */
import { type Diagnostic, diagnostic, type Mistake, type Severity } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/nearest.ts';
import type { Watched } from './correlation/program.ts';
import { type KnownNames, namesOf } from './correlation/watches.ts';
import type { Narrowing, SigmaCorrelation, SigmaRule } from './types.ts';

/** The result of resolving one filter or exception. */
export interface NarrowingOutcome {
  readonly narrowing: Narrowing;
  /** The rules that it narrows. */
  readonly rules: ReadonlySet<SigmaRule>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the rules of each filter and exception: by id, name or title, or all rules of the filter's log source.
 *
 * An unknown name is an error, and a filter that narrows no rule gets a warning: the alerts that it should suppress would be raised.
 */
export function resolveNarrowings(
  narrowings: readonly Narrowing[],
  rules: readonly SigmaRule[],
  correlations: readonly SigmaCorrelation[],
): readonly NarrowingOutcome[] {
  if (narrowings.length === 0) return [];
  const known = namesOf([...rules, ...correlations]);
  return narrowings.map((narrowing) => resolve(narrowing, rules, known));
}

function resolve(narrowing: Narrowing, all: readonly SigmaRule[], known: KnownNames): NarrowingOutcome {
  const diagnostics: Diagnostic[] = [];
  const report = (mistake: Mistake, severity: Severity) =>
    diagnostics.push(diagnostic(narrowing.file, narrowing.rulesSpan, mistake, severity));
  const found = new Set<SigmaRule>();
  if (narrowing.rules === 'any') {
    for (const rule of all) if (covers(narrowing, rule)) found.add(rule);
    if (found.size === 0) {
      const message =
        narrowing.kind === 'filter'
          ? `no rule is of the log source of "${narrowing.title}": it narrows nothing`
          : `there is no rule that "${narrowing.title}" could narrow`;
      report({ code: 'unused-filter', message }, 'warning');
    }
    return { narrowing, rules: found, diagnostics };
  }
  for (const name of narrowing.rules) {
    const documents = known.get(name) ?? [];
    const rules = documents.filter((document) => document.kind === 'rule');
    if (rules.length === 0) {
      report(nothingCalled(name, documents, known), 'error');
      continue;
    }
    const covered = rules.filter((rule) => covers(narrowing, rule));
    for (const rule of covered) found.add(rule);
    if (covered.length > 0) continue;
    const message = `"${name}" is of another log source than "${narrowing.title}", which does not narrow it`;
    report({ code: 'unused-filter', message, hint: 'give the filter the log source of the rule' }, 'warning');
  }
  return { narrowing, rules: found, diagnostics };
}

function nothingCalled(name: string, documents: readonly Watched[], known: KnownNames): Mistake {
  if (documents.length === 0) {
    const message = `no rule has the name, id or title "${name}"`;
    return { code: 'unknown-rule', message, hint: suggest(name, known.keys()) };
  }
  const message = `"${name}" is a correlation, and filters and exceptions narrow rules`;
  return { code: 'unknown-rule', message, hint: 'name the rules that it watches' };
}

/** Whether the log source of a filter includes that of a rule; that of an exception includes all. */
function covers({ logsource: own }: Narrowing, { logsource }: SigmaRule): boolean {
  const fits = (name: 'category' | 'product' | 'service') =>
    own[name] === undefined || own[name].toLowerCase() === logsource[name]?.toLowerCase();
  return fits('category') && fits('product') && fits('service');
}

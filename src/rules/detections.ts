/** Files of Sigma rules -> compiled rules and correlations, and what is wrong with each. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { RuleFile } from './rule-file.ts';
import {
  type CompiledRule,
  type CorrelationProgram,
  compileCorrelations,
  compileRule,
  type FilterOutcome,
  type ParsedSigmaFile,
  parseSigmaFile,
  type RuleEnvironment,
  resolveFilters,
  type SigmaCorrelation,
  type SigmaDocument,
  type SigmaFilter,
  type SigmaRule,
} from './sigma/index.ts';

/** What became of one rule. */
export interface RuleOutcome {
  readonly rule: SigmaRule;
  /** One for each table that it runs on; empty where there is an error. */
  readonly compiled: readonly CompiledRule[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What is wrong with one correlation. */
export interface CorrelationOutcome {
  readonly correlation: SigmaCorrelation;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CompiledDetections {
  /** In the order of the files. */
  readonly files: readonly ParsedSigmaFile[];
  readonly rules: readonly RuleOutcome[];
  readonly filters: readonly FilterOutcome[];
  readonly correlations: readonly CorrelationOutcome[];
  readonly program: CorrelationProgram;
}

/**
 * Parses and compiles files of Sigma rules. Never throws; nothing is reported, all findings are in the outcomes.
 *
 * @param mode `together` for a rule set: filters narrow the rules, and a correlation says nothing of a rule that failed, because
 * that rule has an error of its own. `alone` for a survey of rules: filters are left aside, and a correlation fails with its rules.
 */
export function compileDetections(
  files: readonly RuleFile[],
  environment: Omit<RuleEnvironment, 'filters' | 'report'>,
  mode: 'together' | 'alone',
): CompiledDetections {
  const parsed = files.map((file) => parseSigmaFile(file));
  const documents = parsed.flatMap((file) => file.documents);
  const correlations = documents.filter(isCorrelation);
  const filters =
    mode === 'together'
      ? resolveFilters(documents.filter(isFilter), documents.filter(isRule), correlations)
      : [];
  const rules = documents.filter(isRule).map((rule): RuleOutcome => {
    const diagnostics: Diagnostic[] = [];
    const report = (diagnostic: Diagnostic) => diagnostics.push(diagnostic);
    const own = filters.flatMap((one) => (one.rules.has(rule) ? one.filter : []));
    return { rule, compiled: compileRule(rule, { ...environment, filters: own, report }), diagnostics };
  });
  const findings = new Map(
    correlations.map((correlation): [SigmaCorrelation, Diagnostic[]] => [correlation, []]),
  );
  const known = mode === 'together' ? rules : rules.filter(({ compiled }) => compiled.length > 0);
  const program = compileCorrelations(
    correlations,
    known.map(({ rule }) => rule),
    rules.flatMap(({ compiled }) => compiled),
    {
      columnsOf: environment.columnsOf,
      report: (diagnostic, correlation) => findings.get(correlation)?.push(diagnostic),
    },
  );
  return {
    files: parsed,
    rules,
    filters,
    correlations: [...findings].map(([correlation, diagnostics]) => ({ correlation, diagnostics })),
    program,
  };
}

function isRule(document: SigmaDocument): document is SigmaRule {
  return document.kind === 'rule';
}

function isFilter(document: SigmaDocument): document is SigmaFilter {
  return document.kind === 'filter';
}

function isCorrelation(document: SigmaDocument): document is SigmaCorrelation {
  return document.kind === 'correlation';
}

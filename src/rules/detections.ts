/** Compiles files of Sigma rules, and records for each rule and correlation what is wrong with it. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { applyOverrides, type Overridden } from './overrides/apply.ts';
import type { Override } from './overrides/read.ts';
import type { RuleFile } from './rule-file.ts';
import {
  type CompiledRule,
  type CorrelationProgram,
  compileCorrelations,
  compileRule,
  type DetectionsLoad,
  type NarrowingOutcome,
  type ParsedSigmaFile,
  parseSigmaFile,
  type RuleEnvironment,
  type RuleException,
  resolveNarrowings,
  type SigmaCorrelation,
  type SigmaDocument,
  type SigmaFilter,
  type SigmaRule,
} from './sigma/index.ts';

/** The result of compiling one rule. */
export interface RuleOutcome {
  readonly rule: SigmaRule;
  /** One for each table that the rule runs on; empty when the rule has an error. */
  readonly compiled: readonly CompiledRule[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The result of checking one correlation. */
export interface CorrelationOutcome {
  readonly correlation: SigmaCorrelation;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CompiledDetections {
  /** In the order of the files. */
  readonly files: readonly ParsedSigmaFile[];
  readonly rules: readonly RuleOutcome[];
  readonly narrowings: readonly NarrowingOutcome[];
  readonly correlations: readonly CorrelationOutcome[];
  readonly program: CorrelationProgram;
  /** What the overrides have changed, and their mistakes. */
  readonly overridden: Omit<Overridden, 'documents'>;
}

/** What rules are compiled with. */
export interface DetectionsEnvironment extends Omit<RuleEnvironment, 'narrowings' | 'report'> {
  readonly exceptions?: readonly RuleException[];
  readonly overrides?: readonly Override[];
  /** Knows what files were compiled to before. */
  readonly known?: DetectionsLoad | undefined;
}

/**
 * Parses and compiles files of Sigma rules. Never throws, and reports nothing: all findings are in the outcomes.
 *
 * @param mode `together` for a rule set: filters and exceptions narrow the rules, and a correlation has no error for a rule that failed, because
 * that rule has its own error. `alone` for a survey: filters and exceptions are ignored, and a correlation fails if one of its rules fails.
 */
export function compileDetections(
  files: readonly RuleFile[],
  { known, ...environment }: DetectionsEnvironment,
  mode: 'together' | 'alone',
): CompiledDetections {
  const parsed = files.map((file) => known?.parse(file) ?? parseSigmaFile(file));
  const written = parsed.flatMap((file) => file.documents);
  const { documents, ...overridden } = applyOverrides(written, environment.overrides ?? []);
  const correlations = documents.filter(isCorrelation).filter(isOn);
  const narrowings =
    mode === 'together'
      ? resolveNarrowings(
          [...documents.filter(isFilter), ...(environment.exceptions ?? [])],
          documents.filter(isRule),
          documents.filter(isCorrelation),
        )
      : [];
  const rules = documents
    .filter(isRule)
    .filter(isOn)
    .map((rule): RuleOutcome => {
      const diagnostics: Diagnostic[] = [];
      const report = (diagnostic: Diagnostic) => diagnostics.push(diagnostic);
      const own = narrowings.flatMap((one) => (one.rules.has(rule) ? one.narrowing : []));
      const compiled = compileRule(rule, {
        ...environment,
        narrowings: own,
        report,
        onConditions: (of, conditions) => known?.note(of, conditions),
      });
      return { rule, compiled, diagnostics };
    });
  known?.end();
  const findings = new Map(
    correlations.map((correlation): [SigmaCorrelation, Diagnostic[]] => [correlation, []]),
  );
  const watched = mode === 'together' ? rules : rules.filter(({ compiled }) => compiled.length > 0);
  const program = compileCorrelations(
    correlations,
    watched.map(({ rule }) => rule),
    rules.flatMap(({ compiled }) => compiled),
    {
      columnsOf: environment.columnsOf,
      report: (diagnostic, correlation) => findings.get(correlation)?.push(diagnostic),
    },
  );
  return {
    files: parsed,
    rules,
    narrowings,
    correlations: [...findings].map(([correlation, diagnostics]) => ({ correlation, diagnostics })),
    program,
    overridden,
  };
}

function isOn({ isOff }: SigmaRule | SigmaCorrelation): boolean {
  return isOff !== true;
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

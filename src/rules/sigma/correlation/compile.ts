/** Compiles correlations: looks up their rules and fields, and reports their mistakes. */
import { type Diagnostic, diagnostic, type Mistake, type Severity } from '../../../diagnostics/diagnostic.ts';
import { sha256Hex } from '../../../shared/digest.ts';
import type { CompiledRule, RuleEnvironment, SigmaCorrelation, SigmaRule } from '../types.ts';
import { missingColumns, notNumbers, refusal, wrongNames } from './check.ts';
import { feedsOf } from './feeds.ts';
import type { CompiledCorrelation, CorrelationProgram } from './program.ts';
import { findWatches, inOrder, namesOf, silentAmong } from './watches.ts';

/** The context in which correlations are compiled. */
export interface CorrelationEnvironment extends Pick<RuleEnvironment, 'columnsOf'> {
  report(diagnostic: Diagnostic, correlation: SigmaCorrelation): void;
}

/**
 * Resolves the rules and fields of correlations.
 *
 * Reported are an unknown or ambiguous rule, a circle, a field that the tables of its rules lack, and a count beyond 1,000.
 *
 * @param documents all rules and correlations, also rules that failed to compile.
 */
export function compileCorrelations(
  correlations: readonly SigmaCorrelation[],
  documents: readonly SigmaRule[],
  rules: readonly CompiledRule[],
  { columnsOf, report }: CorrelationEnvironment,
): CorrelationProgram {
  const known = namesOf([...documents, ...correlations]);
  const watches = findWatches(correlations, known);
  const compiled: CompiledCorrelation[] = [];
  const fingerprints = new Map<string, SigmaCorrelation>();
  for (const correlation of correlations) {
    const error = (mistake: Mistake): void =>
      report(diagnostic(correlation.file, correlation.rulesSpan, mistake), correlation);
    const unresolved = wrongNames(correlation, known);
    unresolved.forEach(error);
    const fingerprint = fingerprintOf(correlation);
    const refused = refusal(correlation, watches) ?? twinOf(correlation, fingerprints.get(fingerprint));
    if (refused) {
      error(refused);
      continue;
    }
    fingerprints.set(fingerprint, correlation);
    if (unresolved.length > 0) continue;
    const around = { rules, watches, columnsOf };
    const { mistakes, severity } = missingColumns(correlation, around);
    const say = (mistake: Mistake, as: Severity) =>
      report(diagnostic(correlation.file, correlation.rulesSpan, mistake, as), correlation);
    for (const mistake of mistakes) say(mistake, severity);
    for (const mistake of notNumbers(correlation, around)) say(mistake, 'warning');
    compiled.push({ correlation, fingerprint });
  }
  return {
    correlations: inOrder(compiled, watches),
    silent: silentAmong(
      compiled.map(({ correlation }) => correlation),
      watches,
    ),
    feedsOf: feedsOf(compiled, watches),
  };
}

function twinOf({ title }: SigmaCorrelation, twin: SigmaCorrelation | undefined): Mistake | undefined {
  if (!twin) return undefined;
  const message = `"${title}" is there already (${twin.file}:${twin.span.line})`;
  return { code: 'duplicate-correlation', message, hint: 'remove one of them' };
}

function fingerprintOf(correlation: SigmaCorrelation): string {
  const { id, title, type, rules, groupBy, timespan, aliases, condition } = correlation;
  const definition = JSON.stringify([id ?? title, type, rules, groupBy, timespan, aliases, condition]);
  return sha256Hex(definition).slice(0, 32);
}

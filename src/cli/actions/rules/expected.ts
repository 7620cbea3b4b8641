/** Checks the counts of `rules run` against a file of expectations, and writes the result. */
import { type JunitCase, junitReport } from '../../../diagnostics/junit.ts';
import type { Program } from '../../../rules/program.ts';
import { compareCounts, type Expectations, readExpectations } from '../../../rules/testing/expectations.ts';
import { plural } from '../../../shared/readable.ts';
import { hasErrors } from './check.ts';
import { readGoals } from './coverage-goals.ts';
import { type ReportFormat, renderReport } from './report.ts';
import type { Tally } from './tally.ts';

export type Compared = ReturnType<typeof compareCounts> & { readonly expectations: Expectations };

/** Throws a RelayError if the file cannot be read or has mistakes. */
export async function loadExpectations(path: string): Promise<Expectations> {
  return await readGoals(path, readExpectations);
}

export function compareWith(expectations: Expectations, program: Program, tally: Tally): Compared {
  return { expectations, ...compareCounts(expectations, program, tally.rules) };
}

/** Whether no expectation failed: none of the findings is an error. */
export function isMet({ findings }: Compared): boolean {
  return !hasErrors(findings);
}

/** The findings in a form other than JSON. */
export function renderCompared(compared: Compared, format: ReportFormat, color: boolean): string {
  const { expectations, findings, results } = compared;
  if (format === 'junit') return junitReport('rules run', junitCases(compared));
  if (format === 'text' && findings.length === 0) return `${plural(results.length, 'expectation')}: all met`;
  const failed = findings.filter(({ severity }) => severity === 'error').length;
  const report = {
    command: 'rules run',
    diagnostics: findings,
    sources: new Map([[expectations.file.path, expectations.text]]),
    summary: `${plural(results.length, 'expectation')}, ${failed} failed`,
  };
  return renderReport(report, format, { color });
}

function junitCases({ expectations, results, findings }: Compared): readonly JunitCase[] {
  const file = expectations.file.path;
  const told = new Set(results.flatMap(({ finding }) => finding ?? []));
  const caseOf = (name: string, finding: Compared['findings'][number] | undefined): JunitCase => ({
    name,
    file,
    ...(finding && { line: finding.span.line }),
    failures:
      finding?.severity === 'error'
        ? [{ type: finding.code, message: finding.message, text: finding.message }]
        : [],
    output: finding?.severity === 'warning' ? [finding.message] : [],
  });
  return [
    ...results.map(({ name, finding }) => caseOf(name, finding)),
    ...findings.filter((finding) => !told.has(finding)).map((finding) => caseOf(finding.message, finding)),
  ];
}

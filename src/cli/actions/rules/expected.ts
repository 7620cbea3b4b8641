/** Checks the counts of `rules run` against a file of expectations, and writes the result. */
import { type JunitCase, junitReport } from '../../../diagnostics/junit.ts';
import type { Program } from '../../../rules/program.ts';
import { compareCounts, type Expectations, readExpectations } from '../../../rules/testing/expectations.ts';
import { plural } from '../../../shared/readable.ts';
import type { Output } from '../../output.ts';
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

/** Prints the findings. False if one of them is an error. */
export function printCompared(compared: Compared, format: ReportFormat, out: Output): boolean {
  const { expectations, findings, results } = compared;
  if (format === 'junit') out.print(junitReport('rules run', junitCases(compared)));
  else if (format !== 'json') {
    const sources = new Map([[expectations.file.path, expectations.text]]);
    const shown = renderReport({ command: 'rules run', diagnostics: findings, sources }, format, {
      color: out.color,
    });
    if (shown !== '') out.print(shown);
    else if (format === 'text') out.print(`${plural(results.length, 'expectation')}: all met`);
  }
  return !hasErrors(findings);
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

/** Runs the tests of rule files. */
import { diff } from 'node:util';
import picocolors from 'picocolors';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { type JunitCase, junitReport } from '../../../diagnostics/junit.ts';
import { collectTests, type RuleTest } from '../../../rules/testing/collect.ts';
import { type Mismatch, runTest } from '../../../rules/testing/run.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { concerns } from './changed.ts';
import { hasErrors, printDiagnostics, reportOf } from './check.ts';
import { type Report, type ReportFile, type ReportFormat, renderReport, writeReports } from './report.ts';
import { runOnChange } from './watch.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions, workspacePaths } from './workspace.ts';

export interface TestOptions extends WorkspaceOptions {
  readonly format: ReportFormat;
  /** Run only tests whose title or file contains this string. */
  readonly only?: string | undefined;
  /** Run only tests that a change since this revision of git may concern. */
  readonly changed?: string | undefined;
  /** Whether to run the tests again after each change, until the signal is aborted. */
  readonly watch?: boolean | undefined;
  /** Files that get the results besides what is printed. */
  readonly reports?: readonly ReportFile[];
}

interface Failure {
  readonly test: RuleTest;
  readonly mismatches: readonly Mismatch[];
}

/** `rules test`: runs the tests in table files and `*.test.yaml`. Exits with 1 if a test fails or the rules do not compile. */
export async function testCommand(options: TestOptions, out: Output, signal: AbortSignal): Promise<ExitCode> {
  if (!options.watch) return await runTests(options, out);
  await runOnChange(await workspacePaths(options), () => runTests(options, out), out, signal);
  return EXIT.stopped;
}

async function runTests(options: TestOptions, out: Output): Promise<ExitCode> {
  const workspace = await openWorkspace(options, { keeps: true });
  const { program, diagnostics } = workspace.compiled;
  const collected = collectTests(workspace.files, workspace.context, workspace.compiled.program);
  const findings = [...diagnostics, ...collected.diagnostics];
  if (program === undefined || hasErrors(findings)) {
    const report = reportOf(findings, workspace);
    await writeReports(options.reports, (format) =>
      renderReport({ ...report, command: 'rules test' }, format),
    );
    printDiagnostics(findings, workspace, { format: options.format }, out);
    return EXIT.failed;
  }
  const { only, changed } = options;
  const isConcerned = changed === undefined ? () => true : await concerns(changed, options, workspace);
  const tests = collected.tests.filter((test) => {
    const { title, file } = test;
    return (
      workspace.isMeant(file) &&
      (only === undefined || title.includes(only) || file.includes(only)) &&
      isConcerned(test)
    );
  });
  const failures: Failure[] = tests.flatMap((test) => {
    const mismatches = runTest(program, test);
    return mismatches.length === 0 ? [] : [{ test, mismatches }];
  });
  const results: Results = { tests, failures, findings, workspace };
  await writeReports(options.reports, (format) => rendered(results, format, false));
  const text = rendered(results, options.format, out.color);
  if (text !== '') out.print(text);
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** What the tests that were run have shown. */
interface Results {
  readonly tests: readonly RuleTest[];
  readonly failures: readonly Failure[];
  /** The warnings on the rule files. */
  readonly findings: readonly Diagnostic[];
  readonly workspace: Workspace;
}

function rendered(results: Results, format: ReportFormat, color: boolean): string {
  const { tests, failures, findings, workspace } = results;
  if (format === 'text') return asText(tests.length, failures, workspace, color);
  if (format === 'junit') return junitReport('rules test', junitCases(tests, failures, workspace));
  // Markdown is read beside that of `rules check`, which has the findings.
  const others = format === 'markdown' ? [] : findings;
  const report: Report = {
    command: 'rules test',
    diagnostics: workspace.located([...others, ...failures.map(failedTest)]),
    sources: workspace.sources,
    summary: `${plural(tests.length, 'test')}, ${failures.length} failed`,
  };
  return renderReport(report, format);
}

function asText(total: number, failures: readonly Failure[], { nameOf }: Workspace, color: boolean): string {
  const paint = picocolors.createColors(color);
  const blocks = failures.map(({ test, mismatches }) => {
    const place = visible(`${nameOf(test.file)}:${test.span.line}:${test.span.column}`);
    const head = `${paint.red('✗')} ${paint.bold(visible(test.title))} ${paint.dim(place)}`;
    return [head, ...mismatches.map((one) => indent(difference(one, color), '    '))].join('\n');
  });
  const passed = total - failures.length;
  const summary = `${total} test${total === 1 ? '' : 's'}: ${paint.green(`${passed} passed`)}${
    failures.length > 0 ? `, ${paint.red(`${failures.length} failed`)}` : ''
  }`;
  return [...blocks, summary].join('\n\n');
}

/** Renders the expected and the actual value line by line. */
function difference({ what, expected, actual }: Mismatch, color: boolean): string {
  const paint = picocolors.createColors(color);
  const lines = diff(pretty(expected), pretty(actual)).map(([side, line]) => {
    if (side === IN_FIRST) return paint.green(`- ${line}`);
    return side === IN_SECOND ? paint.red(`+ ${line}`) : `  ${line}`;
  });
  const legend = `${paint.green('- expected')} ${paint.red('+ received')}`;
  return [`${what}  ${legend}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The codes with which `util.diff` marks a line that only one of the two has. */
const IN_FIRST = 1;
const IN_SECOND = -1;

function pretty(value: JsonValue): string[] {
  return JSON.stringify(value, undefined, 2).split('\n').map(visible);
}

function indent(text: string, by: string): string {
  return text.replace(/^/gm, by);
}

function junitCases(
  tests: readonly RuleTest[],
  failures: readonly Failure[],
  { nameOf }: Workspace,
): readonly JunitCase[] {
  const failed = new Map(failures.map(({ test, mismatches }) => [test, mismatches]));
  return tests.map((test) => ({
    name: test.title,
    file: nameOf(test.file),
    line: test.span.line,
    failures: (failed.get(test) ?? []).map((one) => ({
      type: one.what,
      message: `${one.what}: expected ${JSON.stringify(one.expected)}, received ${JSON.stringify(one.actual)}`,
      text: difference(one, false),
    })),
  }));
}

/** A test that failed, as a finding at its title. */
export function failedTest({ test, mismatches }: Failure): Diagnostic {
  const told = mismatches.map(
    ({ what, expected, actual }) =>
      `${what}: expected ${JSON.stringify(expected)}, received ${JSON.stringify(actual)}`,
  );
  return {
    severity: 'error',
    code: 'failed-test',
    file: test.file,
    span: test.span,
    message: `${test.title}: ${told.join('; ')}`,
  };
}

/** Runs the tests of rule files. */
import { diff } from 'node:util';
import picocolors from 'picocolors';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { type JunitCase, junitReport } from '../../../diagnostics/junit.ts';
import { collectTests, type RuleTest } from '../../../rules/testing/collect.ts';
import { type Mismatch, runTest } from '../../../rules/testing/run.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { concerns } from './changed.ts';
import { hasErrors, printDiagnostics } from './check.ts';
import { type ReportFormat, renderReport } from './report.ts';
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
  const workspace = await openWorkspace(options);
  const { program, diagnostics } = workspace.compiled;
  const collected = collectTests(workspace.files, workspace.context, workspace.compiled.program);
  const findings = [...diagnostics, ...collected.diagnostics];
  if (program === undefined || hasErrors(findings)) {
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
  if (options.format === 'text') out.print(report(tests.length, failures, workspace, out.color));
  else if (options.format === 'junit')
    out.print(junitReport('rules test', junitCases(tests, failures, workspace)));
  else {
    const list = [...findings, ...failures.map(diagnosticOf)];
    const diagnostics = workspace.located(list);
    const text = renderReport(
      { command: 'rules test', diagnostics, sources: workspace.sources },
      options.format,
    );
    if (text !== '') out.print(text);
  }
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

function report(total: number, failures: readonly Failure[], { nameOf }: Workspace, color: boolean): string {
  const paint = picocolors.createColors(color);
  const blocks = failures.map(({ test, mismatches }) => {
    const place = `${nameOf(test.file)}:${test.span.line}:${test.span.column}`;
    const head = `${paint.red('✗')} ${paint.bold(test.title)} ${paint.dim(place)}`;
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
  return JSON.stringify(value, undefined, 2).split('\n');
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

function diagnosticOf({ test, mismatches }: Failure): Diagnostic {
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

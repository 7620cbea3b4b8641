/** Writes results of checks and tests as JUnit XML, which the test reports of CI systems read. */
import type { Diagnostic } from './diagnostic.ts';

export interface JunitCase {
  readonly name: string;
  readonly file: string;
  readonly line?: number;
  /** Empty if it passed. */
  readonly failures: readonly { readonly type: string; readonly message: string; readonly text: string }[];
  /** What is shown beside the result. */
  readonly output?: readonly string[];
}

/** One suite with its cases. */
export function junitReport(suite: string, cases: readonly JunitCase[]): string {
  const failed = cases.filter(({ failures }) => failures.length > 0).length;
  const counts = `tests="${cases.length}" failures="${failed}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(suite)}" ${counts}>`,
    `  <testsuite name="${attribute(suite)}" ${counts} errors="0" skipped="0">`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function caseLines({ name, file, line, failures, output = [] }: JunitCase): readonly string[] {
  const place = `file="${attribute(file)}"${line === undefined ? '' : ` line="${line}"`}`;
  const head = `    <testcase name="${attribute(name)}" classname="${attribute(file)}" ${place}`;
  if (failures.length === 0 && output.length === 0) return [`${head}/>`];
  return [
    `${head}>`,
    ...failures.map(
      (one) =>
        `      <failure type="${attribute(one.type)}" message="${attribute(one.message)}">${content(one.text)}</failure>`,
    ),
    ...(output.length === 0 ? [] : [`      <system-out>${content(output.join('\n'))}</system-out>`]),
    '    </testcase>',
  ];
}

/**
 * A case for each file: its errors are failures, its warnings are only shown.
 *
 * @param files the files that were checked, also those without a finding.
 * @param isFailure default: errors are.
 */
export function junitOfDiagnostics(
  list: readonly Diagnostic[],
  files: readonly string[],
  isFailure: (diagnostic: Diagnostic) => boolean = ({ severity }) => severity === 'error',
): readonly JunitCase[] {
  const names = [...new Set([...files, ...list.map(({ file }) => file)])].sort();
  const byFile = Map.groupBy(list, ({ file }) => file);
  return names.map((file) => {
    const found = byFile.get(file) ?? [];
    return {
      name: file,
      file,
      failures: found
        .filter(isFailure)
        .map((one) => ({ type: one.code, message: one.message, text: toldAs(one) })),
      output: found.filter((one) => !isFailure(one)).map(toldAs),
    };
  });
}

function toldAs({ file, span, severity, message, code, hint }: Diagnostic): string {
  const told = `${file}:${span.line}:${span.column}: ${severity}: ${message} [${code}]`;
  return hint === undefined ? told : `${told}\nhint: ${hint}`;
}

/** Characters that XML 1.0 does not allow, not even escaped, and other control characters. */
const FORBIDDEN = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu;

function content(text: string): string {
  const allowed = text.toWellFormed().replace(FORBIDDEN, '\ufffd');
  return allowed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return content(text)
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;');
}

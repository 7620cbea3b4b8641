/** Reports, and mends, what is legal in rule files and yet hard to maintain or not meant. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { Diagnostic, Severity } from '../../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../../diagnostics/render.ts';
import { type LintResult, lintFiles } from '../../../rules/lint/lint.ts';
import { type LintProfiles, PROFILE_NAMES, profilesOf, readProfile } from '../../../rules/lint/profile.ts';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { failsAt } from './check.ts';
import { type Report, type ReportFile, type ReportFormat, renderReport, writeReports } from './report.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export interface LintCommandOptions extends WorkspaceOptions {
  readonly format: ReportFormat;
  /** The name of a profile, or the path of a file. */
  readonly profile?: string | undefined;
  readonly failOn: Severity;
  /** Whether to write the safe changes to the files. */
  readonly fix?: boolean;
  /** Whether to show all findings, even if they are many. */
  readonly verbose?: boolean;
  /** Files that get the findings besides what is printed. */
  readonly reports?: readonly ReportFile[];
}

/** The profile file that is used where it lies in the working directory. */
const PROFILE_FILE = 'lint.yaml';
/** Mending one place may uncover another, so files are mended several times. */
const ROUNDS = 5;

/** `rules lint`: prints findings, and exits with 1 if one is as severe as `failOn`. */
export async function lintCommand(options: LintCommandOptions, out: Output): Promise<ExitCode> {
  const workspace = await openWorkspace(options);
  const profiles = await profilesFor(options.profile, workspace);
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  const lint = (files: Workspace['files']) =>
    lintFiles(files, { profiles, today, isMeant: workspace.isMeant });
  let { files } = workspace;
  let result = lint(files);
  const mended = new Map<string, string>();
  for (let round = 0; options.fix && result.fixed.length > 0 && round < ROUNDS; round += 1) {
    for (const { path, text } of result.fixed) mended.set(path, text);
    files = files.map((file) => ({ ...file, text: mended.get(file.path) ?? file.text }));
    result = lint(files);
  }
  for (const [path, text] of mended) await writeFile(workspace.nameOf(path), text);
  const linted = { ...result, workspace, files, mended: [...mended.keys()] };
  const report = reportOf(linted, options);
  await writeReports(options.reports, (format) => renderReport(report, format));
  print(linted, report, options, out);
  return result.diagnostics.some(failsAt(options.failOn)) ? EXIT.failed : EXIT.ok;
}

/** What is printed: of the files as they are after the changes. */
interface Linted extends LintResult {
  readonly workspace: Workspace;
  readonly files: Workspace['files'];
  readonly mended: readonly string[];
}

function reportOf({ diagnostics, workspace, files }: Linted, { failOn }: LintCommandOptions): Report {
  const sources = new Map(files.map(({ path, text }) => [workspace.nameOf(path), text]));
  return {
    command: 'rules lint',
    diagnostics: workspace.located(diagnostics),
    sources,
    files: files.filter(({ path }) => workspace.isMeant(path)).map(({ path }) => workspace.nameOf(path)),
    isFailure: failsAt(failOn),
  };
}

function print(
  { diagnostics, fixable, workspace, files, mended }: Linted,
  report: Report,
  { format, verbose }: LintCommandOptions,
  out: Output,
): void {
  const text = renderReport(report, format, {
    color: out.color,
    ...(verbose ? {} : { briefUnless: 'xdr-relay rules lint --verbose' }),
  });
  if (text !== '') out.print(text);
  if (format !== 'text') return;
  if (mended.length > 0)
    out.print(`${plural(mended.length, 'file')} mended: ${mended.map(workspace.nameOf).join(', ')}`);
  if (fixable > 0) out.print(`--fix mends ${fixable} of them`);
  if (diagnostics.length === 0) {
    const meant = files.filter(({ path }) => workspace.isMeant(path));
    out.print(`${workspace.directory}: ${plural(meant.length, 'file')}, no problems`);
  }
}

/** Throws a RelayError if a profile file cannot be read or has mistakes. */
async function profilesFor(given: string | undefined, workspace: Workspace): Promise<LintProfiles> {
  const name = PROFILE_NAMES.find((one) => one === given);
  if (name !== undefined) return profilesOf(name);
  const isHere = given === undefined && (await stat(PROFILE_FILE).catch(() => undefined))?.isFile() === true;
  if (given === undefined && !isHere) return profilesOf(workspace.isLoose ? 'sigmahq' : undefined);
  const path = given ?? PROFILE_FILE;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const names = PROFILE_NAMES.join(', ');
    throw new RelayError(
      'file_unreadable',
      `${path} is no profile (${names}) and no file: ${messageOf(cause)}`,
      { cause },
    );
  });
  const problems: Diagnostic[] = [];
  const profiles = readProfile({ path, text }, (problem) => problems.push(problem));
  if (profiles) return profiles;
  throw new RelayError('file_unreadable', renderDiagnostics(problems, new Map([[path, text]])));
}

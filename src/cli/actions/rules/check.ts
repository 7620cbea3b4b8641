/** Reports every mistake in the rule files. */
import type { Diagnostic, Severity } from '../../../diagnostics/diagnostic.ts';
import { countDiagnostics } from '../../../diagnostics/render.ts';
import { checkFolder } from '../../../rules/check-folder.ts';
import { systemClock } from '../../../shared/clock.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { listTable } from '../lists/table.ts';
import { overridesText } from './overridden.ts';
import { type Report, type ReportFile, type ReportFormat, renderReport, writeReports } from './report.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export interface CheckOptions extends WorkspaceOptions {
  readonly format: ReportFormat;
  /** Whether to show all findings, even if they are many. */
  readonly verbose?: boolean;
  /** The findings that make the command fail. Default: errors. */
  readonly failOn?: Severity;
  /** Files that get the findings besides what is printed. */
  readonly reports?: readonly ReportFile[];
}

/** `rules check`: prints the findings on all files, or on the named ones. Exits with 1 if one is as severe as `failOn`. */
export async function checkCommand(options: CheckOptions, out: Output): Promise<ExitCode> {
  const workspace = await openWorkspace(options, { keeps: true });
  const { files, context, compiled } = workspace;
  const checked = checkFolder(files, context, compiled, systemClock.now());
  const lists = compiled.program ? checked.lists : [];
  const found = [...(await workspace.unread()), ...checked.diagnostics];
  const all = found.filter(({ file }) => workspace.isMeant(file));
  const { failOn = 'error' } = options;
  const report = { ...reportOf(all, workspace), isFailure: failsAt(failOn) };
  await writeReports(options.reports, (format) => renderReport(report, format));
  printReport(report, options, out);
  if (options.format === 'text' && all.length === 0) {
    const count = workspace.files.filter(({ path }) => workspace.isMeant(path)).length;
    out.print(`${workspace.directory}: ${count} file${count === 1 ? '' : 's'}, ${countDiagnostics(all)}`);
  }
  const overrides = workspace.compiled.overrides.filter(({ file }) => workspace.isMeant(file));
  if (options.format === 'text' && overrides.length > 0) out.print(overridesText(overrides, workspace));
  const meant = lists.filter(({ list }) => list.file === undefined || workspace.isMeant(list.file));
  if (options.format === 'text' && meant.length > 0) out.print(listTable(meant));
  return all.some(failsAt(failOn)) ? EXIT.failed : EXIT.ok;
}

/** Whether a finding makes a command fail. @param least how severe findings are that do. */
export function failsAt(least: Severity): (diagnostic: Diagnostic) => boolean {
  return ({ severity }) => severity === 'error' || least === 'warning';
}

/** Prints findings in the given format. For an empty list it prints nothing, `[]` as JSON, or an empty report. */
export function printDiagnostics(
  list: readonly Diagnostic[],
  workspace: Workspace,
  { format, verbose = false }: Pick<CheckOptions, 'format' | 'verbose'>,
  out: Output,
): void {
  printReport(reportOf(list, workspace), { format, verbose }, out);
}

/** Findings on a folder, with the names of its files. */
export function reportOf(list: readonly Diagnostic[], workspace: Workspace): Report {
  return {
    command: 'rules check',
    diagnostics: workspace.located(list),
    sources: workspace.sources,
    files: workspace.files
      .filter(({ path }) => workspace.isMeant(path))
      .map(({ path }) => workspace.nameOf(path)),
  };
}

function printReport(
  report: Report,
  { format, verbose = false }: Pick<CheckOptions, 'format' | 'verbose'>,
  out: Output,
): void {
  const text = renderReport(report, format, {
    color: out.color,
    ...(verbose ? {} : { briefUnless: 'xdr-relay rules check --verbose' }),
  });
  if (text !== '') out.print(text);
}

export function hasErrors(list: readonly Diagnostic[]): boolean {
  return list.some(({ severity }) => severity === 'error');
}

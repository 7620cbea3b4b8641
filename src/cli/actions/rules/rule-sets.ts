/** Compiles the rule sets that `rules run --diff` compares: of folders, or of revisions of git. */
import { stat } from 'node:fs/promises';
import type { Program } from '../../../rules/program.ts';
import type { Output } from '../../output.ts';
import { printDiagnostics, reportOf } from './check.ts';
import { checkoutRules } from './git.ts';
import { type ReportFile, type ReportFormat, renderReport, writeReports } from './report.ts';
import { homesOf, openWorkspace, relayRulesOf, type WorkspaceOptions } from './workspace.ts';

export interface RuleSetOptions extends WorkspaceOptions {
  readonly format: ReportFormat;
  /** A folder to compare with, a revision of git, or two as `A..B`. */
  readonly diff?: string | undefined;
  /** Files that get the errors of rules that do not compile, as of what comes of those that do. */
  readonly reports?: readonly ReportFile[];
}

/** The rules that are tried and, with `diff`, those that they are compared with. */
export interface RuleSets {
  readonly now: Program;
  readonly before: Program | undefined;
  /** Why a comparison may say less than it seems to. */
  readonly doubts: readonly string[];
}

/** Undefined if one of them has errors, which were printed. Throws a RelayError for a revision or a folder that cannot be read. */
export async function compiledSets(options: RuleSetOptions, out: Output): Promise<RuleSets | undefined> {
  const { diff } = options;
  if (diff === undefined || (await isFolder(diff))) {
    const now = await compiled(options, out);
    const before = diff === undefined ? undefined : await compiled({ ...options, transforms: diff }, out);
    return now && (before || diff === undefined) ? { now, before, doubts: [] } : undefined;
  }
  const [earlier = '', later = ''] = diff.split(/\.\.(?!\.)/, 2);
  const doubts: string[] = [];
  const doubt = (text: string) => doubts.push(text);
  const before = await compiledAt(earlier, options, { out, doubt });
  const now = later === '' ? await compiled(options, out) : await compiledAt(later, options, { out, doubt });
  return now && before && { now, before, doubts };
}

async function compiledAt(
  revision: string,
  options: RuleSetOptions,
  { out, doubt }: { readonly out: Output; readonly doubt: (text: string) => void },
): Promise<Program | undefined> {
  const homes = homesOf(options.transforms, await relayRulesOf(options));
  const { directories, empty, remove } = await checkoutRules(revision, homes);
  for (const home of empty) {
    doubt(
      `${revision} has no rule files in ${home}: if the folder had another name then, all its rules count as new`,
    );
  }
  try {
    return await compiled({ ...options, transforms: directories }, out);
  } finally {
    await remove();
  }
}

async function compiled(options: RuleSetOptions, out: Output): Promise<Program | undefined> {
  const workspace = await openWorkspace(options);
  const { program, diagnostics } = workspace.compiled;
  if (program !== undefined) return program;
  const report = { ...reportOf(diagnostics, workspace), command: 'rules run' };
  await writeReports(options.reports, (format) => renderReport(report, format));
  printDiagnostics(diagnostics, workspace, { format: options.format }, out);
  return undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Writes findings on rule files in the form that `--format` asks for. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { junitOfDiagnostics, junitReport } from '../../../diagnostics/junit.ts';
import { type DiagnosticFormat, type RenderOptions, renderDiagnostics } from '../../../diagnostics/render.ts';
import { sarifLog } from '../../../diagnostics/sarif.ts';
import { VERSION } from '../../../shared/version.ts';

export type ReportFormat = DiagnosticFormat | 'junit' | 'sarif';

/** A set of findings with the names and texts of the files that were checked. */
export interface Report {
  /** `rules check`. */
  readonly command: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
  /** The files that were checked, for forms that also name those without findings. Default: all of `sources`. */
  readonly files?: readonly string[];
  /** The findings that make the command fail. Default: errors. */
  readonly isFailure?: (diagnostic: Diagnostic) => boolean;
}

/** The findings as one text; empty for a text or GitHub's form without findings. */
export function renderReport(report: Report, format: ReportFormat, options: RenderOptions = {}): string {
  const { command, diagnostics, sources, files = [...sources.keys()], isFailure } = report;
  if (format === 'sarif') return sarifLog(diagnostics, VERSION);
  if (format === 'junit') return junitReport(command, junitOfDiagnostics(diagnostics, files, isFailure));
  return renderDiagnostics(diagnostics, sources, format, options);
}

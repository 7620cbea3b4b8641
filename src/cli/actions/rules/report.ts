/** Writes findings on rule files in the form that `--format` asks for, and to the files of `--report`. */
import { writeFile } from 'node:fs/promises';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { gitlabReport } from '../../../diagnostics/gitlab.ts';
import { junitOfDiagnostics, junitReport } from '../../../diagnostics/junit.ts';
import { markdownReport } from '../../../diagnostics/markdown.ts';
import { countDiagnostics, type RenderOptions, renderDiagnostics } from '../../../diagnostics/render.ts';
import { sarifLog } from '../../../diagnostics/sarif.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { VERSION } from '../../../shared/version.ts';
import type { ReportFile, ReportFormat } from '../../report-formats.ts';

export type { ReportFile, ReportFormat } from '../../report-formats.ts';

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
  /** What the heading of Markdown says after the command. Default: how many findings there are. */
  readonly summary?: string;
}

/** The findings as one text; empty for a text or GitHub's form without findings. */
export function renderReport(report: Report, format: ReportFormat, options: RenderOptions = {}): string {
  const { command, diagnostics, sources, files = [...sources.keys()], isFailure } = report;
  switch (format) {
    case 'sarif':
      return sarifLog(diagnostics, VERSION);
    case 'junit':
      return junitReport(command, junitOfDiagnostics(diagnostics, files, isFailure));
    case 'gitlab':
      return gitlabReport(diagnostics);
    case 'markdown':
      return markdownReport(`${command}: ${report.summary ?? countDiagnostics(diagnostics)}`, diagnostics);
    default:
      return renderDiagnostics(diagnostics, sources, format, options);
  }
}

/** Writes the files of `--report`. Throws a RelayError `file_unwritable`. */
export async function writeReports(
  reports: readonly ReportFile[] | undefined,
  render: (format: ReportFormat) => string,
): Promise<void> {
  for (const { format, file } of reports ?? []) {
    await writeFile(file, `${render(format)}\n`).catch((cause: unknown) => {
      throw new RelayError('file_unwritable', `${file}: ${messageOf(cause)}`, { cause });
    });
  }
}

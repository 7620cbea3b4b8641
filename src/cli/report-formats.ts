/** The forms in which the commands on rules write their findings. */
export const REPORT_FORMATS = ['text', 'json', 'github', 'gitlab', 'junit', 'sarif', 'markdown'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A file that gets the findings in one form, besides what is printed. */
export interface ReportFile {
  readonly format: ReportFormat;
  readonly file: string;
}

/** What `rules coverage` is compared with: files of targets, and an earlier run. */
import { readFile } from 'node:fs/promises';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../../diagnostics/render.ts';
import type { CoverageChange, Gap } from '../../../rules/coverage-targets.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { plural } from '../../../shared/readable.ts';
import { type Cells, inColumns } from './columns.ts';

/** The results of the comparisons that were asked for. */
export interface Goals {
  readonly targets?: number;
  readonly gaps?: readonly Gap[];
  readonly change?: CoverageChange;
}

/** Reads a file with one of the readers. Throws a RelayError if it cannot be read or has mistakes. */
export async function readGoals<T>(
  path: string,
  read: (file: RuleFile, report: (diagnostic: Diagnostic) => void) => T | undefined,
): Promise<T> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RelayError('file_unreadable', `${path}: ${messageOf(cause)}`, { cause });
  });
  const problems: Diagnostic[] = [];
  const content = read({ path, text }, (problem) => problems.push(problem));
  if (content !== undefined) return content;
  throw new RelayError('file_unreadable', renderDiagnostics(problems, new Map([[path, text]])));
}

export function gapsText(gaps: readonly Gap[], targets: number): string {
  if (gaps.length === 0) return `${plural(targets, 'target')}: all reached`;
  const lines = gaps.map(
    ({ technique, found, rules }): Cells => [technique, `${found} of ${plural(rules, 'rule')}`],
  );
  return `${plural(targets, 'target')}: ${gaps.length} not reached\n${inColumns(lines)}`;
}

export function changeText({ running: [before, after], lost, gained }: CoverageChange): string {
  const told = (what: string, list: readonly string[]) =>
    list.length === 0 ? [] : [`  ${what}: ${list.join(', ')}`];
  const head = `Since the baseline: ${before} -> ${after} rules run, ${plural(lost.length, 'technique')} lost, ${gained.length} gained`;
  return [head, ...told('lost', lost), ...told('gained', gained)].join('\n');
}

/** Writes diagnostics as Markdown, for comments on pull requests and job summaries. */
import { andMore, codeCell, markdownTable } from '../shared/markdown.ts';
import type { Diagnostic } from './diagnostic.ts';

/** The most findings of one report; a comment on GitHub holds 65,536 characters. */
const SHOWN = 40;
/** Characters of a message and its hint. */
const LONG = 300;

/** A heading and, if there are findings, a table of the first of them, errors in front. @param title Markdown. */
export function markdownReport(title: string, list: readonly Diagnostic[]): string {
  const ranked = list.toSorted((a, b) => rank(a) - rank(b));
  const rows = ranked.slice(0, SHOWN).map(({ severity, file, span, code, message, hint }) => [
    severity,
    codeCell(`${file}:${span.line}`),
    // The first line says what is wrong; a failed test's others have the values.
    codeCell(hint === undefined ? message : `${message}; hint: ${hint}`, LONG),
    codeCell(code),
  ]);
  const table = markdownTable(
    ['', 'Place', 'Finding', 'Code'].map((name) => ({ title: name })),
    rows,
  );
  return [`### ${title}`, ...(rows.length > 0 ? [table] : []), ...andMore(ranked.length - rows.length)].join(
    '\n\n',
  );
}

function rank({ severity }: Diagnostic): number {
  return severity === 'error' ? 0 : 1;
}

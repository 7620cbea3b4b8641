/** Writes Markdown around text that somebody else chose, so that the text stays text: for comments on pull requests and job summaries. */

/** The most characters of one text that are shown, unless more are asked for. */
const LONGEST = 160;
/** What shows nothing, or changes the direction of what follows. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * The text as a code span: GitHub and GitLab read no mention, link, reference, emoji or HTML in one. Runs of white space and of invisible
 * characters become one space. Correct outside of tables; in a table use {@link codeCell}.
 *
 * @param longest in UTF-16 units; a longer text is cut and ends with an ellipsis.
 */
export function codeSpan(text: string, longest = LONGEST): string {
  const line = oneLine(text, longest);
  if (line === '') return '*(empty)*';
  const runs = line.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + runs.reduce((most, run) => Math.max(most, run.length), 0));
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return fence + pad + line + pad + fence;
}

/** The text as a code span in a cell of a table, where `\|` is a vertical bar in code too. */
export function codeCell(text: string, longest = LONGEST): string {
  // Readers of Markdown disagree on a backslash before an escaped bar: a space separates them.
  return codeSpan(text.slice(0, 2 * longest + 1).replaceAll(/\\(?=\|)/g, '\\ '), longest).replaceAll(
    '|',
    '\\|',
  );
}

/** A table. The cells are Markdown already. @param align `right` for columns of numbers. */
export function markdownTable(
  head: readonly { readonly title: string; readonly align?: 'right' }[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head.map(({ title }) => title)),
    line(head.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

/** `and 12 more`, as a paragraph; nothing for 0. */
export function andMore(count: number): readonly string[] {
  return count > 0 ? [`*and ${count.toLocaleString('en-US')} more*`] : [];
}

function oneLine(text: string, longest: number): string {
  // The bound comes first: a text of a row may be megabytes long.
  const line = text
    .slice(0, 2 * longest)
    .toWellFormed()
    .replace(INVISIBLE, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= longest && text.length <= 2 * longest) return line;
  return `${line
    .slice(0, longest - 1)
    .toWellFormed()
    .trim()}…`;
}

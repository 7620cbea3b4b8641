/** Writes what `rules coverage` found as Markdown, for a comment on a pull request. */
import type { Coverage } from '../../../rules/coverage.ts';
import { andMore, codeCell, codeSpan, markdownTable } from '../../../shared/markdown.ts';
import { plural } from '../../../shared/readable.ts';
import { shown } from './columns.ts';
import type { Goals } from './coverage-goals.ts';

/** The most lines of a table, and the most techniques of a list. */
const MOST = 30;

export function coverageAsMarkdown(coverage: Coverage, { targets = 0, gaps, change }: Goals): string {
  const { rules, running, techniques, obstacles } = coverage;
  const blocks = [
    `### rules coverage: ${shown(running)} of ${plural(rules, 'rule')} run, ${plural(techniques.size, 'ATT&CK technique')}`,
  ];
  if (gaps) {
    blocks.push(
      `${plural(targets, 'target')}, ${gaps.length === 0 ? 'all reached' : `${gaps.length} not reached`}.`,
    );
    blocks.push(
      ...table(
        ['Technique', 'Rules', 'Wanted'],
        gaps.map(({ technique, found, rules: wanted }) => [codeCell(technique), shown(found), shown(wanted)]),
      ),
    );
  }
  if (change) {
    const [before, after] = change.running;
    blocks.push(`Since the baseline: ${shown(before)} → ${shown(after)} rules run.`);
    blocks.push(...named('Techniques lost', change.lost), ...named('Techniques gained', change.gained));
  }
  blocks.push(
    ...table(
      ['Rules that do not run', 'Why', 'First example'],
      obstacles.map((one) => [shown(one.rules), codeCell(one.code), codeCell(one.example)]),
    ),
  );
  return blocks.join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const titles = head.map((title) => ({ title }));
  return [markdownTable(titles, rows.slice(0, MOST)), ...andMore(rows.length - MOST)];
}

function named(what: string, list: readonly string[]): readonly string[] {
  if (list.length === 0) return [];
  const names = list.slice(0, MOST).map((one) => codeSpan(one));
  return [`${what}: ${names.join(', ')}`, ...andMore(list.length - MOST)];
}

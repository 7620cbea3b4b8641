/** Writes measures into a Markdown page, between the marks of each part. */
import { meetsGoal } from './measure.ts';
import type { Outcome } from './run.ts';
import { valueText } from './table.ts';

/** Where and when it was measured: one line above each table. */
export interface MarkdownFacts {
  /** `2026-11-26, load 0.4`. */
  readonly when: string;
}

/**
 * The page with the tables of these parts in place of what stood between `<!-- bench:<part> -->` and `<!-- /bench:<part> -->`. A part without
 * marks is left out; parts that were not run stay as they are.
 */
export function fillIn(page: string, outcomes: readonly Outcome[], facts: MarkdownFacts): string {
  return outcomes.reduce((text, outcome) => {
    const begin = `<!-- bench:${outcome.part} -->`;
    const end = `<!-- /bench:${outcome.part} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) return text;
    return `${text.slice(0, from + begin.length)}\n${tableOf(outcome, facts)}\n${text.slice(to)}`;
  }, page);
}

function tableOf({ measures, skipped, failed }: Outcome, { when }: MarkdownFacts): string {
  const lines = measures.map((measure) => {
    const { name, value, unit, ratio, goal, note } = measure;
    const times = ratio ? `${ratio.times.toFixed(2)} x ${ratio.of}` : '';
    const aim = goal
      ? `${goal.is} ${valueText(goal.value, unit)}${meetsGoal(measure) ? '' : ' (missed)'}`
      : '';
    const about = note === undefined ? name : `${name} (${note})`;
    return `| ${about} | ${valueText(value, unit)} ${unit} | ${times} | ${aim} |`;
  });
  const head = ['| | | CPU beside | goal |', '|---|---:|---|---|'];
  const table = lines.length > 0 ? ['', ...head, ...lines, ''] : [''];
  const rest = [
    ...(skipped === undefined ? [] : [`Not measured: ${skipped}.`, '']),
    ...(failed === undefined ? [] : [`Failed: ${failed.split('\n')[0] ?? ''}`, '']),
  ];
  return [...table, `Measured ${when}.`, '', ...rest].join('\n');
}

/** Runs the rules on many rows, without sending anything. */
import type { Shape } from '../../../destinations/shapes.ts';
import { DryRun } from '../../../rules/dry-run.ts';
import { increment } from '../../../shared/counts.ts';
import type { Verdict } from '../../../shared/event.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { UsageError } from '../../usage-error.ts';
import { type Compared, compareWith, isMet, loadExpectations, renderCompared } from './expected.ts';
import { relayFileOf } from './place.ts';
import { type ReportFile, type ReportFormat, writeReports } from './report.ts';
import { openCorpus, type RowSource } from './rows.ts';
import { rowsBar } from './rows-bar.ts';
import { compiledSets, type RuleSetOptions, type RuleSets } from './rule-sets.ts';
import { resultAsMarkdown } from './run-markdown.ts';
import type { Difference, RunResult } from './run-result.ts';
import { resultAsJson, resultAsText } from './run-text.ts';
import { isMapped, printShaped } from './shaped.ts';
import { addRow, newTally } from './tally.ts';
import { unreadRows } from './unread-rows.ts';

export interface RunOptions extends RuleSetOptions {
  /** Files and folders with rows, or addresses of blobs and folders of blobs. */
  readonly inputs: readonly string[];
  /** Only rows of these tables. */
  readonly tables?: readonly string[];
  /** A file that says how often rules match. */
  readonly expect?: string | undefined;
  /** Print the events in this shape instead of a summary. */
  readonly shape?: Shape | undefined;
  /** With `shape`: check each event against the shape's official schema. */
  readonly validate?: boolean;
  /** Files that get the result besides what is printed. */
  readonly reports?: readonly ReportFile[];
}

const EXAMPLES = 3;

/** `rules run`: a dry run over local files or blobs. Sends nothing. Exits with 1 if the rules do not compile. */
export async function runCommand(options: RunOptions, out: Output, signal?: AbortSignal): Promise<ExitCode> {
  const { shape, validate = false, expect, format, tables = [] } = options;
  mustAgree(options);
  const expectations = expect === undefined ? undefined : await loadExpectations(expect);
  const sets = await compiledSets(options, out);
  if (!sets) return EXIT.failed;
  const { now, doubts } = sets;
  for (const doubt of doubts) out.note(visible(doubt));
  const config = await relayFileOf(options.config);
  const sources = await openCorpus(options.inputs, config);
  if (shape !== undefined) return await printShaped(now, sources, { shape, validate }, { out, signal });
  const result = await tryRules({ ...sets, tables }, sources, { out, signal });
  const compared = expectations && compareWith(expectations, now, result.tally);
  await writeReports(options.reports, (form) => rendered(result, compared, form, false));
  const text = rendered(result, compared, format, out.color);
  if (text !== '') out.print(text);
  return !compared || isMet(compared) ? EXIT.ok : EXIT.failed;
}

function rendered(
  result: RunResult,
  compared: Compared | undefined,
  format: ReportFormat,
  color: boolean,
): string {
  const expectations = (form: ReportFormat) => (compared ? [renderCompared(compared, form, color)] : []);
  switch (format) {
    case 'json':
      return resultAsJson(result, compared);
    case 'text':
      return [resultAsText(result, color), ...expectations(format)].join('\n');
    case 'markdown':
      return [...expectations(format), resultAsMarkdown(result)].join('\n\n');
    default:
      return expectations(format).join('');
  }
}

/** Throws a UsageError for options that do not go together. */
function mustAgree({ shape, validate, diff, expect, tables = [], format, reports = [] }: RunOptions): void {
  const refuse = (message: string): never => {
    throw new UsageError('options_conflict', message);
  };
  if (validate && (shape === undefined || !isMapped(shape))) {
    refuse('--validate needs --shape ecs or --shape ocsf: the other shapes have no schema');
  }
  if (shape !== undefined && diff !== undefined) {
    refuse('--shape prints events and --diff compares rules: use one of them');
  }
  if (shape !== undefined && (expect !== undefined || tables.length > 0 || reports.length > 0)) {
    refuse('--shape prints the events of all rows: leave out --expect, --table and --report');
  }
  const needsExpect = [format, ...reports.map((one) => one.format)].find(
    (one) => one !== 'text' && one !== 'json' && one !== 'markdown',
  );
  if (expect === undefined && needsExpect !== undefined) {
    refuse(`--format ${needsExpect} shows expectations: it needs --expect`);
  }
}

/** What is tried, and on which tables; on all if none is given. */
interface Trial extends RuleSets {
  readonly tables: readonly string[];
}

async function tryRules(
  { now, before, tables, doubts }: Trial,
  sources: readonly RowSource[],
  { out, signal }: { readonly out: Output; readonly signal: AbortSignal | undefined },
): Promise<RunResult> {
  const run = new DryRun(now);
  const tally = newTally(now.version);
  const old = before && { run: new DryRun(before), tally: newTally(before.version) };
  const bad = new Map<string, number>();
  const differences = new Map<string, Difference>();
  const wanted = new Set(tables.map((table) => table.toLowerCase()));
  const bar = rowsBar(sources, out);
  try {
    for (const source of sources) {
      const rowsBefore = tally.rows;
      let others = 0;
      const unread = unreadRows(source);
      for await (const { parsed, raw, end } of source.rows()) {
        signal?.throwIfAborted();
        bar.at(source, end, tally.rows);
        if (!parsed.ok) {
          increment(bad, parsed.reason);
          unread.add(raw, parsed);
          continue;
        }
        if (wanted.size > 0 && !wanted.has(parsed.row.table.toLowerCase())) {
          others += 1;
          continue;
        }
        const verdict = addRow(tally, run, parsed.row);
        if (!old) continue;
        const kinds = differencesBetween(addRow(old.tally, old.run, parsed.row), verdict);
        addDifferences(differences, kinds, `${source.name}@${parsed.row.source.offset}`);
      }
      bar.finished(source);
      await unread.mustNotBeAll(tally.rows + others - rowsBefore);
    }
  } finally {
    bar.stop();
  }
  return { tally, other: old?.tally, bad, differences, doubts };
}

function addDifferences(differences: Map<string, Difference>, kinds: readonly string[], place: string): void {
  for (const kind of kinds) {
    const found = differences.get(kind) ?? { count: 0, examples: [] };
    found.count += 1;
    if (found.examples.length < EXAMPLES) found.examples.push(place);
    differences.set(kind, found);
  }
}

/** The ways in which two verdicts on one row differ. */
function differencesBetween(before: Verdict, after: Verdict): string[] {
  if (before.kind === 'filtered' && after.kind === 'filtered') return [];
  if (before.kind === 'filtered') return ['no longer filtered'];
  if (after.kind === 'filtered') return ['now filtered'];
  const found: string[] = [];
  const names = ({ routes }: typeof before) =>
    routes
      .map(({ to, severity, rule }) => `${to} ${severity ?? ''} ${rule?.title ?? ''}`)
      .sort()
      .join('\n');
  if (names(before) !== names(after)) found.push('other destinations or alerts');
  if (JSON.stringify(before.event) !== JSON.stringify(after.event)) found.push('other columns or values');
  return found;
}

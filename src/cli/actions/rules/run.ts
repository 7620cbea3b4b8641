/** Runs the rules on many rows, without sending anything. */
import picocolors from 'picocolors';
import type { Shape } from '../../../destinations/shapes.ts';
import { DryRun } from '../../../rules/dry-run.ts';
import { increment } from '../../../shared/counts.ts';
import type { Verdict } from '../../../shared/event.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { UsageError } from '../../usage-error.ts';
import { type Cells, inBytes, inColumns, shown } from './columns.ts';
import { type Compared, compareWith, loadExpectations, printCompared } from './expected.ts';
import { relayFileOf } from './place.ts';
import { nothingRead, openCorpus, type RowSource } from './rows.ts';
import { rowsBar } from './rows-bar.ts';
import { compiledSets, type RuleSetOptions, type RuleSets } from './rule-sets.ts';
import { isMapped, printShaped } from './shaped.ts';
import { addRow, newTally, type Tally, tallyAsJson } from './tally.ts';

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
}

/** The number of rows on which two rule sets differ in one way, and the first of them as `file@offset`. */
interface Difference {
  count: number;
  readonly examples: string[];
}

const EXAMPLES = 3;

/** `rules run`: a dry run over local files or blobs. Sends nothing. Exits with 1 if the rules do not compile. */
export async function runCommand(options: RunOptions, out: Output, signal?: AbortSignal): Promise<ExitCode> {
  const { shape, validate = false } = options;
  if (validate && (shape === undefined || !isMapped(shape))) {
    throw new UsageError(
      'options_conflict',
      '--validate needs --shape ecs or --shape ocsf: the other shapes have no schema',
    );
  }
  if (shape !== undefined && options.diff !== undefined) {
    throw new UsageError(
      'options_conflict',
      '--shape prints events and --diff compares rules: use one of them',
    );
  }
  const { expect, format, tables = [] } = options;
  if (shape !== undefined && (expect !== undefined || tables.length > 0)) {
    throw new UsageError(
      'options_conflict',
      '--shape prints the events of all rows: leave out --expect and --table',
    );
  }
  if (expect === undefined && format !== 'text' && format !== 'json') {
    throw new UsageError('options_conflict', `--format ${format} shows expectations: it needs --expect`);
  }
  const expectations = expect === undefined ? undefined : await loadExpectations(expect);
  const sets = await compiledSets(options, out);
  if (!sets) return EXIT.failed;
  const { now } = sets;
  const config = await relayFileOf(options.config);
  const sources = await openCorpus(options.inputs, config);
  if (shape !== undefined) return await printShaped(now, sources, { shape, validate }, { out, signal });
  const result = await tryRules({ ...sets, tables }, sources, { out, signal });
  const compared = expectations && compareWith(expectations, now, result.tally);
  if (format === 'json') out.print(asJson(result, compared));
  else if (format === 'text') out.print(asText(result, out.color));
  if (!compared) return EXIT.ok;
  return printCompared(compared, format, out) ? EXIT.ok : EXIT.failed;
}

/** The results of the rules and, with `diff`, of the rules to compare with. */
interface Result {
  readonly tally: Tally;
  readonly other: Tally | undefined;
  /** The number of unreadable rows by reason. */
  readonly bad: ReadonlyMap<string, number>;
  /** The ways in which the two rule sets differ. */
  readonly differences: ReadonlyMap<string, Difference>;
}

/** What is tried, and on which tables; on all if none is given. */
interface Trial extends RuleSets {
  readonly tables: readonly string[];
}

async function tryRules(
  { now, before, tables }: Trial,
  sources: readonly RowSource[],
  { out, signal }: { readonly out: Output; readonly signal: AbortSignal | undefined },
): Promise<Result> {
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
      const unread = new Map<string, number>();
      for await (const { parsed, end } of source.rows()) {
        signal?.throwIfAborted();
        bar.at(source, end, tally.rows);
        if (!parsed.ok) {
          increment(bad, parsed.reason);
          increment(unread, parsed.reason);
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
      if (unread.size > 0 && tally.rows + others === rowsBefore) throw nothingRead(source, unread);
    }
  } finally {
    bar.stop();
  }
  return { tally, other: old?.tally, bad, differences };
}

function addDifferences(differences: Map<string, Difference>, kinds: readonly string[], place: string): void {
  for (const kind of kinds) {
    const found = differences.get(kind) ?? { count: 0, examples: [] };
    found.count += 1;
    if (found.examples.length < EXAMPLES) found.examples.push(place);
    differences.set(kind, found);
  }
}

function asJson({ tally, other, bad, differences }: Result, expected: Compared | undefined): string {
  const compared = other && { other: tallyAsJson(other), differences: Object.fromEntries(differences) };
  return JSON.stringify(
    {
      ...tallyAsJson(tally),
      unreadable: Object.fromEntries(bad),
      ...compared,
      ...(expected && { expectations: expected.findings }),
    },
    undefined,
    2,
  );
}

function asText({ tally, other, bad, differences }: Result, color: boolean): string {
  const text = other ? comparison(other, tally, differences, color) : summary(tally, color);
  if (bad.size === 0) return text;
  return `${text}\n\n${heading('Rows that could not be read', color)}\n${inColumns([...bad])}`;
}

function summary(tally: Tally, color: boolean): string {
  const held = [...tally.filtered.values()].reduce((sum, count) => sum + count, 0);
  const blocks = [
    `${plural(tally.rows, 'row')}: ${shown(tally.forwarded)} forwarded, ${shown(held)} filtered, ${shown(tally.rows - held - tally.forwarded)} without a destination`,
  ];
  const add = (title: string, lines: readonly Cells[]) => {
    if (lines.length > 0) blocks.push(`${heading(title, color)}\n${inColumns(lines)}`);
  };
  add(
    'Rows by table',
    sorted(tally.tables).map(([name, count]) => [count, name]),
  );
  add(
    'Filtered',
    sorted(tally.filtered).map(([name, count]) => [count, name]),
  );
  add(
    'Rules that matched',
    sorted(tally.rules).map(([name, count]) => [count, name]),
  );
  add(
    'Destinations',
    [...tally.destinations].map(([name, { events, alerts, bytes }]) => [
      name,
      `${shown(events)} events`,
      `${shown(alerts)} alerts`,
      `about ${inBytes(bytes)}`,
    ]),
  );
  return blocks.join('\n\n');
}

function comparison(
  before: Tally,
  after: Tally,
  differences: ReadonlyMap<string, Difference>,
  color: boolean,
): string {
  const paint = picocolors.createColors(color);
  const blocks: string[] = [
    `${plural(after.rows, 'row')}, before (${before.version}) and after (${after.version})`,
  ];
  const add = (title: string, a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>) => {
    const lines = [...new Set([...a.keys(), ...b.keys()])].sort().flatMap((name): Cells[] => {
      const [from, to] = [a.get(name) ?? 0, b.get(name) ?? 0];
      return from === to ? [] : [[from, '->', to, signed(to - from), name]];
    });
    if (lines.length > 0) blocks.push(`${heading(title, color)}\n${inColumns(lines)}`);
  };
  add('Filtered', before.filtered, after.filtered);
  add('Rules that matched', before.rules, after.rules);
  add('Events', shares(before, 'events'), shares(after, 'events'));
  add('Alerts', shares(before, 'alerts'), shares(after, 'alerts'));
  add('Bytes', shares(before, 'bytes'), shares(after, 'bytes'));
  const rows = [...differences].map(
    ([kind, { count, examples }]): Cells => [count, kind, paint.dim(`e.g. ${examples.join(', ')}`)],
  );
  blocks.push(
    rows.length > 0 ? `${heading('Rows that changed', color)}\n${inColumns(rows)}` : 'No row changes.',
  );
  return blocks.join('\n\n');
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

function shares(tally: Tally, what: 'events' | 'alerts' | 'bytes'): Map<string, number> {
  return new Map([...tally.destinations].map(([name, share]) => [name, share[what]]));
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function signed(value: number): string {
  return `(${value > 0 ? '+' : ''}${shown(value)})`;
}

function heading(text: string, color: boolean): string {
  return picocolors.createColors(color).bold(text);
}

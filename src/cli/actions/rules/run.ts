import { SingleBar } from 'cli-progress';
import picocolors from 'picocolors';
import type { DiagnosticFormat } from '../../../diagnostics/render.ts';
import { DryRun } from '../../../rules/dry-run.ts';
import type { Program } from '../../../rules/program.ts';
import { increment } from '../../../shared/counts.ts';
import type { Verdict } from '../../../shared/event.ts';
import { printDiagnostics } from './check.ts';
import { type Cells, inBytes, inColumns, shown } from './columns.ts';
import { EXIT, type ExitCode, type Output } from './io.ts';
import { openRows, type RowSource } from './rows.ts';
import { addRow, newTally, type Tally, tallyAsJson } from './tally.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export interface RunOptions extends WorkspaceOptions {
  readonly format: 'text' | 'json';
  /** A second folder of rule files to compare with. */
  readonly diff?: string;
}

/** How the two sets differ on rows, and the first rows where they do: `file@offset`. */
interface Difference {
  count: number;
  readonly examples: string[];
}

const EXAMPLES = 3;

/** `rules run`: a dry run over local files or blobs. Sends nothing. 1 when the rules do not compile. */
export async function runCommand(
  inputs: readonly string[],
  options: RunOptions,
  out: Output,
): Promise<ExitCode> {
  const now = await compiled(options, options.format, out);
  const other =
    options.diff === undefined
      ? undefined
      : await compiled({ ...options, transforms: options.diff }, options.format, out);
  if (now === undefined || (options.diff !== undefined && other === undefined)) return EXIT.findings;
  const sources = await Promise.all(inputs.map((input) => openRows(input, options.config)));
  const run = new DryRun(now.program);
  const otherRun = other && new DryRun(other.program);
  const tally = newTally(now.program.version);
  const otherTally = newTally(other?.program.version ?? '');
  const bad = new Map<string, number>();
  const differences = new Map<string, Difference>();
  const bar = progressBar(sources, out);
  try {
    for (const source of sources) {
      for await (const { parsed, end } of source.rows()) {
        bar?.show(source, end, tally.rows);
        if (!parsed.ok) {
          increment(bad, parsed.reason);
          continue;
        }
        const verdict = addRow(tally, run, parsed.row);
        if (!otherRun) continue;
        const before = addRow(otherTally, otherRun, parsed.row);
        for (const kind of differencesBetween(before, verdict)) {
          const found = differences.get(kind) ?? { count: 0, examples: [] };
          found.count += 1;
          if (found.examples.length < EXAMPLES)
            found.examples.push(`${source.name}@${parsed.row.source.offset}`);
          differences.set(kind, found);
        }
      }
      bar?.finished(source);
    }
  } finally {
    bar?.stop();
  }
  if (options.format === 'json') {
    const unreadable = Object.fromEntries(bad);
    const compared = other && {
      other: tallyAsJson(otherTally),
      differences: Object.fromEntries(differences),
    };
    out.print(JSON.stringify({ ...tallyAsJson(tally), unreadable, ...compared }, undefined, 2));
  } else {
    out.print(other ? comparison(otherTally, tally, differences, out.color) : summary(tally, out.color));
    if (bad.size > 0)
      out.print(`\n${heading('Rows that could not be read', out.color)}\n${inColumns([...bad])}`);
  }
  return EXIT.ok;
}

async function compiled(
  options: WorkspaceOptions,
  format: DiagnosticFormat,
  out: Output,
): Promise<{ readonly workspace: Workspace; readonly program: Program } | undefined> {
  const workspace = await openWorkspace(options);
  const { program, diagnostics } = workspace.compiled;
  if (program !== undefined) return { workspace, program };
  printDiagnostics(diagnostics, workspace, format, out);
  return undefined;
}

function summary(tally: Tally, color: boolean): string {
  const held = [...tally.filtered.values()].reduce((sum, count) => sum + count, 0);
  const blocks = [
    `${shown(tally.rows)} rows: ${shown(tally.forwarded)} forwarded, ${shown(held)} filtered, ${shown(tally.rows - held - tally.forwarded)} without a destination`,
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
    `${shown(after.rows)} rows, before (${before.version}) and after (${after.version})`,
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

/** In what ways two verdicts on one row differ. */
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

/** Bytes of all sources together; a compressed one counts when it is done, for its rows do not tell where it is. */
function progressBar(sources: readonly RowSource[], out: Output) {
  if (!out.interactive) return undefined;
  const total = sources.reduce((sum, { length }) => sum + length, 0);
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {rows} rows  {eta_formatted} left',
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  });
  bar.start(Math.max(1, total), 0, { rows: 0 });
  let done = 0;
  let next = 0;
  return {
    show(source: RowSource, end: number, rows: number) {
      if (rows < next) return;
      next = rows + 1000;
      bar.update(Math.min(done + Math.min(end, source.length), total), { rows: shown(rows) });
    },
    finished(source: RowSource) {
      done += source.length;
    },
    stop: () => bar.stop(),
  };
}

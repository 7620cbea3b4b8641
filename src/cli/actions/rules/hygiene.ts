/** Reports rules that nobody may need, own or trust any more. */
import picocolors from 'picocolors';
import { DryRun } from '../../../rules/dry-run.ts';
import { HitCounts } from '../../../rules/hygiene/hits.ts';
import { type Hygiene, hygieneOf } from '../../../rules/hygiene/hygiene.ts';
import type { Program } from '../../../rules/program.ts';
import { collectTests } from '../../../rules/testing/collect.ts';
import { systemClock } from '../../../shared/clock.ts';
import { plural } from '../../../shared/readable.ts';
import { rowTime } from '../../../shared/row-time.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { HYGIENE_KINDS, type HygieneKind } from '../../hygiene-kinds.ts';
import type { Output } from '../../output.ts';
import { UsageError } from '../../usage-error.ts';
import { hasErrors, printDiagnostics, reportOf } from './check.ts';
import { type Cells, inColumns } from './columns.ts';
import { readHits } from './hygiene-metrics.ts';
import { relayFileOf } from './place.ts';
import { type Report, type ReportFile, type ReportFormat, renderReport, writeReports } from './report.ts';
import { openCorpus } from './rows.ts';
import { rowsBar } from './rows-bar.ts';
import { unreadRows } from './unread-rows.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export interface HygieneCommandOptions extends WorkspaceOptions {
  /** Files and folders with rows, or addresses of blobs and folders of blobs; without them, nothing is known of hits. */
  readonly inputs: readonly string[];
  /** Instead of rows: files and addresses of relays' metrics. */
  readonly metrics?: readonly string[];
  readonly format: ReportFormat;
  readonly reports?: readonly ReportFile[];
  /** The kinds of findings that make the command fail. */
  readonly failOn: readonly (HygieneKind | 'any')[];
  /** How long a rule may be experimental, in milliseconds. */
  readonly experimentalFor: number;
  /** The percentage of its tables' rows above which a rule is noisy. */
  readonly noisy: number;
  /** Whether to show all findings, even if they are many. */
  readonly verbose?: boolean;
}

/** The rules that are listed as the noisiest. */
const NOISIEST = 10;

/** `rules hygiene`: prints findings. Exits with 1 for those that `failOn` names, and for rules that do not compile. */
export async function hygieneCommand(
  options: HygieneCommandOptions,
  out: Output,
  signal?: AbortSignal,
): Promise<ExitCode> {
  const { inputs, metrics = [] } = options;
  if (inputs.length > 0 && metrics.length > 0) {
    throw new UsageError('options_conflict', 'matches are counted on rows or read from --metrics: use one');
  }
  const workspace = await openWorkspace(options);
  const { program, diagnostics } = workspace.compiled;
  if (program === undefined || hasErrors(diagnostics)) {
    const report = { ...reportOf(diagnostics, workspace), command: 'rules hygiene' };
    await writeReports(options.reports, (format) => renderReport(report, format));
    printDiagnostics(diagnostics, workspace, options, out);
    return EXIT.failed;
  }
  const hits =
    metrics.length > 0
      ? await readHits(metrics, signal)
      : inputs.length > 0
        ? await countHits(program, options, { out, signal })
        : undefined;
  const hygiene = hygieneOf(workspace.compiled, {
    tests: collectTests(workspace.files, workspace.context, program).tests,
    hits,
    now: systemClock.now(),
    experimentalFor: options.experimentalFor,
    noisyShare: options.noisy / 100,
  });
  const fails = new Set<string>(options.failOn.includes('any') ? HYGIENE_KINDS : options.failOn);
  const list = hygiene.findings.filter(({ file }) => workspace.isMeant(file));
  const report: Report = {
    ...reportOf(list, workspace),
    command: 'rules hygiene',
    isFailure: ({ code }) => fails.has(code),
    summary: summaryOf(hygiene, list.length),
  };
  await writeReports(options.reports, (format) => rendered(report, hygiene, format, { workspace }));
  const brief = options.verbose ? {} : { briefUnless: 'xdr-relay rules hygiene --verbose' };
  const text = rendered(report, hygiene, options.format, { workspace, color: out.color, ...brief });
  if (text !== '') out.print(text);
  return list.some(({ code }) => fails.has(code)) ? EXIT.failed : EXIT.ok;
}

/** Runs the rules on the rows of the corpus. */
async function countHits(
  program: Program,
  { inputs, config }: Pick<HygieneCommandOptions, 'inputs' | 'config'>,
  { out, signal }: { readonly out: Output; readonly signal: AbortSignal | undefined },
): Promise<HitCounts> {
  const sources = await openCorpus(inputs, await relayFileOf(config));
  const run = new DryRun(program);
  const hits = new HitCounts();
  let rows = 0;
  const bar = rowsBar(sources, out);
  try {
    for (const source of sources) {
      const before = rows;
      const unread = unreadRows(source);
      for await (const { parsed, raw, end } of source.rows()) {
        signal?.throwIfAborted();
        bar.at(source, end, rows);
        if (!parsed.ok) {
          unread.add(raw, parsed);
          continue;
        }
        rows += 1;
        hits.addRows(parsed.row.table);
        const { raised } = run.next(parsed.row, rowTime(parsed.row) ?? 0);
        for (const rule of raised) hits.addHit(rule);
      }
      bar.finished(source);
      await unread.mustNotBeAll(rows - before);
    }
  } finally {
    bar.stop();
  }
  return hits;
}

interface Shown {
  readonly workspace: Workspace;
  readonly color?: boolean;
  readonly briefUnless?: string;
}

function rendered(
  report: Report,
  hygiene: Hygiene,
  format: ReportFormat,
  { workspace, ...options }: Shown,
): string {
  const noisiest = hygiene.noisiest.slice(0, NOISIEST);
  if (format === 'json') {
    return JSON.stringify(
      {
        rules: hygiene.rules,
        unjudged: hygiene.unjudged,
        noisiest: noisiest.map((one) => ({ ...one, file: workspace.nameOf(one.file) })),
        findings: report.diagnostics,
      },
      undefined,
      2,
    );
  }
  const text = renderReport(report, format, options);
  if (format !== 'text') return text;
  const lines = noisiest.map(({ title, hits, rows }): Cells => [hits, 'of', plural(rows, 'row'), title]);
  const heading = picocolors.createColors(options.color ?? false).bold('Noisiest rules');
  return [
    ...(text === '' ? [] : [text]),
    ...(lines.length > 0 ? [`${heading}\n${inColumns(lines)}`] : []),
    report.summary ?? '',
  ].join('\n\n');
}

function summaryOf({ rules, unjudged }: Hygiene, findings: number): string {
  const more =
    unjudged === 0 ? '' : `; ${plural(unjudged, 'rule')} cannot be judged: there was no row of their tables`;
  return `${plural(rules, 'rule')}, ${plural(findings, 'finding')}${more}`;
}

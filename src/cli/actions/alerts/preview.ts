/** Shows the messages that the alerts of some rows would be for a destination for people. Nothing is sent. */
import { PREVIEWED, previewMessage } from '../../../destinations/preview.ts';
import { deliveriesOf } from '../../../relay/rows/deliveries.ts';
import { DryRun } from '../../../rules/dry-run.ts';
import type { Program } from '../../../rules/program.ts';
import { collectTests } from '../../../rules/testing/collect.ts';
import { rowOf } from '../../../rules/testing/run.ts';
import { systemClock } from '../../../shared/clock.ts';
import type { Envelope, Route, Row } from '../../../shared/event.ts';
import { plural } from '../../../shared/readable.ts';
import { rowTime } from '../../../shared/row-time.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { UsageError } from '../../usage-error.ts';
import { printDiagnostics } from '../rules/check.ts';
import type { RelayRules } from '../rules/context.ts';
import { relayFileOf } from '../rules/place.ts';
import { openRows } from '../rules/rows.ts';
import { unreadRows } from '../rules/unread-rows.ts';
import { openWorkspace, relayRulesOf, type Workspace, type WorkspaceOptions } from '../rules/workspace.ts';

export interface PreviewOptions extends Omit<WorkspaceOptions, 'paths'> {
  /** The path of a file of rows or of a rule file, or the address of a blob. */
  readonly input: string;
  /** A destination's name, or a type. */
  readonly to: string;
  readonly limit: number;
  readonly format: 'text' | 'json';
}

/** `alerts preview`. Exits with 1 if the rules do not compile. */
export async function previewAlerts(
  options: PreviewOptions,
  out: Output,
  signal?: AbortSignal,
): Promise<ExitCode> {
  const { input, format, limit } = options;
  const relay = await relayRulesOf(options);
  const { type, isFor } = destinationOf(options.to, relay);
  const isRuleFile = /\.ya?ml$/i.test(input);
  const workspace = await openWorkspace({ ...options, paths: isRuleFile ? [input] : [] });
  const { program, diagnostics } = workspace.compiled;
  if (program === undefined) {
    printDiagnostics(diagnostics, workspace, { format }, out);
    return EXIT.failed;
  }
  const rows = isRuleFile
    ? testRows(workspace, program)
    : fileRows(input, await relayFileOf(options.config), out);
  const run = new DryRun(program);
  let shown = 0;
  let elsewhere = 0;
  let seen = 0;
  for await (const { row, at } of rows) {
    signal?.throwIfAborted();
    seen += 1;
    const envelopes = alertsOf(program, row, run.next(row, at).verdict);
    const own = alertsIn(envelopes.filter(({ to }) => isFor(to)));
    if (own.length === 0) elsewhere += alertsIn(envelopes).length;
    const preview = await previewMessage(type, own, relay?.links ?? {});
    if (preview === undefined) continue;
    if (shown === limit) {
      out.note(`There are more than ${plural(limit, 'message')}: --limit shows more of them.`);
      return EXIT.ok;
    }
    if (format === 'json') out.print(JSON.stringify(preview.body));
    else out.print(`${shown === 0 ? '' : '\n'}${preview.text ?? JSON.stringify(preview.body, undefined, 2)}`);
    shown += 1;
  }
  if (shown === 0) {
    out.note(
      elsewhere > 0
        ? `${plural(elsewhere, 'alert')} in ${plural(seen, 'row')}, but none for ${options.to}: look at its levels under alerts, and at the routes`
        : `No alert in ${plural(seen, 'row')}.`,
    );
  }
  return EXIT.ok;
}

interface Shown {
  readonly type: string;
  /** Whether a route's destination is the one that was named. */
  isFor(to: string): boolean;
}

function destinationOf(to: string, relay: RelayRules | undefined): Shown {
  const type = relay?.types[to];
  if (type !== undefined && PREVIEWED.includes(type)) return { type, isFor: (name) => name === to };
  if (type === undefined && PREVIEWED.includes(to)) return { type: to, isFor: () => true };
  const names = Object.entries(relay?.types ?? {}).flatMap(([name, one]) =>
    PREVIEWED.includes(one) ? [name] : [],
  );
  const known = [...names, ...PREVIEWED].join(', ');
  throw new UsageError('unknown_destination', `--to ${to}: not a destination for people; there are ${known}`);
}

interface TimedRow {
  readonly row: Row;
  /** When its event happened, in milliseconds since the epoch. */
  readonly at: number;
}

async function* fileRows(input: string, config: string | undefined, out: Output): AsyncGenerator<TimedRow> {
  const source = await openRows(input, config);
  const unread = unreadRows(source);
  let read = 0;
  for await (const { parsed, raw } of source.rows()) {
    if (parsed.ok) {
      read += 1;
      yield { row: parsed.row, at: rowTime(parsed.row) ?? 0 };
    } else unread.add(raw, parsed);
  }
  await unread.mustNotBeAll(read);
  const text = await unread.text();
  if (text !== undefined) out.note(`Rows that could not be read: ${text}`);
}

/** The rows of the tests in the files that the command line names. */
async function* testRows(workspace: Workspace, program: Program): AsyncGenerator<TimedRow> {
  const { tests } = collectTests(workspace.files, { destinations: undefined }, program);
  const now = systemClock.now();
  let number = 0;
  for (const test of tests.filter(({ file }) => workspace.isMeant(file))) {
    const rows = test.kind === 'row' ? [{ at: 0, table: test.table, row: test.row }] : test.rows;
    for (const { at, table, row: columns } of rows) {
      number += 1;
      const row = rowOf(table, columns, 'test', number);
      const time = new Date(now + at).toISOString();
      // A row of a test has only the columns that its rule reads; a message says when.
      yield { row: { ...row, envelope: { time, ...row.envelope }, id: idOf(number) }, at: now + at };
    }
  }
}

/** Each alert once, of however many destinations. */
function alertsIn(envelopes: ReturnType<typeof alertsOf>): readonly Envelope[] {
  return [...new Map(envelopes.map(({ envelope }) => [envelope.alertId, envelope])).values()];
}

function idOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** A row under each rule that raised an alert, once for each destination. */
function alertsOf(
  program: Program,
  row: Row,
  verdict: ReturnType<DryRun['next']>['verdict'],
): readonly { readonly to: string; readonly envelope: Envelope }[] {
  if (verdict.kind === 'filtered') return [];
  const routes: readonly Route[] = verdict.routes.filter(({ rule }) => rule !== undefined);
  return deliveriesOf(row, verdict, routes, program.shapes).flatMap(([to, deliveries]) =>
    deliveries.map(({ head, event }) => ({ to, envelope: { ...head, event } })),
  );
}

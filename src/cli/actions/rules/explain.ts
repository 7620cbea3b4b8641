/** Shows what the rules do with one row, and why. */
import { basename } from 'node:path';
import picocolors from 'picocolors';
import {
  type ExplainedAlert,
  type ExplainedNarrowing,
  type ExplainedStep,
  type Explanation,
  explain,
} from '../../../rules/explain.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import { type ExplainedShape, explainShape } from '../../../rules/shapes/explain.ts';
import type { MatchTree } from '../../../rules/sigma/index.ts';
import { parseTable } from '../../../rules/table/compile.ts';
import { rowOf } from '../../../rules/testing/run.ts';
import { RelayError } from '../../../shared/errors.ts';
import type { EnvelopeHead, MappedShape, Row } from '../../../shared/event.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { rowTimeText } from '../../../shared/row-time.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { printDiagnostics } from './check.ts';
import { groupingText, overrideText } from './overridden.ts';
import { readRow, readText } from './row.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export interface ExplainOptions extends WorkspaceOptions {
  /** A table file or Sigma rule, to explain only that. */
  readonly file?: string | undefined;
  /** A file with one row as JSON; `-` for standard input. */
  readonly row: string;
  readonly table?: string | undefined;
  /** Also explain what the row becomes in this shape. */
  readonly shape?: MappedShape | undefined;
  readonly format: 'text' | 'json';
}

/** `rules explain`: shows what each filter, detection, route and step does with one row, and why. */
export async function explainCommand(options: ExplainOptions, out: Output): Promise<ExitCode> {
  const { file } = options;
  const alone = file === undefined ? undefined : await readRuleFile(file);
  const workspace = await openWorkspace(options, { extra: alone });
  const { program, diagnostics, schema } = workspace.compiled;
  if (program === undefined) {
    printDiagnostics(diagnostics, workspace, { format: 'text' }, out);
    return EXIT.failed;
  }
  const path = alone?.path;
  const given = await readRow(options.row);
  const ownTables = path === undefined ? [] : tablesOf(workspace, path);
  const table = options.table ?? given.table ?? (ownTables.length === 1 ? ownTables[0] : undefined);
  if (table === undefined) {
    const which = ownTables.length > 1 ? `: one of ${ownTables.join(', ')}` : '';
    throw new RelayError('table_needed', `the row does not say its table; name it with --table${which}`);
  }
  const name = schema.find(table)?.table ?? table;
  const row = rowOf(name, given.properties);
  const explanation = explain(program, row);
  const shown = path === undefined ? explanation : only(explanation, path);
  const { verdict } = explanation;
  const shaped =
    options.shape !== undefined && verdict.kind === 'forwarded'
      ? explainShape(program.shapes, options.shape, verdict.event, headOf(row))
      : undefined;
  const parts = { table: name, ...shown, ...(shaped ? { shape: shaped } : {}) };
  if (options.format === 'json') out.print(JSON.stringify(parts, undefined, 2));
  else {
    out.print(render(name, shown, path !== undefined, out.color));
    if (shaped) out.print(`\n${renderShape(shaped, workspace, out.color)}`);
  }
  return EXIT.ok;
}

/** Reads a table file or a Sigma rule; a file with a `table` key and without `logsource` is a table file. */
async function readRuleFile(file: string): Promise<RuleFile> {
  const text = await readText(file);
  const isTable = /^table *:/m.test(text) && !/^logsource *:/m.test(text);
  return { path: isTable ? basename(file) : `detections/${basename(file)}`, text };
}

function tablesOf({ files, compiled }: Workspace, path: string): string[] {
  const file = files.find((one) => one.path === path);
  const table =
    file && !path.startsWith('detections/') ? parseTable(file, compiled.schema, () => {})?.table : undefined;
  const found = compiled.compiledRules.filter(({ rule }) => rule.file === path).map((one) => one.table);
  return [...new Set(table === undefined ? found : [table])];
}

/** Reduces an explanation to the parts that come from one file. */
function only(explanation: Explanation, path: string): Explanation {
  if (!path.startsWith('detections/')) return { ...explanation, detections: [] };
  const detections = explanation.detections.filter((one) => one.file === path);
  return { ...explanation, detections, filters: [], routes: [], steps: [] };
}

function render(table: string, explanation: Explanation, full: boolean, color: boolean): string {
  const paint = picocolors.createColors(color);
  const mark = (matched: boolean) => (matched ? paint.green('✓') : paint.red('✗'));
  const tree = (node: MatchTree | undefined, depth: number): string[] => {
    if (node === undefined) return [];
    const actual = node.kind === 'field' ? paint.dim(`  row: ${excerpt(node.actual)}`) : '';
    const line = `${'  '.repeat(depth)}${mark(node.matched)} ${visible(node.label)}${actual}`;
    return [line, ...node.children.flatMap((child) => tree(child, depth + 1))];
  };
  const blocks: string[] = [];
  const add = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) blocks.push([paint.bold(title), ...lines].join('\n'));
  };
  add(
    'Filters',
    explanation.filters.flatMap((one) => [
      `  ${mark(one.matched)} ${visible(one.title)}`,
      ...tree(one.tree, 2),
    ]),
  );
  const listed = explanation.detections.filter(({ matched }) => full || matched);
  const quiet = explanation.detections.length - listed.length;
  add('Detections', [
    ...listed.flatMap((one) => {
      const counted = one.correlations.map((title) => `, counted by "${visible(title)}"`).join('');
      const nowhere = counted === '' ? ', to no destination' : '';
      const isSuppressed = one.matched && one.narrowings.some(({ suppresses }) => suppresses);
      const sent = one.to.length > 0 ? ` -> ${one.to.join(', ')}` : nowhere;
      const to = isSuppressed ? ', suppressed' : sent;
      return [
        `  ${mark(one.matched)} ${visible(one.title)} ${paint.dim(`${one.level}${to}${counted}, ${visible(one.file)}`)}`,
        ...(one.overridden ?? []).map((by) => `    ${paint.bold('override')} ${visible(overrideText(by))}`),
        ...alertLines(one.alert),
        ...tree(one.tree, 2),
        ...one.narrowings.flatMap((narrowing) => [
          `    ${paint.bold(narrowing.kind)} ${visible(narrowing.title)} ${paint.dim(visible(narrowingText(narrowing)))}`,
          ...tree(narrowing.tree, 3),
        ]),
      ];
    }),
    ...(quiet > 0 ? [paint.dim(`  ${quiet} other${quiet === 1 ? '' : 's'} did not match`)] : []),
  ]);
  add(
    'Routes',
    explanation.routes.flatMap((one) => [
      `  ${mark(one.matched)} ${one.to}${one.severity ? ` ${one.severity}` : ''}`,
      ...alertLines(one.alert),
      ...tree(one.tree, 2),
      ...stepLines(one.steps ?? [], '    ', paint),
    ]),
  );
  add('Steps', stepLines(explanation.steps, '  ', paint));
  const { verdict } = explanation;
  add(
    'Cut: only a part of a long value was looked at',
    (verdict.cut ?? []).map((title) => `  ${visible(title)}`),
  );
  const routes = verdict.kind === 'filtered' ? [] : verdict.routes;
  add(
    `${table}: ${verdict.kind === 'filtered' ? `filtered by "${visible(verdict.filter)}"` : 'not filtered'}`,
    [
      ...routes.map(
        ({ to, severity, rule }) =>
          `  -> ${to}${severity ? ` ${severity}` : ''}${rule ? `: ${visible(rule.title)}` : ''}`,
      ),
      ...(verdict.kind === 'forwarded' && routes.length === 0 ? ['  goes nowhere'] : []),
    ],
  );
  return blocks.join('\n\n');
}

/** What an exception or a filter does with the alert. */
function narrowingText({ suppresses, expires, expired, file }: ExplainedNarrowing): string {
  if (expired) return `has expired on ${expires} and suppresses nothing, ${file}`;
  const until = expires === undefined ? '' : ` until ${expires}`;
  return `${suppresses ? `suppresses the alert${until}` : 'does not apply to the row'}, ${file}`;
}

function stepLines(
  steps: readonly ExplainedStep[],
  indent: string,
  paint: ReturnType<typeof picocolors.createColors>,
): readonly string[] {
  return steps.flatMap(({ verb, changes }) => [
    `${indent}${verb}${changes.length === 0 ? paint.dim('  no change') : ''}`,
    ...changes.map(({ column, before, after }) => {
      if (after === undefined) return `${indent}  ${paint.red('-')} ${column}: ${excerpt(before)}`;
      if (before === undefined) return `${indent}  ${paint.green('+')} ${column}: ${excerpt(after)}`;
      return `${indent}  ${paint.yellow('~')} ${column}: ${excerpt(before)} -> ${excerpt(after)}`;
    }),
  ]);
}

/** What people are told, as far as the files or relay.yaml declare it. */
function alertLines(alert: ExplainedAlert | undefined): readonly string[] {
  const { title, grouping } = alert ?? {};
  return [
    ...(title === undefined ? [] : [`    title: ${visible(title)}`]),
    ...(grouping === undefined ? [] : [`    people are told: ${visible(groupingText(grouping))}`]),
  ];
}

function excerpt(value: JsonValue | undefined): string {
  if (value === undefined) return 'no such column';
  const text = visible(JSON.stringify(value));
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function headOf({ id, table, source, ...row }: Row): EnvelopeHead {
  return { id, table, source, time: rowTimeText(row) };
}

function renderShape(shape: ExplainedShape, workspace: Workspace, color: boolean): string {
  const paint = picocolors.createColors(color);
  const width = Math.max(0, ...shape.fields.map(({ field }) => field.length));
  const fields = shape.fields.map(({ field, value, column, file, line }) => {
    const place = paint.dim(`${workspace.nameOf(file)}:${line}`);
    return `  ${field.padEnd(width)}  ${excerpt(value)}  ${paint.dim('from')} ${column}  ${place}`;
  });
  const title = shape.class === undefined ? 'ECS' : `OCSF ${shape.class}`;
  const violations = shape.violations.map(({ path, message }) => `  ${paint.red('✗')} ${path} ${message}`);
  return [
    paint.bold(`${title}: fields from columns`),
    ...fields,
    '',
    paint.bold('Event'),
    JSON.stringify(shape.event, undefined, 2),
    ...violations,
  ].join('\n');
}

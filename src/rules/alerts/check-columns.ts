/** Checks the columns that titles and groups of alerts name: they must be there after the table's transform. */
import { type Diagnostic, diagnostic, type Mistake } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import { quoted } from '../../diagnostics/sentences.ts';
import { columnsOfTitle, readTitle } from '../../shared/title-template.ts';
import type { OpenRuleFile } from '../open-rule-file.ts';
import type {
  CompiledRule,
  CorrelationFeed,
  CorrelationProgram,
  SigmaCorrelation,
  SigmaRule,
} from '../sigma/index.ts';
import type { KnownColumns } from '../transforms/columns.ts';
import { unknownColumn } from '../unknown-names.ts';

/** What a correlation counted, beside its `group-by`. */
const COUNT = 'count';

/** What is wrong with a column that alerts name; undefined: rows may have it behind the steps. */
function columnMistake(path: string, columns: KnownColumns): Mistake | undefined {
  const [root = path] = path.split('.', 1);
  if (columns.has(path) || columns.has(root)) return undefined;
  const by = columns.droppedBy(path) ?? columns.droppedBy(root);
  if (by === undefined) {
    return unknownColumn(columns.table, path, didYouMean(path, columns.names()));
  }
  const message = `"${path}" is gone: "${by}" of the table's transform took it away`;
  const hint = 'alerts show and group what the transform leaves';
  return { code: 'unknown-column', message, hint };
}

/** What is wrong with a title: braces first, then columns. */
function titleMistakes(title: string, columnsOf: (path: string) => Mistake | undefined): readonly Mistake[] {
  const [problem] = readTitle(title).problems;
  if (problem) return [{ code: 'bad-placeholder', message: problem.message }];
  return columnsOfTitle(title).flatMap((column) => columnsOf(column) ?? []);
}

/** Checks what a route of a table file says of its alerts. @param at the route's path. */
export function checkRouteAlert(
  file: OpenRuleFile,
  at: Path,
  declared: {
    readonly title?: string | undefined;
    readonly group_by?: string | readonly string[] | undefined;
  },
  columns: KnownColumns,
): void {
  const { title, group_by: by = [] } = declared;
  const mistakeOf = (path: string) => columnMistake(path, columns);
  const [mistake] = title === undefined ? [] : titleMistakes(title, mistakeOf);
  if (mistake) file.report({ ...mistake, path: [...at, 'title'] });
  for (const [index, column] of (typeof by === 'string' ? [by] : by).entries()) {
    const wrong = mistakeOf(column);
    const path = [...at, 'group_by', ...(typeof by === 'string' ? [] : [index])];
    if (wrong) file.report({ ...wrong, path });
  }
}

/** The rules and tables whose columns alerts of Sigma rules may name. */
export interface AlertSurroundings {
  readonly rules: readonly CompiledRule[];
  readonly correlations: CorrelationProgram;
  /** The columns of a table behind the steps of its transform. */
  columnsAfter(table: string): KnownColumns;
  report(diagnostic: Diagnostic): void;
}

/** Checks `xdr_relay` of Sigma rules and correlations. */
export function checkSigmaAlerts(around: AlertSurroundings): void {
  const { rules, correlations } = around;
  for (const [rule, compiled] of Map.groupBy(rules, (one) => one.rule)) {
    checkDeclaration(rule, compiled, [], around);
  }
  for (const { correlation } of correlations.correlations) {
    if (!correlation.alert) continue;
    const fed = rules.filter((rule) => correlations.feedsOf(rule).some((feed) => leadsTo(feed, correlation)));
    checkDeclaration(correlation, fed, [...correlation.groupBy, COUNT], around);
  }
}

function leadsTo(feed: CorrelationFeed, target: SigmaCorrelation): boolean {
  return feed.by.correlation === target || feed.next.some((next) => leadsTo(next, target));
}

/** @param names what alerts have besides columns. */
function checkDeclaration(
  document: SigmaRule | SigmaCorrelation,
  compiled: readonly CompiledRule[],
  names: readonly string[],
  { columnsAfter, report }: AlertSurroundings,
): void {
  const { alert, file } = document;
  if (!alert) return;
  const tables = compiled.map((rule) => ({ rule, columns: columnsAfter(rule.table) }));
  /** An error where no table has the column, and a warning where only some do. */
  const check = (path: string): (Mistake & { readonly isError: boolean }) | undefined => {
    if (names.includes(path)) return undefined;
    const mistakes = tables.flatMap(({ rule, columns }) => {
      const mistake = columnMistake(path, columns);
      return mistake ? [{ ...mistake, hint: asField(path, rule) ?? mistake.hint }] : [];
    });
    const [first] = mistakes;
    return first && { ...first, isError: mistakes.length === tables.length };
  };
  const { title, columns } = alert;
  const [mistake] = title ? titleMistakes(title.text, check) : [];
  if (title && mistake) {
    const severity = 'isError' in mistake && !mistake.isError ? 'warning' : 'error';
    report(diagnostic(file, title.span, mistake, severity));
  }
  for (const { text, span, file: other } of columns) {
    const wrong = check(text);
    // An override may change rules on many tables, of which some lack the column.
    const isError = wrong?.isError && other === undefined;
    if (wrong) report(diagnostic(other ?? file, span, wrong, isError ? 'error' : 'warning'));
  }
}

/** The columns of a Sigma field that was named in place of a column. */
function asField(name: string, { mapField }: CompiledRule): string | undefined {
  const columns = mapField(name)?.columns.filter((column) => column !== name) ?? [];
  if (columns.length === 0) return undefined;
  return `the field ${quoted(name)} of Sigma is ${columns.map(quoted).join(' or ')} here`;
}

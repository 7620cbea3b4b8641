/** Converts correlations into queries that count the rows of their rules in windows of fixed borders. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CompiledRule, CorrelationFeed, CorrelationProgram } from '../sigma/index.ts';
import type { FieldSource } from '../sigma/language/expression.ts';
import type { CorrelationOp, SigmaCorrelation } from '../sigma/types.ts';
import { anyOf } from './condition.ts';
import { type Conversion, type ConvertContext, ruleCondition, withComments } from './convert.ts';
import { printTableQuery, printUnion, type TableQuery, tableQuery } from './query.ts';
import { readingsOf } from './readings.ts';
import { KqlScope, Unconvertible } from './scope.ts';
import { literalOf } from './text-tests.ts';

/** The parts of a rule set that correlations need. */
export interface CorrelationParts {
  readonly rules: readonly CompiledRule[];
  readonly program: CorrelationProgram;
}

/** A rule whose rows a correlation counts, on one of its tables. */
interface CountedRule {
  readonly rule: CompiledRule;
  readonly feed: CorrelationFeed;
}

/** Converts a correlation; one that watches correlations, wants an order or calculates has no query. */
export function convertCorrelation(
  correlation: SigmaCorrelation,
  { rules, program }: CorrelationParts,
  context: ConvertContext,
): Conversion {
  const { title, id, file, span } = correlation;
  const diagnostics: Diagnostic[] = [];
  const counted = rules.flatMap((rule) =>
    program.feedsOf(rule).flatMap((feed) => (feed.by.correlation === correlation ? [{ rule, feed }] : [])),
  );
  const refuse = (message: string) =>
    diagnostics.push(
      diagnostic(file, span, { code: 'kql-unsupported', message, hint: 'convert its rules one by one' }),
    );
  const reason = refusalOf(correlation, counted, rules);
  if (reason !== undefined) refuse(reason);
  const subject = { title, id, file, line: span.line };
  const tables = [...new Set(counted.map(({ rule }) => rule.table))];
  let query: string | undefined;
  try {
    if (reason === undefined) query = written(correlation, counted, context, diagnostics);
  } catch (error) {
    if (!(error instanceof Unconvertible)) throw error;
    refuse(error.message);
  }
  const isRefused = diagnostics.some(({ severity }) => severity === 'error');
  const shown = query === undefined || isRefused ? undefined : withComments(subject, query, diagnostics);
  return { ...subject, tables, query: shown, diagnostics };
}

function refusalOf(
  { type, rules }: SigmaCorrelation,
  counted: readonly CountedRule[],
  all: readonly CompiledRule[],
): string | undefined {
  if (type === 'temporal_ordered') return 'a query does not tell in which order the events of a window came';
  if (type !== 'event_count' && type !== 'value_count' && type !== 'temporal') {
    return `a correlation of type ${type} is not converted`;
  }
  const isRule = (name: string) =>
    all.some(({ rule }) => rule.id === name || rule.name === name || rule.title === name);
  if (!rules.every(isRule)) return 'it counts the alerts of another correlation';
  return counted.length === 0 ? 'none of its rules runs on a table' : undefined;
}

/** Throws Unconvertible. */
function written(
  correlation: SigmaCorrelation,
  counted: readonly CountedRule[],
  context: ConvertContext,
  diagnostics: Diagnostic[],
): string {
  const { type, groupBy, condition, timespan, file, span } = correlation;
  const isTemporal = type === 'temporal';
  // An event that several rules match counts once, so the rules of a table are one condition, except where rules are counted.
  const branches = Map.groupBy(counted, ({ rule, feed }) =>
    isTemporal ? `${rule.table} ${feed.position}` : rule.table,
  );
  const labels = isTemporal ? labelsOf(counted) : undefined;
  const names = groupBy.map((name, at) => columnOf(name, `Group${at + 1}`));
  const queries = [...branches.values()].map((rules) =>
    branch(rules, { names, labels }, context, diagnostics),
  );
  if (queries.some(({ query: { time } }) => time === undefined)) {
    throw new Unconvertible('one of its tables has no column with the time of a row');
  }
  const message =
    'the query counts in windows of fixed borders: events on both sides of a border are not counted together';
  diagnostics.push(diagnostic(file, span, { code: 'kql-window', message }, 'warning'));
  const count = isTemporal ? 'count_distinct(Rule)' : countOf(type, condition.fields.length);
  const time = queries[0]?.query.time ?? 'Timestamp';
  const by = [`Window = bin(${time}, ${timespanOf(timespan)})`, ...names].join(', ');
  const summary = `| summarize Count = ${count}, First = min(${time}), Last = max(${time}) by ${by}`;
  const { bounds } = condition;
  const wanted =
    isTemporal && bounds.length === 0
      ? [`Count >= ${new Set(counted.map(({ feed }) => feed.position)).size}`]
      : bounds.map(({ op, value }) => `Count ${SIGNS[op]} ${value}`);
  return printUnion(
    queries.map(({ query, lines }) => [...printTableQuery(query, context.over), ...lines]),
    [summary, `| where ${wanted.join(' and ')}`],
  );
}

const SIGNS: Readonly<Record<CorrelationOp, string>> = {
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  eq: '==',
  neq: '!=',
};

function countOf(type: SigmaCorrelation['type'], fields: number): string {
  if (type === 'event_count') return 'count()';
  const values = Array.from({ length: fields }, (_, at) => `Counted${at + 1}`);
  return `count_distinct(${values.length === 1 ? values[0] : `strcat(${values.join(', "\\u001F", ')})`})`;
}

/** The columns by which rows are counted. */
interface Columns {
  /** Of `group-by`. */
  readonly names: readonly string[];
  /** What tells the rules of a temporal correlation apart, by their positions. */
  readonly labels: ReadonlyMap<number, string> | undefined;
}

/** The title of each rule, by its position; with the position where several rules have one title, which would be counted as one. */
function labelsOf(counted: readonly CountedRule[]): ReadonlyMap<number, string> {
  const titles = new Map(counted.map(({ rule, feed }) => [feed.position, rule.rule.title]));
  const all = [...titles.values()];
  return new Map(
    [...titles].map(([position, title]) => {
      const isShared = all.filter((one) => one === title).length > 1;
      return [position, isShared ? `${title} (${position + 1})` : title];
    }),
  );
}

/** The rows of one table, and the lines that add the columns by which they are counted. */
function branch(
  rules: readonly CountedRule[],
  { names, labels }: Columns,
  context: ConvertContext,
  diagnostics: Diagnostic[],
): { readonly query: TableQuery; readonly lines: readonly string[] } {
  const [first] = rules;
  if (!first) throw new Unconvertible('none of its rules runs on a table');
  const { table } = first.rule;
  const scope = new KqlScope(context.schema.find(table) ?? { table, columns: new Map() }, (found) =>
    diagnostics.push(found),
  );
  const condition = anyOf(rules.map(({ rule }) => ruleCondition(rule, context, scope)));
  const valuesOf = ({ feed }: CountedRule) => [
    ...feed.group.map((sources, at) => `${names[at]} = ${firstOf(sources, scope)}`),
    ...feed.counted.map((sources, at) => `Counted${at + 1} = ${firstOf(sources, scope)}`),
  ];
  const values = valuesOf(first);
  if (rules.some((one) => valuesOf(one).join('\n') !== values.join('\n'))) {
    throw new Unconvertible('its rules have the fields by which it counts in different columns of a table');
  }
  const label = labels?.get(first.feed.position);
  const rule = label === undefined ? [] : [`Rule = ${literalOf(label)}`];
  const query = tableQuery(scope, condition);
  const present = values.map((one) => `| where isnotempty(${one.split(' = ', 1)[0]})`);
  return { query, lines: [...[...values, ...rule].map((one) => `| extend ${one}`), ...present] };
}

/** The first string of a field that is not empty. */
function firstOf(sources: readonly FieldSource[], scope: KqlScope): string {
  const texts = sources.flatMap((source) => readingsOf(source, scope));
  const last = texts.at(-1);
  if (last === undefined) throw new Unconvertible('a table has no column for a field by which it counts');
  return texts.slice(0, -1).reduceRight((rest, text) => `iff(isnotempty(${text}), ${text}, ${rest})`, last);
}

function columnOf(name: string, otherwise: string): string {
  return /^[A-Za-z_]\w{0,63}$/.test(name) ? `By_${name}` : otherwise;
}

/** Milliseconds as a timespan of KQL. */
function timespanOf(ms: number): string {
  for (const [unit, size] of UNITS) if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Reads and compiles table files: their shape, conditions, routes and steps. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { didYouMean, suggest } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import { unknownDestination } from '../../diagnostics/sentences.ts';
import type { RuleRef } from '../../shared/event.ts';
import { declaredGrouping, groupingConflict } from '../../shared/grouping.ts';
import {
  columnsOfTemplate,
  isTemplated,
  METADATA_KEYS,
  type MetadataSpec,
  type TemplatedValue,
} from '../../shared/metadata-template.ts';
import { readTitle } from '../../shared/title-template.ts';
import { checkRouteAlert } from '../alerts/check-columns.ts';
import { routeGrouping } from '../alerts/targets.ts';
import { checkRuleFile, type OpenRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { Filter, NamedTransform, TableRoute } from '../program.ts';
import type { RuleFile } from '../rule-file.ts';
import type { RuleContext } from '../ruleset.ts';
import { columnLookup, type Schema, type TableSchema, typesConflict, withColumns } from '../schema/index.ts';
import { conflictingTypes } from '../schema/own-file.ts';
import {
  type CompileContext,
  type CompiledDetection,
  compileDetection,
  type RuleEnvironment,
} from '../sigma/index.ts';
import { KnownColumns } from '../transforms/columns.ts';
import { steps } from '../transforms/index.ts';
import type { StepScope } from '../transforms/step.ts';
import { TouchedColumns } from '../transforms/touched.ts';
import { unknownColumn, unknownTable } from '../unknown-names.ts';
import { DEDUPE_WINDOW, type TableFile, tableFile } from './schema.ts';

/** A table file that passed the check of its shape; its conditions and steps are not compiled yet. */
export interface ParsedTable {
  readonly file: OpenRuleFile;
  readonly content: TableFile;
  /** The table's name; for a known table, spelt as Microsoft spells it. */
  readonly table: string;
  /** Undefined for an unknown table. */
  readonly schema: TableSchema | undefined;
}

/** A route, and the steps of its own. */
export interface CompiledRoute extends Omit<TableRoute, 'steps' | 'metadata'> {
  readonly own?: {
    readonly steps: readonly NamedTransform[];
    /** The same as they stand in the file. */
    readonly written: readonly Readonly<Record<string, unknown>>[];
  };
  /** What the route and its destination say of how rows are filed, the route first. */
  readonly filed?: MetadataSpec;
}

export interface CompiledTable {
  readonly table: string;
  readonly filters: readonly Filter[];
  readonly transform: readonly NamedTransform[];
  /** The window of `dedupe` in bytes; undefined: repeats are sent. */
  readonly dedupe: number | undefined;
  /** Undefined: the file has no `routes`. */
  readonly routes: readonly CompiledRoute[] | undefined;
  /** What holds for the default destinations where the file has no `routes`. */
  readonly amount: Pick<TableRoute, 'sample' | 'limit'>;
  /** The columns behind the steps. */
  readonly columnsAfter: KnownColumns;
}

/** Reads `<Table>.yaml`. Undefined if its shape is wrong, which was reported. */
export function parseTable(
  source: RuleFile,
  schema: Schema,
  report: (diagnostic: Diagnostic) => void,
): ParsedTable | undefined {
  const file = openRuleFile(source, RULE_FILES.table, report);
  if (file && isSigma(file.data)) {
    const message = 'this is a Sigma rule, and table files stand here';
    file.report({ code: 'misplaced-file', path: [], message, hint: 'put it into detections/' });
    return undefined;
  }
  const content = file && checkRuleFile(file, tableFile, file.data);
  if (!file || !content) return undefined;
  const known = schema.find(content.table);
  const table = known?.table ?? content.table;
  if (known === undefined) {
    file.report({ ...unknownTable(content.table, schema.tableNames), severity: 'warning', path: ['table'] });
  }
  const name = source.path.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
  if (name.toLowerCase() !== table.toLowerCase()) {
    const hint = `rename the file to ${table}.yaml`;
    const message = `the file is named "${name}", its table "${table}"`;
    file.report({ severity: 'warning', code: 'file-name', path: ['table'], message, hint });
  }
  const extra = new Map(Object.entries(content.columns ?? {}));
  for (const [column, type] of extra) {
    const before = known?.columns.get(column);
    if (before === undefined || !typesConflict(before, type)) continue;
    const mistake = conflictingTypes(`${table}.${column}`, type, before);
    file.report({ ...mistake, severity: 'warning', path: ['columns', column] });
  }
  return { file, content, table, schema: known && withColumns(known, extra) };
}

function isSigma(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || 'table' in data) return false;
  return 'detection' in data || 'correlation' in data || 'logsource' in data;
}

/** Compiles a table file's conditions and steps, and reports their mistakes. */
export function compileTable(
  parsed: ParsedTable,
  context: RuleContext,
  environment: Pick<RuleEnvironment, 'sourcesOf' | 'lists' | 'report'>,
): CompiledTable {
  const { file, content, table, schema } = parsed;
  const conditions: CompileContext = {
    file: file.path,
    lines: file.lines,
    columns: schema && columnLookup(schema),
    variables: context.variables,
    lists: environment.lists,
    sources: environment.sourcesOf(table),
    isStrict: true,
    report: environment.report,
  };
  const compileAt = (path: Path): CompiledDetection | undefined => {
    const node = file.node(path);
    return node ? compileDetection(node, { ...conditions, at: path }) : undefined;
  };
  checkDestinations(parsed, context);
  const columnsAfter = new KnownColumns(schema);
  const entries = content.transform ?? [];
  const scope = { variables: context.variables, lists: environment.lists };
  const transform = compileSteps(
    { file, entries, path: ['transform'], columns: columnsAfter },
    scope,
    compileAt,
  );
  checkUnshapedRoutes(parsed);
  checkSamples(parsed);
  return {
    table,
    columnsAfter,
    filters: (content.filter ?? []).flatMap(({ title }, index) => {
      const detection = compileAt(['filter', index, 'detection']);
      return detection ? [{ title, detection, verdict: { kind: 'filtered', filter: title } }] : [];
    }),
    transform,
    dedupe: dedupeWindow(content.dedupe),
    amount: amountOf({}, content),
    routes: content.routes?.flatMap((route, index) => {
      const { to, severity, detection: given } = route;
      const detection = given && compileAt(['routes', index, 'detection']);
      if (given && !detection) return [];
      checkAlertKeys(file, ['routes', index], route);
      checkSeverity(file, ['routes', index, 'to'], route, context);
      const written = route.transform ?? [];
      const path: Path = ['routes', index, 'transform'];
      const columns = columnsAfter.copy();
      const steps = compileSteps({ file, entries: written, path, columns }, scope, compileAt);
      checkRouteAlert(file, ['routes', index], route, columns);
      return [
        {
          to,
          detection,
          severity,
          rule: routeRule(table, route, context),
          ...(steps.length > 0 && { own: { steps, written } }),
          ...amountOf(route, content),
          ...filedBy(parsed, index, { route, columns, context }),
        },
      ];
    }),
  };
}

type WrittenRoute = NonNullable<TableFile['routes']>[number];

/** What stands behind the alerts of a route; undefined where it raises none. */
function routeRule(table: string, route: WrittenRoute, context: RuleContext): RuleRef | undefined {
  const { to, severity: level, detection, title } = route;
  if (!detection || !level) return undefined;
  const grouping = routeGrouping(declaredGrouping(route), { level, to, context });
  return {
    title: title ?? defaultTitle(table, detection),
    ...(title !== undefined && hasPlaceholders(title) && { titleTemplate: title }),
    ...(grouping !== undefined && { grouping }),
  };
}

/** Whether a title is rendered otherwise than it is written. */
function hasPlaceholders(title: string): boolean {
  const { parts } = readTitle(title);
  return parts.length !== 1 || parts[0] !== title;
}

/** Reports keys about alerts in a route that raises none, and keys that contradict each other. */
function checkAlertKeys(file: OpenRuleFile, at: Path, route: WrittenRoute): void {
  const { severity, detection, title } = route;
  const raisesNone = severity === undefined || !detection;
  if (title !== undefined && raisesNone) {
    const message = 'a title is for alerts: routes with a detection and a severity';
    file.report({
      severity: 'warning',
      code: 'title-without-alert',
      path: [...at, 'title'],
      atKey: true,
      message,
    });
  }
  const key = (['group_by', 'window', 'repeat', 'grouping'] as const).find((one) => route[one] !== undefined);
  if (key !== undefined && raisesNone) {
    const message = `"${key}" is for alerts: routes with a detection and a severity`;
    file.report({
      severity: 'warning',
      code: 'grouping-without-alert',
      path: [...at, key],
      atKey: true,
      message,
    });
  }
  const conflict = groupingConflict(route);
  if (conflict) {
    file.report({ code: 'conflict', path: [...at, conflict.key], atKey: true, message: conflict.message });
  }
}

/** People are told of each row that a route without a severity sends them, as if it were an alert. */
function checkSeverity(
  file: OpenRuleFile,
  at: Path,
  { to, severity }: WrittenRoute,
  { reading }: Pick<RuleContext, 'reading'>,
): void {
  if (severity !== undefined || reading?.[to]?.audience !== 'people') return;
  file.report({
    severity: 'warning',
    code: 'route-without-severity',
    path: at,
    message: `"${to}" tells people, and this route has no severity: they are told of every row that it sends`,
    hint: 'write a detection and a severity, or send rows to a destination for machines',
  });
}

function dedupeWindow(dedupe: TableFile['dedupe']): number | undefined {
  if (dedupe === undefined || dedupe === false) return undefined;
  return dedupe === true ? DEDUPE_WINDOW : dedupe.window;
}

/** Reports columns of `sample` that the table does not have: each row would be chosen by itself. */
function checkSamples({ file, content, schema }: ParsedTable): void {
  const check = (sample: TableFile['sample'], at: Path) => {
    const by = sample?.by;
    if (by === undefined || !schema || schema.columns.has(by)) return;
    const hint = didYouMean(by, schema.columns.keys());
    file.report({ ...unknownColumn(schema.table, by, hint), path: [...at, 'sample', 'by'] });
  };
  check(content.sample, []);
  for (const [index, route] of (content.routes ?? []).entries()) check(route.sample, ['routes', index]);
}

/** A destination whose rows are changed by one route would get them unchanged by another one: that is likely an oversight. */
function checkUnshapedRoutes({ file, content }: ParsedTable): void {
  const routes = content.routes ?? [];
  for (const [index, { to, transform }] of routes.entries()) {
    if (transform !== undefined || !routes.some((other) => other.to === to && other.transform)) continue;
    file.report({
      severity: 'warning',
      code: 'route-without-steps',
      path: ['routes', index, 'to'],
      message: `another route to "${to}" has steps of its own, and this one has none: it sends rows without them`,
      hint: 'repeat "transform" here, or write "transform: []" where that is meant',
    });
  }
}

/** How a route files rows: what it says itself, and what its destination says besides. */
function filedBy(
  { file }: ParsedTable,
  index: number,
  {
    route,
    columns,
    context,
  }: { readonly route: WrittenRoute; readonly columns: KnownColumns; readonly context: RuleContext },
): { readonly filed?: MetadataSpec } {
  const { to, index: place, sourcetype, source, host, channel, topic, headers } = route;
  const own: MetadataSpec = { index: place, sourcetype, source, host, channel, topic, headers };
  const given = [...METADATA_KEYS, 'headers' as const].filter((key) => own[key] !== undefined);
  if (given.length === 0) return {};
  const keys = context.metadataKeys?.[to];
  for (const key of given) {
    const at: Path = ['routes', index, key];
    if (keys && !keys.includes(key)) {
      const message = `the destination "${to}" has no "${key}"`;
      const hint = keys.length > 0 ? `it has: ${keys.join(', ')}` : undefined;
      file.report({ code: 'unknown-key', path: at, atKey: true, message, hint });
    }
    const value = own[key];
    const values =
      typeof value === 'string' || isTemplated(value) ? [[at, value] as const] : entriesOf(at, value);
    for (const [path, one] of values) {
      if (typeof one === 'string') continue;
      for (const column of columnsOfTemplate(one)) {
        const [root = column] = column.split('.', 1);
        if (columns.has(column) || columns.has(root)) continue;
        const mistake = unknownColumn(columns.table, column, didYouMean(column, columns.names()));
        file.report({ ...mistake, path: [...path, 'template'] });
      }
    }
  }
  checkOwnHeaders(file, index, route, context);
  const base = context.metadata?.[to];
  const set = Object.fromEntries(given.map((key) => [key, own[key]]));
  return { filed: { ...base, ...set, ...(headers && { headers: { ...base?.headers, ...headers } }) } };
}

/** A header that the destination sets itself, such as its credential, is nobody else's. */
function checkOwnHeaders(
  file: OpenRuleFile,
  index: number,
  { to, headers = {} }: WrittenRoute,
  { ownHeaders }: Pick<RuleContext, 'ownHeaders'>,
): void {
  const taken = ownHeaders?.[to] ?? [];
  for (const name of Object.keys(headers).filter((one) => taken.includes(one.toLowerCase()))) {
    const message = `"auth" of the destination "${to}" sets this header`;
    file.report({ code: 'conflict', path: ['routes', index, 'headers', name], atKey: true, message });
  }
}

function entriesOf(
  at: Path,
  values: Readonly<Record<string, string | TemplatedValue>> | undefined,
): readonly (readonly [Path, string | TemplatedValue])[] {
  return Object.entries(values ?? {}).map(([name, value]) => [[...at, name], value]);
}

/** Which part of the rows a route sends, and how many of them: what it says itself goes before what its table says. */
function amountOf(
  route: Pick<WrittenRoute, 'sample' | 'limit'>,
  table: Pick<TableFile, 'sample' | 'limit'>,
): Pick<TableRoute, 'sample' | 'limit'> {
  const { rate = 1, by } = route.sample ?? table.sample ?? {};
  const limit = route.limit ?? table.limit;
  return { ...(rate < 1 && { sample: { rate, by } }), ...(limit !== undefined && { limit }) };
}

interface WrittenSteps {
  readonly file: OpenRuleFile;
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  /** Where they stand in the file. */
  readonly path: Path;
  /** The columns before them, which each step changes. */
  readonly columns: KnownColumns;
}

function compileSteps(
  { file, entries, path, columns }: WrittenSteps,
  given: Pick<StepScope, 'variables' | 'lists'>,
  compileAt: (path: Path) => CompiledDetection | undefined,
): NamedTransform[] {
  return entries.flatMap((entry, index) => {
    const at: Path = [...path, index];
    const [verb, second] = Object.keys(entry).filter((key) => key !== 'if');
    const hasCondition = 'if' in entry;
    const condition = hasCondition ? compileAt([...at, 'if']) : undefined;
    if (hasCondition && !condition) return [];
    if (verb === undefined || second !== undefined) {
      const message =
        verb === undefined ? 'a step without a verb' : `two verbs in one step: "${verb}" and "${second}"`;
      const hint = 'each step is a list entry of its own: "- verb: ..."';
      const place = second === undefined ? at : [...at, second];
      file.report({ code: 'bad-step', path: place, atKey: true, message, hint });
      return [];
    }
    const step = steps.find((known) => known.verb === verb);
    if (step === undefined) {
      const hint = suggest(
        verb,
        steps.map((known) => known.verb),
      );
      const message = `no step is named "${verb}"`;
      file.report({ code: 'unknown-step', path: [...at, verb], atKey: true, message, hint });
      return [];
    }
    const touched = new TouchedColumns();
    columns.takeAdded();
    const run = step.prepare(entry[verb], { file, at: [...at, verb], columns, touched, ...given });
    const touches = touched.with(columns.takeAdded());
    return run ? [{ verb, run, touches, ...(condition && { condition }) }] : [];
  });
}

function checkDestinations({ file, content }: ParsedTable, { destinations }: RuleContext): void {
  if (destinations === undefined) return;
  content.routes?.forEach(({ to }, index) => {
    const path = ['routes', index, 'to'];
    if (!destinations.includes(to)) file.report({ ...unknownDestination(path, to, destinations), path });
  });
}

/** The title of a route that has none: the table and the names of the detection's searches, as in `DeviceProcessEvents: lolbin`. */
function defaultTitle(table: string, detection: Readonly<Record<string, unknown>>): string {
  const searches = Object.keys(detection).filter((key) => key !== 'condition' && key !== 'timeframe');
  return `${table}: ${searches.join(', ')}`;
}

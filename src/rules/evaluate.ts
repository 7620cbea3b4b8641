/** Evaluates one row: a filter drops it, or it becomes an event with routes and alerts. */
import type { EditedColumns } from '../shared/edited-columns.ts';
import {
  type CorrelationEvent,
  LEVELS,
  type Level,
  type MatchedValue,
  type Route,
  type RouteShaper,
  type Row,
  type Verdict,
} from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Filter, Program, TableDetection, TableProgram, TableRoute } from './program.ts';
import type { AlertTarget, CorrelationRule } from './ruleset.ts';
import { isInSample } from './sampling.ts';
import { haveConditions, RowShaper, runSteps } from './shaping.ts';
import {
  type CompiledDetection,
  type CompiledNarrowing,
  contributions,
  type Fulfilled,
  type RecordView,
  viewRow,
} from './sigma/index.ts';
import { ByteDraft, ObjectDraft } from './transforms/draft.ts';
import type { Work } from './work.ts';

/** Evaluates a row. Pure; never throws; the time it takes has a bound that does not depend on the row's content. */
export function evaluate(program: Program, row: Row, view?: RecordView): Verdict {
  const table = tableOf(program, row.table);
  const always = unconditional(table.routes, row);
  if (table.isOnlySampled && !isAnySampled(table.routes, row)) return sampledOut(row);
  if (row.bytes && always && table.filters.length === 0 && !table.matcher) {
    const { transform } = table;
    const record = haveConditions(transform) ? (view ?? viewRow(row, table.sources)) : undefined;
    const columns = new ByteDraft(row.bytes, record?.work);
    runSteps(transform, columns, record);
    const { workDone } = columns;
    const cuts = workDone ? cutsOf(table, workDone) : NO_CUTS;
    return new ForwardedBytes(
      row,
      columns,
      always,
      table.isShaped ? { ...cuts, shaper: new RowShaper(program, table, row) } : cuts,
    );
  }
  const record = view ?? viewRow(row, table.sources);
  const { work } = record;
  for (let at = 0; at < table.filters.length; at++) {
    const filter = table.filters[at] as Filter;
    if (!isFiltered(filter, record)) continue;
    return work.cutFor.size === 0 ? filter.verdict : { ...filter.verdict, ...cutsOf(table, work) };
  }
  const { raised: matching, suppressed } = matchingDetections(program, table, record);
  const plain = always ?? plainRoutes(table.routes, row, record);
  const routes = matching.length === 0 ? plain : [...plain, ...alertRoutes(matching, record)];
  const event = transformed(table, row, record);
  const cuts = cutsOf(table, work);
  const correlated =
    matching.length === 0 ? NONE : matching.flatMap(({ feeds }) => contributions(feeds, record));
  const counted = correlated.length > 0 ? { ...cuts, correlated } : cuts;
  const told = suppressed.length > 0 ? { ...counted, suppressed } : counted;
  const rest = table.isShaped ? { ...told, shaper: new RowShaper(program, table, row) } : told;
  if (event instanceof ByteDraft) return new ForwardedBytes(row, event, routes, rest);
  return { kind: 'forwarded', event, routes, ...rest };
}

function isAnySampled(routes: readonly TableRoute[], row: Row): boolean {
  return routes.some(({ sample }) => !sample || isInSample(sample, row));
}

/** A row that goes nowhere, and that no rule may match: nothing is done with it. */
function sampledOut(row: Row): Verdict {
  if (row.bytes) return new ForwardedBytes(row, new ByteDraft(row.bytes), [], NO_CUTS);
  return { kind: 'forwarded', event: row.properties, routes: [] };
}

type Forwarded = Verdict & { readonly kind: 'forwarded' };

/** The verdict on a row that stays bytes: its columns become an object only when somebody asks for them. */
class ForwardedBytes implements Forwarded {
  readonly kind = 'forwarded';
  readonly columns: EditedColumns;
  readonly routes: readonly Route[];
  declare readonly cut?: readonly string[];
  declare readonly correlated?: readonly CorrelationEvent[];
  declare readonly suppressed?: readonly string[];
  declare readonly shaper?: RouteShaper;
  readonly #row: Row;
  #event: JsonObject | undefined;

  constructor(
    row: Row,
    columns: EditedColumns,
    routes: readonly Route[],
    rest: Pick<Forwarded, 'cut' | 'correlated' | 'suppressed' | 'shaper'>,
  ) {
    this.#row = row;
    this.columns = columns;
    this.routes = routes;
    if (rest.cut) this.cut = rest.cut;
    if (rest.correlated) this.correlated = rest.correlated;
    if (rest.suppressed) this.suppressed = rest.suppressed;
    if (rest.shaper) this.shaper = rest.shaper;
  }

  get event(): JsonObject {
    this.#event ??= this.columns.object(this.#row.properties);
    return this.#event;
  }
}

/** A filter that ran out of work before it saw a whole value does not drop the row: the rest of the value may hide an attack. */
export function isFiltered({ title, detection }: Filter, record: RecordView): boolean {
  const { work } = record;
  const { cuts } = work;
  work.subject = title;
  return detection.matches(record) && work.cuts === cuts;
}

const NO_CUTS = {};
const NONE: readonly never[] = [];

function cutsOf(table: TableProgram, { cutFor }: Work): { readonly cut?: readonly string[] } {
  if (cutFor.size === 0) return NO_CUTS;
  const titles = [...cutFor].map((subject) =>
    typeof subject === 'string' ? subject : (table.detections[subject]?.rule.title ?? ''),
  );
  return { cut: [...new Set(titles)] };
}

/** The program for a table; the letter case of the table's name does not matter. */
export function tableOf(program: Program, table: string): TableProgram {
  const known = byName.get(program) ?? new Map<string, TableProgram>();
  let found = known.get(table);
  if (found === undefined) {
    found = program.tables.get(table.toLowerCase()) ?? program.fallback;
    if (known.size < MOST_NAMES) known.set(table, found);
    byName.set(program, known);
  }
  return found;
}

/** The tables as rows spell them: lower case is made once and not for each row. */
const byName = new WeakMap<Program, Map<string, TableProgram>>();
/** Categories come out of rows: nobody is to fill the memory with them. */
const MOST_NAMES = 1_000;

/** The detections that match a row, in the order of their files. */
export interface Matching {
  readonly raised: readonly TableDetection[];
  /** The titles of what took the alerts of further detections away, one for each. */
  readonly suppressed: readonly string[];
}

const NOTHING: Matching = { raised: [], suppressed: [] };

/** The detections that match a row and that no exception or filter takes away. */
export function matchingDetections(
  program: Program,
  { matcher, detections }: TableProgram,
  record: RecordView,
): Matching {
  const positions = matcher?.match(record) ?? [];
  if (positions.length === 0) return NOTHING;
  const raised: TableDetection[] = [];
  const suppressed: string[] = [];
  for (const position of positions) {
    const detection = detections[position];
    if (!detection) continue;
    const by = suppressedBy(program, detection, record);
    if (by) suppressed.push(by.of.title);
    else raised.push(detection);
  }
  return { raised, suppressed };
}

/** What takes a matching detection's alert away; undefined if nothing does. */
function suppressedBy(
  { now }: Program,
  { compiled: { narrowings } }: TableDetection,
  record: RecordView,
): CompiledNarrowing | undefined {
  return narrowings.find((one) => isInForce(one, now) && suppresses(one, record));
}

/** Whether an exception or a filter applies still. */
export function isInForce({ of: { expires } }: CompiledNarrowing, now: () => number): boolean {
  return expires === undefined || now() < expires.at;
}

/**
 * Whether an exception matches the row, or a filter does not. One that ran out of work before it saw a whole value suppresses
 * nothing: the rest of the value may show that it is another row.
 */
export function suppresses(
  { of: { kind, title }, detection }: CompiledNarrowing,
  record: RecordView,
): boolean {
  const { work } = record;
  const { cuts } = work;
  work.subject = title;
  return detection.matches(record) === (kind === 'exception') && work.cuts === cuts;
}

/**
 * One route per destination, in the order of the file; if several match, the route with the highest severity.
 *
 * @param record may be undefined if no route has a condition.
 */
function plainRoutes(routes: readonly TableRoute[], row: Row, record?: RecordView): readonly Route[] {
  const found = new Map<string, Route>();
  const isShaped = routes.some(({ steps, metadata, sample }) => steps ?? metadata ?? sample);
  for (const [position, { to, detection, severity, rule, sample }] of routes.entries()) {
    const before = found.get(to);
    if (before && rank(severity) <= rank(before.severity)) continue;
    if (sample && !rule && !isInSample(sample, row)) continue;
    if (detection && !(record && isRouted(to, detection, rule !== undefined, record))) continue;
    found.set(to, {
      to,
      ...(severity === undefined ? {} : { severity }),
      ...(isShaped && { position }),
      ...(rule && detection && record ? { rule: { ...rule, matched: detection.matchedValues(record) } } : {}),
    });
  }
  return [...found.values()];
}

/** The routes of every row, computed once; undefined if a route has a condition. */
function unconditional(routes: readonly TableRoute[], row: Row): readonly Route[] | undefined {
  let known = knownRoutes.get(routes);
  if (known === undefined) {
    known = routes.some(({ detection, sample }) => detection ?? sample)
      ? 'depends'
      : plainRoutes(routes, row);
    knownRoutes.set(routes, known);
  }
  return known === 'depends' ? undefined : known;
}

const knownRoutes = new WeakMap<readonly TableRoute[], readonly Route[] | 'depends'>();

/** If a route's condition ran out of work before it saw a whole value, the row is routed: a superfluous row does less harm than a missing one. */
function isRouted(to: string, detection: CompiledDetection, isAlert: boolean, record: RecordView): boolean {
  const { work } = record;
  const { cuts } = work;
  work.subject = `route to ${to}`;
  return detection.matches(record) || (!isAlert && work.cuts > cuts);
}

function alertRoutes(detections: readonly TableDetection[], record: RecordView): Route[] {
  return detections.flatMap(({ compiled, level, targets }) => {
    if (targets.length === 0) return [];
    return routesTo(targets, level, compiled.detection.matchedValues(record));
  });
}

/** The routes that carry the alerts of a fulfilled correlation. */
export function correlationRoutes(
  { level, targets }: CorrelationRule,
  { event, count }: Fulfilled,
): readonly Route[] {
  return routesTo(targets, level, [...event.group, { column: 'count', value: count }]);
}

/** Destinations that are told alike get the same object, so that its delivery is made once. */
function routesTo(
  targets: readonly AlertTarget[],
  severity: Level,
  matched: readonly MatchedValue[],
): Route[] {
  return targets.flatMap(({ rule: header, to }) => {
    const rule = { ...header, matched };
    return to.map((destination): Route => ({ to: destination, severity, rule }));
  });
}

/** The columns behind the steps: as changes to the row's bytes, where it has them. */
function transformed({ transform }: TableProgram, row: Row, record: RecordView): JsonObject | ByteDraft {
  const { work } = record;
  if (row.bytes) {
    const draft = new ByteDraft(row.bytes, work);
    runSteps(transform, draft, record);
    return draft;
  }
  if (transform.length === 0) return row.properties;
  const draft = new ObjectDraft(row.properties, work);
  runSteps(transform, draft, record);
  return draft.columns;
}

function rank(level: Level | undefined): number {
  return level === undefined ? -1 : LEVELS.indexOf(level);
}

/** What the rules make of one row: held back by a filter, or an event with its routes and alerts. */
import { LEVELS, type Level, type Route, type Row, type Verdict } from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Filter, Program, TableDetection, TableProgram, TableRoute } from './program.ts';
import type { CorrelationRule } from './ruleset.ts';
import {
  type CompiledDetection,
  contributions,
  type Fulfilled,
  type RecordView,
  viewRecord,
} from './sigma/index.ts';
import { Draft } from './transforms/draft.ts';
import type { Work } from './work.ts';

/** What the rules make of a row. Pure; never throws; ends within a bound that does not depend on what the row holds. */
export function evaluate(program: Program, row: Row, view?: RecordView): Verdict {
  const table = tableOf(program, row.table);
  const record = view ?? viewRecord(row.properties, table.sources);
  const { work } = record;
  const filter = table.filters.find((one) => isFiltered(one, record));
  if (filter) return { kind: 'filtered', filter: filter.title, ...cutsOf(table, work) };
  const matching = matchingDetections(table, record);
  const routes = [...plainRoutes(table.routes, record), ...alertRoutes(matching, record)];
  const event = transformed(table, row.properties, work);
  const verdict = { kind: 'forwarded', event, routes, ...cutsOf(table, work) } as const;
  if (!matching.some(({ feeds }) => feeds.length > 0)) return verdict;
  const correlated = matching.flatMap(({ feeds }) => contributions(feeds, record));
  return correlated.length > 0 ? { ...verdict, correlated } : verdict;
}

/** A filter that could not look at all of a value holds nothing back: the part that it did not see may be an attack. */
export function isFiltered({ title, detection }: Filter, record: RecordView): boolean {
  const { work } = record;
  const { cuts } = work;
  work.subject = title;
  return detection.matches(record) && work.cuts === cuts;
}

function cutsOf(table: TableProgram, { cutFor }: Work): { readonly cut?: readonly string[] } {
  if (cutFor.size === 0) return {};
  const titles = [...cutFor].map((subject) =>
    typeof subject === 'string' ? subject : (table.detections[subject]?.rule.title ?? ''),
  );
  return { cut: [...new Set(titles)] };
}

/** The program for a table; its name's letter case does not count. */
export function tableOf(program: Program, table: string): TableProgram {
  return program.tables.get(table) ?? program.tables.get(table.toLowerCase()) ?? program.fallback;
}

/** The detections that match a row, in the order of their files. */
export function matchingDetections(table: TableProgram, record: RecordView): readonly TableDetection[] {
  if (table.matcher === undefined) return [];
  return table.matcher.match(record).flatMap((position) => table.detections[position] ?? []);
}

/** One route a destination, in the order of the file; where several match, the one with the highest severity. */
function plainRoutes(routes: readonly TableRoute[], record: RecordView): readonly Route[] {
  const found = new Map<string, Route>();
  for (const { to, detection, severity, rule } of routes) {
    const before = found.get(to);
    if (before && rank(severity) <= rank(before.severity)) continue;
    if (detection && !isRouted(to, detection, rule !== undefined, record)) continue;
    found.set(to, {
      to,
      ...(severity === undefined ? {} : { severity }),
      ...(rule && detection ? { rule: { ...rule, matched: detection.matchedValues(record) } } : {}),
    });
  }
  return [...found.values()];
}

/** Where a route's condition could not look at all of a value, the row goes there: too much does less harm than too little. */
function isRouted(to: string, detection: CompiledDetection, isAlert: boolean, record: RecordView): boolean {
  const { work } = record;
  const { cuts } = work;
  work.subject = `route to ${to}`;
  return detection.matches(record) || (!isAlert && work.cuts > cuts);
}

function alertRoutes(detections: readonly TableDetection[], record: RecordView): Route[] {
  return detections.flatMap(({ compiled, rule: header, level, to }) => {
    if (to.length === 0) return [];
    const rule = { ...header, matched: compiled.detection.matchedValues(record) };
    return to.map((destination): Route => ({ to: destination, severity: level, rule }));
  });
}

/** The alerts of a correlation that was fulfilled. */
export function correlationRoutes(
  { rule: header, level, to }: CorrelationRule,
  { event, count }: Fulfilled,
): readonly Route[] {
  const matched = [...event.group, { column: 'count', value: count }];
  return to.map((destination) => ({ to: destination, severity: level, rule: { ...header, matched } }));
}

function transformed(table: TableProgram, properties: JsonObject, work: Work): JsonObject {
  if (table.transform.length === 0) return properties;
  const draft = new Draft(properties, work);
  for (const { verb, run } of table.transform) {
    work.subject = verb;
    run(draft);
  }
  return draft.columns;
}

function rank(level: Level | undefined): number {
  return level === undefined ? -1 : LEVELS.indexOf(level);
}

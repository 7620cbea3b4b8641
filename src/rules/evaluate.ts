import { LEVELS, type Level, type Route, type Row, type Verdict } from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Program, TableDetection, TableProgram, TableRoute } from './program.ts';
import type { CorrelationRule } from './ruleset.ts';
import { contributions, type Fulfilled, type RecordView, viewRecord } from './sigma/index.ts';
import { Draft } from './transforms/draft.ts';

/** What the rules make of a row. Pure; never throws. */
export function evaluate(program: Program, row: Row): Verdict {
  const table = tableOf(program, row.table);
  const record = viewRecord(row.properties);
  for (const { title, detection } of table.filters) {
    if (detection.matches(record)) return { kind: 'filtered', filter: title };
  }
  const matching = matchingDetections(table, record);
  const routes = [...plainRoutes(table.routes, record), ...alertRoutes(matching, record)];
  const event = transformed(table, row.properties);
  if (!matching.some(({ feeds }) => feeds.length > 0)) return { kind: 'forwarded', event, routes };
  const correlated = matching.flatMap(({ feeds }) => contributions(feeds, record));
  return { kind: 'forwarded', event, routes, ...(correlated.length > 0 && { correlated }) };
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
export function plainRoutes(routes: readonly TableRoute[], record: RecordView): readonly Route[] {
  const found = new Map<string, Route>();
  for (const { to, detection, severity, rule } of routes) {
    const before = found.get(to);
    if (before && rank(severity) <= rank(before.severity)) continue;
    if (detection && !detection.matches(record)) continue;
    found.set(to, {
      to,
      ...(severity === undefined ? {} : { severity }),
      ...(rule && detection ? { rule: { ...rule, matched: detection.matchedValues(record) } } : {}),
    });
  }
  return [...found.values()];
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

function transformed(table: TableProgram, properties: JsonObject): JsonObject {
  if (table.transform.length === 0) return properties;
  const draft = new Draft(properties);
  for (const { run } of table.transform) run(draft);
  return draft.columns;
}

function rank(level: Level | undefined): number {
  return level === undefined ? -1 : LEVELS.indexOf(level);
}

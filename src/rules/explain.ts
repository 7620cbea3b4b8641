/** Explains a verdict: every filter, route, detection and step for a row, with the values that were compared. */
import type { Level, Row, Verdict } from '../shared/event.ts';
import type { JsonObject, JsonValue } from '../shared/json.ts';
import { evaluate, isFiltered, matchingDetections, tableOf } from './evaluate.ts';
import type { NamedTransform, Program } from './program.ts';
import { type CompiledDetection, type MatchTree, type RecordView, viewRow } from './sigma/index.ts';
import { ObjectDraft } from './transforms/draft.ts';

/** The outcome of one condition on a row. */
export interface ExplainedCondition {
  readonly matched: boolean;
  /** Absent if there is no condition. */
  readonly tree?: MatchTree;
}

export interface ExplainedFilter extends ExplainedCondition {
  readonly title: string;
}

export interface ExplainedRoute extends ExplainedCondition {
  readonly to: string;
  readonly severity?: Level;
}

export interface ExplainedDetection extends ExplainedCondition {
  readonly title: string;
  readonly id?: string;
  readonly level: Level;
  readonly file: string;
  readonly to: readonly string[];
  /** Titles of the correlations that count the detection's matches. */
  readonly correlations: readonly string[];
}

/** What a step did to one column. `before` or `after` is absent if the row lacked the column then. */
export interface Change {
  readonly column: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

export interface ExplainedStep {
  readonly verb: string;
  readonly changes: readonly Change[];
}

/** The verdict on a row, and every condition and step that led to it. */
export interface Explanation {
  readonly verdict: Verdict;
  readonly filters: readonly ExplainedFilter[];
  readonly routes: readonly ExplainedRoute[];
  readonly detections: readonly ExplainedDetection[];
  readonly steps: readonly ExplainedStep[];
}

export interface RaisedRule {
  readonly title: string;
  readonly id?: string;
}

/** Explains what {@link evaluate} decides. All filters, routes and detections are tried, even on a row that a filter drops. */
export function explain(program: Program, row: Row): Explanation {
  const table = tableOf(program, row.table);
  const record = viewRow(row, table.sources);
  return {
    verdict: evaluate(program, row, record),
    filters: table.filters.map(({ title, detection }) => ({ title, ...condition(detection, record) })),
    routes: table.routes.map(({ to, severity, detection }) => ({
      to,
      ...(severity === undefined ? {} : { severity }),
      ...(detection ? condition(detection, record) : { matched: true }),
    })),
    detections: table.detections.map(({ compiled, level, to, feeds }) => ({
      title: compiled.rule.title,
      ...(compiled.rule.id === undefined ? {} : { id: compiled.rule.id }),
      file: compiled.rule.file,
      level,
      to,
      correlations: [...new Set(feeds.map(({ by }) => by.correlation.title))],
      ...condition(compiled.detection, record),
    })),
    steps: explainSteps(table.transform, row.properties),
  };
}

/** The titles and ids of the rules that a row raises without correlations, also those whose alerts have no destination. */
export function raisedRules(program: Program, row: Row): readonly RaisedRule[] {
  const table = tableOf(program, row.table);
  const record = viewRow(row, table.sources);
  if (table.filters.some((filter) => isFiltered(filter, record))) return [];
  const routed = table.routes.filter(({ rule, detection }) => rule && detection?.matches(record));
  const raised = [
    ...routed.flatMap(({ rule }) => rule ?? []),
    ...matchingDetections(table, record).flatMap(({ rule, silent }) => (silent ? [] : rule)),
  ];
  return raised.map(({ title, id }) => ({ title, ...(id === undefined ? {} : { id }) }));
}

function condition(detection: CompiledDetection, record: RecordView): ExplainedCondition {
  return { matched: detection.matches(record), tree: detection.explain(record) };
}

function explainSteps(transform: readonly NamedTransform[], properties: JsonObject): ExplainedStep[] {
  let before = properties;
  return transform.map(({ verb, run }) => {
    // Each step gets its own draft, because the columns before the step must stay unchanged for the comparison.
    const draft = new ObjectDraft(before);
    run(draft);
    const changes = changesBetween(before, draft.columns);
    before = draft.columns;
    return { verb, changes };
  });
}

function changesBetween(before: JsonObject, after: JsonObject): Change[] {
  if (before === after) return [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((column) => {
    const [old, now] = [own(before, column), own(after, column)];
    if (old === now) return [];
    return [
      { column, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) },
    ];
  });
}

function own(columns: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(columns, name) ? columns[name] : undefined;
}

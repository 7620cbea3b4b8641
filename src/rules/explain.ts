/** Explains a verdict: every filter, route, detection and step for a row, with the values that were compared. */
import { columnOf } from '../shared/column-value.ts';
import type { Level, Row, RuleRef, Verdict } from '../shared/event.ts';
import type { JsonObject, JsonValue } from '../shared/json.ts';
import { renderTitle } from '../shared/title-template.ts';
import { evaluate, isFiltered, isInForce, matchingDetections, suppresses, tableOf } from './evaluate.ts';
import type { NamedTransform, Program, TableDetection } from './program.ts';
import { runSteps } from './shaping.ts';
import {
  type CompiledDetection,
  type CompiledNarrowing,
  type MatchTree,
  type OverriddenKey,
  type RecordView,
  viewRow,
} from './sigma/index.ts';
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
  readonly alert?: ExplainedAlert;
  /** What the route's own steps do; absent if it has none. */
  readonly steps?: readonly ExplainedStep[];
}

/** What people are told of a rule's alerts, as far as it is declared. */
export interface ExplainedAlert {
  /** Of a match: the title with its placeholders filled in. */
  readonly title?: string;
  readonly grouping?: NonNullable<RuleRef['grouping']>;
}

export interface ExplainedDetection extends ExplainedCondition {
  readonly title: string;
  readonly id?: string;
  readonly level: Level;
  readonly file: string;
  readonly to: readonly string[];
  /** Titles of the correlations that count the detection's matches. */
  readonly correlations: readonly string[];
  /** What overrides have changed in the rule; absent if none did. */
  readonly overridden?: readonly OverriddenKey[];
  /** What narrows the rule. */
  readonly narrowings: readonly ExplainedNarrowing[];
  readonly alert?: ExplainedAlert;
}

/** An exception of a rule, or a Sigma filter. */
export interface ExplainedNarrowing extends ExplainedCondition {
  readonly kind: 'exception' | 'filter';
  readonly title: string;
  readonly file: string;
  /** Whether it takes the rule's alert of this row away. */
  readonly suppresses: boolean;
  readonly expires?: string;
  /** Present and true if it has expired. */
  readonly expired?: true;
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

/** A rule that a row raises. */
export interface RaisedRule {
  readonly title: string;
  readonly id?: string;
  /** The title of the alert, where the rule's has placeholders. */
  readonly shown?: string;
  /** As the first of its destinations is told of it. */
  readonly rule: RuleRef;
}

/** Explains what {@link evaluate} decides. All filters, routes and detections are tried, even on a row that a filter drops. */
export function explain(program: Program, row: Row): Explanation {
  const table = tableOf(program, row.table);
  const record = viewRow(row, table.sources);
  const verdict = evaluate(program, row, record);
  const event = verdict.kind === 'forwarded' ? verdict.event : undefined;
  return {
    verdict,
    filters: table.filters.map(({ title, detection }) => ({ title, ...condition(detection, record) })),
    routes: table.routes.map(({ to, severity, detection, rule, steps }) => {
      const found = detection ? condition(detection, record) : { matched: true };
      return {
        to,
        ...(severity === undefined ? {} : { severity }),
        ...(rule && explainedAlert(rule, found.matched ? event : undefined)),
        ...(steps && { steps: explainSteps(steps.transform, event ?? row.properties, record) }),
        ...found,
      };
    }),
    detections: table.detections.map(({ compiled, level, to, feeds, rule, targets }) => ({
      ...((compiled.rule.overridden ?? []).length > 0 && { overridden: compiled.rule.overridden ?? [] }),
      narrowings: compiled.narrowings.map((one) => explainNarrowing(program, one, record)),
      title: compiled.rule.title,
      ...(compiled.rule.id === undefined ? {} : { id: compiled.rule.id }),
      file: compiled.rule.file,
      level,
      to,
      correlations: [...new Set(feeds.map(({ by }) => by.correlation.title))],
      ...explainedAlert(firstTold({ rule, targets }), compiled.detection.matches(record) ? event : undefined),
      ...condition(compiled.detection, record),
    })),
    steps: explainSteps(table.transform, row.properties, record),
  };
}

/** The titles and ids of the rules that a row raises without correlations, also those whose alerts have no destination. */
export function raisedRules(program: Program, row: Row): readonly RaisedRule[] {
  const table = tableOf(program, row.table);
  const record = viewRow(row, table.sources);
  if (table.filters.some((filter) => isFiltered(filter, record))) return [];
  const routed = table.routes.filter(({ rule, detection }) => rule && detection?.matches(record));
  const rules = [
    ...routed.flatMap(({ rule }) => rule ?? []),
    ...matchingDetections(program, table, record).raised.flatMap((one) => (one.silent ? [] : firstTold(one))),
  ];
  if (rules.every(({ titleTemplate }) => titleTemplate === undefined)) {
    return rules.map((rule) => raisedRule(rule, {}));
  }
  const verdict = evaluate(program, row);
  const event = verdict.kind === 'forwarded' ? verdict.event : {};
  return rules.map((rule) => raisedRule(rule, event));
}

/** A rule as its first destination is told of it. */
export function firstTold({ rule, targets }: Pick<TableDetection, 'rule' | 'targets'>): RuleRef {
  return targets[0]?.rule ?? rule;
}

/** @param event the columns behind the steps. */
export function raisedRule(rule: RuleRef, event: JsonObject): RaisedRule {
  const { title, id, titleTemplate } = rule;
  return {
    title,
    ...(id === undefined ? {} : { id }),
    ...(titleTemplate !== undefined && {
      shown: renderTitle(titleTemplate, (path) => columnOf({ event, rule }, path)),
    }),
    rule,
  };
}

/** @param event the columns behind the steps, where the row raises the alert. */
function explainedAlert(rule: RuleRef, event: JsonObject | undefined): { readonly alert?: ExplainedAlert } {
  const { grouping } = rule;
  const { shown } = event ? raisedRule(rule, event) : {};
  if (grouping === undefined && shown === undefined) return {};
  return {
    alert: { ...(shown !== undefined && { title: shown }), ...(grouping !== undefined && { grouping }) },
  };
}

function explainNarrowing(
  { now }: Program,
  narrowing: CompiledNarrowing,
  record: RecordView,
): ExplainedNarrowing {
  const { kind, title, file, expires } = narrowing.of;
  const inForce = isInForce(narrowing, now);
  return {
    kind,
    title,
    file,
    suppresses: inForce && suppresses(narrowing, record),
    ...(expires && { expires: expires.text }),
    ...(!inForce && { expired: true as const }),
    ...condition(narrowing.detection, record),
  };
}

function condition(detection: CompiledDetection, record: RecordView): ExplainedCondition {
  return { matched: detection.matches(record), tree: detection.explain(record) };
}

function explainSteps(
  transform: readonly NamedTransform[],
  properties: JsonObject,
  record: RecordView,
): ExplainedStep[] {
  let before = properties;
  return transform.map((step) => {
    const { verb } = step;
    // Each step gets its own draft, because the columns before the step must stay unchanged for the comparison.
    const draft = new ObjectDraft(before);
    runSteps([step], draft, record);
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

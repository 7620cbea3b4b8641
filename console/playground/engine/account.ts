/** All that became of one row as plain data: conditions with the values that were compared, the change of each step, and alerts. */
import type { DryRunResult } from '../../../src/rules/dry-run.ts';
import {
  type ExplainedCondition,
  type ExplainedDetection,
  type ExplainedStep,
  explain,
  type RaisedRule,
} from '../../../src/rules/explain.ts';
import type { Program } from '../../../src/rules/program.ts';
import type { MatchTree } from '../../../src/rules/sigma/index.ts';
import type { Row, Verdict } from '../../../src/shared/event.ts';
import type { JsonValue } from '../../../src/shared/json.ts';
import type { Condition, DetectionOutcome, RaisedAlert, RowAccount, StepChanges, Tree } from './messages.ts';

/** Nodes of one tree that are shown: a rule may have lists of thousands of values. */
const MOST_NODES = 500;
/** Characters of a value in a tree, where it may stand beside each of the values that it is compared with. */
const MOST_ACTUAL = 2_000;

export type Accounted = Pick<RowAccount, 'filters' | 'steps' | 'routes' | 'detections' | 'raised'>;

/** @param result of the dry run, whose alerts include those of correlations. */
export function accountOf(program: Program, row: Row, { verdict, raised }: DryRunResult): Accounted {
  const { filters, routes, detections, steps } = explain(program, row);
  return {
    filters: filters.map(({ title, ...condition }) => conditionOf(title, condition)),
    steps: steps.map(changesOf),
    routes: routes.map(({ to, steps: own = [], ...condition }) => ({
      ...conditionOf(to, condition),
      steps: own.map(changesOf),
    })),
    // Those that match come first: a folder may have thousands for one table.
    detections: detections
      .toSorted((one, other) => Number(other.matched) - Number(one.matched))
      .slice(0, 50)
      .map(detectionOf),
    raised: raised.map((one) => alertOf(one, verdict)),
  };
}

function conditionOf(title: string, { matched, tree }: ExplainedCondition): Condition {
  return { title, matched, ...(tree && { tree: treeOf(tree, { left: MOST_NODES }) }) };
}

function treeOf({ kind, label, matched, column, actual, children }: MatchTree, room: { left: number }): Tree {
  const shown = children.slice(0, Math.max(0, room.left));
  room.left -= shown.length;
  return {
    kind,
    label,
    matched,
    ...(column !== undefined && { column }),
    ...(actual !== undefined && { actual: cut(textOf(actual)) }),
    children: shown.map((child) => treeOf(child, room)),
  };
}

function detectionOf(one: ExplainedDetection): DetectionOutcome {
  const { title, level, file, to, correlations, narrowings } = one;
  return {
    ...conditionOf(title, one),
    level,
    file,
    to,
    notes: [
      ...correlations.map((name) => `counted by ${name}`),
      ...narrowings.map(({ kind, title: name, suppresses, expired, expires }) => {
        if (expired) return `${kind} ${name} has expired on ${expires} and suppresses nothing`;
        return `${kind} ${name} ${suppresses ? 'suppresses the alert' : 'does not apply to the row'}`;
      }),
    ],
  };
}

function changesOf({ verb, changes }: ExplainedStep): StepChanges {
  return {
    verb,
    changes: changes.map(({ column, before, after }) => ({
      column,
      ...(before !== undefined && { before: textOf(before) }),
      ...(after !== undefined && { after: textOf(after) }),
    })),
  };
}

/** What made the rule match stands in the routes, as destinations are told of it. */
function alertOf({ title, shown, id, rule }: RaisedRule, verdict: Verdict): RaisedAlert {
  const routes = verdict.kind === 'forwarded' ? verdict.routes : [];
  const told = routes.find((route) => route.rule?.title === title && route.rule.id === id)?.rule ?? rule;
  return {
    title: shown ?? title,
    ...(id !== undefined && { id }),
    matched: (told.matched ?? []).map(({ column, value }) => ({ column, value: textOf(value) })),
  };
}

function cut(text: string): string {
  if (text.length <= MOST_ACTUAL) return text;
  return `${text.slice(0, MOST_ACTUAL)}… (${text.length.toLocaleString('en')} characters)`;
}

function textOf(value: JsonValue): string {
  return JSON.stringify(value);
}

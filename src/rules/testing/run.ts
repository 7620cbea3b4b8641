/** Runs the tests of rule files, and compares what the rules do with what each test expects. */
import { increment } from '../../shared/counts.ts';
import type { Row, Verdict } from '../../shared/event.ts';
import { ExactNumber } from '../../shared/exact-number.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { DryRun } from '../dry-run.ts';
import { evaluate } from '../evaluate.ts';
import { type RaisedRule, raisedRules } from '../explain.ts';
import type { Program } from '../program.ts';
import type { RowTest, RuleTest, SequenceTest } from './collect.ts';
import { OpenedGroups } from './opened-groups.ts';

/** One difference between what a test expects and what the rules did. */
export interface Mismatch {
  readonly what: 'filtered' | 'forwarded' | 'alerts' | 'messages' | 'event' | 'sent' | 'metadata' | 'absent';
  readonly expected: JsonValue;
  readonly actual: JsonValue;
}

/** Makes a row from its columns only, for tests and dry runs. */
export function rowOf(table: string, properties: JsonObject, blob = 'test', offset = 0): Row {
  const envelope = { category: `AdvancedHunting-${table}` };
  return { id: '0'.repeat(32), table, properties, envelope, text: undefined, source: { blob, offset } };
}

/** Runs a test. The result is empty if the test passes. */
export function runTest(program: Program, test: RuleTest): readonly Mismatch[] {
  return test.kind === 'row' ? runRow(program, test) : runSequence(program, test);
}

/** The program with the time of a test. */
function at(program: Program, { date = Number.NEGATIVE_INFINITY }: RuleTest, after: () => number): Program {
  return { ...program, now: () => date + after() };
}

function runSequence(given: Program, test: SequenceTest): readonly Mismatch[] {
  const { rows, expect } = test;
  let passed = 0;
  const run = new DryRun(at(given, test, () => passed));
  const groups = new OpenedGroups();
  const raised = rows.flatMap(({ at, table, row }, n) => {
    passed = at;
    const each = { ...rowOf(table, row, 'test', n), id: `${n}`.padStart(16, '0') };
    const { verdict, raised: found } = run.next(each, at);
    const once = onceEach(found);
    const event = verdict.kind === 'forwarded' ? verdict.event : {};
    for (const one of once) groups.add(one, { table, event, at });
    return once;
  });
  const found: Mismatch[] = [];
  const compare = (what: 'alerts' | 'messages', named: ExpectedAlerts | undefined, list: typeof raised) => {
    if (named === undefined) return;
    const [expected, actual] = [asExpected(named), asRaised(list, named)];
    if (canonical(expected) !== canonical(actual)) found.push({ what, expected, actual });
  };
  compare('alerts', expect.alerts, raised);
  compare('messages', expect.messages, groups.first);
  return found;
}

function runRow(given: Program, test: RowTest): readonly Mismatch[] {
  const { table, row: properties, expect } = test;
  const program = at(given, test, () => 0);
  const row = rowOf(table, properties);
  const verdict = evaluate(program, row);
  const raised = raisedRules(program, row);
  const event = verdict.kind === 'forwarded' ? verdict.event : {};
  const found: Mismatch[] = [];
  const compare = (what: Mismatch['what'], expected: JsonValue, actual: JsonValue) => {
    if (canonical(expected) !== canonical(actual)) found.push({ what, expected, actual });
  };
  if (expect.filtered !== undefined) {
    const title = verdict.kind === 'filtered' ? verdict.filter : false;
    compare('filtered', expect.filtered, typeof expect.filtered === 'boolean' ? title !== false : title);
  }
  if (expect.forwarded) {
    const routes = verdict.kind === 'forwarded' ? verdict.routes : [];
    compare('forwarded', sorted(expect.forwarded), sorted(routes.map(({ to }) => to)));
  }
  if (expect.alerts) {
    compare('alerts', asExpected(expect.alerts), asRaised(onceEach(raised), expect.alerts));
  }
  if (expect.event) {
    const expected = expect.event as JsonObject;
    const actual = Object.keys(expected).flatMap((name) =>
      Object.hasOwn(event, name) ? [[name, event[name]]] : [],
    );
    compare('event', expected, Object.fromEntries(actual));
  }
  for (const [to, columns] of Object.entries(expect.sent ?? {})) {
    const [expected, actual] = sentTo(to, columns as JsonObject, verdict);
    compare('sent', { [to]: expected }, { [to]: actual });
  }
  for (const [to, expected] of Object.entries(expect.metadata ?? {})) {
    compare('metadata', { [to]: expected }, { [to]: metadataOf(to, Object.keys(expected), verdict) });
  }
  if (expect.absent) {
    compare(
      'absent',
      [],
      expect.absent.filter((name) => Object.hasOwn(event, name)),
    );
  }
  return found;
}

/** The columns that a test names, as it expects them and as they are sent to a destination. */
function sentTo(to: string, expected: JsonObject, verdict: Verdict): readonly [JsonValue, JsonValue] {
  const route = verdict.kind === 'forwarded' ? verdict.routes.find((one) => one.to === to) : undefined;
  if (verdict.kind !== 'forwarded' || !route) return [expected, 'not sent'];
  const event = verdict.shaper?.columnsFor(route)?.event ?? verdict.event;
  const names = Object.keys(expected);
  return [
    expected,
    Object.fromEntries(
      names.map((name) => [name, Object.hasOwn(event, name) ? (event[name] ?? null) : null]),
    ),
  ];
}

function metadataOf(to: string, keys: readonly string[], verdict: Verdict): JsonValue {
  const route = verdict.kind === 'forwarded' ? verdict.routes.find((one) => one.to === to) : undefined;
  if (verdict.kind !== 'forwarded' || !route) return 'not sent';
  const event = verdict.shaper?.columnsFor(route)?.event ?? verdict.event;
  const filed = verdict.shaper?.metadataFor(route, (name) =>
    Object.hasOwn(event, name) ? event[name] : undefined,
  );
  return Object.fromEntries(
    Object.entries(filed ?? {}).flatMap(([key, value]) =>
      keys.includes(key) && typeof value === 'string' ? [[key, value]] : [],
    ),
  );
}

type ExpectedAlerts = NonNullable<RuleTest['expect']['alerts']>;

/** Removes duplicates: a row raises a rule once, even if the alert has several routes. */
function onceEach(raised: readonly RaisedRule[]): readonly RaisedRule[] {
  return [...new Map(raised.map((one) => [JSON.stringify([one.id, one.title]), one])).values()];
}

function asExpected(expected: ExpectedAlerts): JsonValue {
  return isList(expected) ? sorted(expected) : expected;
}

/**
 * The raised alerts in the form that the test uses: a list of names, or names with counts. A test may name the id, the title of the rule,
 * or that of the alert.
 */
function asRaised(raised: readonly RaisedRule[], expected: ExpectedAlerts): JsonValue {
  const named = new Set(isList(expected) ? expected : Object.keys(expected));
  const names = raised.map(
    ({ title, id, shown }) =>
      [id, shown, title].find((one) => one !== undefined && named.has(one)) ?? shown ?? title,
  );
  if (isList(expected)) return sorted(names);
  const counts = new Map(Object.keys(expected).map((name) => [name, 0]));
  for (const name of names) increment(counts, name);
  return Object.fromEntries(counts);
}

function isList(expected: ExpectedAlerts): expected is string[] {
  return Array.isArray(expected);
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

/** JSON with sorted keys, so that equal values give equal strings. A number that a double cannot hold equals the string of its digits. */
function canonical(value: JsonValue): string {
  return JSON.stringify(inOrder(value));
}

function inOrder(value: JsonValue): JsonValue {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

/**
 * Tests strings that are so long that their cost must be limited. Each test takes its work from the row's allowance in advance. If the
 * allowance does not suffice, the test compares only the beginning and the end of the strings, and the cut is recorded.
 */
import type { FieldSource, ValueTest } from '../language/expression.ts';
import { fold } from '../language/fold.ts';
import { compileText } from '../language/text.ts';
import type { RecordView } from '../types.ts';
import { GramIndex } from './gram-index.ts';
import { needOf } from './needs.ts';
import { exists, isNull, some, testValue, within } from './test-value.ts';

/** The cost of scanning per UTF-16 unit, in nanoseconds, measured with bench/rules/hostile.ts. */
export const SCAN_COST = 6;
const FIND_COST = 0.5;
/**
 * V8's search preprocesses only so many units of a literal. Longer literals are compared at every position, which costs the time below for
 * each of their units.
 */
const LONG_NEEDLE = 240;
const NEEDLE_COST = 0.35;
/** The cost of comparing a string, in nanoseconds. */
const COMPARE_COST = 150;
const EDGE_COST = 60;
/** How many strings are compared at their ends if the work does not suffice for all. */
const FEW_TEXTS = 64;
/** With more literals than this, one pass over the string finds the literals that it may contain, and only these are searched. */
const MANY_WITHIN = 12;

/** As `compileTests`, for sources whose strings are long. */
export function compileForLong(
  source: FieldSource,
  tests: readonly ValueTest[],
): (record: RecordView) => boolean {
  const ordered = [...tests].sort((a, b) => rank(a) - rank(b));
  const within = ordered.filter((test) => test.kind === 'text' && test.mode === 'contains');
  let index: LiteralIndex | undefined;
  return (record) => {
    const known = record.answers.get(tests);
    if (known) {
      if (known.cut) record.work.cut();
      return known.found;
    }
    const { cuts } = record.work;
    if (record.isIncomplete(source)) record.work.cut();
    let held = record.screens.get(source)?.found;
    if (!record.screens.has(source) && within.length > MANY_WITHIN) {
      index ??= new LiteralIndex(within.flatMap((test) => (test.kind === 'text' ? fold(test.literal) : [])));
      held = index.find(source, record);
    }
    const screened = record.screens.get(source)?.known ?? index?.literals;
    const absent = (literal: string): boolean =>
      held !== undefined && screened?.has(literal) === true && !held.has(literal);
    const found = ordered.some((test) => {
      const literal = needOf(source, test);
      if (literal?.source === source && literal.mode === 'contains' && absent(literal.literal)) return false;
      return testLong(source, test, record);
    });
    record.answers.set(tests, { found, cut: record.work.cuts > cuts });
    return found;
  };
}

/** Finds which of many literals a long string may contain. */
class LiteralIndex {
  readonly literals: ReadonlySet<string>;
  readonly #list: readonly string[];
  readonly #index: GramIndex;

  /** @param literals case-folded. */
  constructor(literals: readonly string[]) {
    this.literals = new Set(literals);
    this.#list = [...this.literals];
    this.#index = new GramIndex(this.#list.map((literal) => ({ literal, mode: 'contains' })));
  }

  /** Undefined if the work does not suffice for the pass. */
  find(source: FieldSource, record: RecordView): ReadonlySet<string> | undefined {
    if (!record.work.take('long', SCAN_COST * record.size(source))) return undefined;
    const found = new Set<string>();
    for (const text of record.texts(source)) {
      this.#index.scan(text, (position) => found.add(this.#list[position] ?? ''));
    }
    return found;
  }
}

function testLong(source: FieldSource, test: ValueTest, record: RecordView): boolean {
  const whole = record.work.take('long', costOf(source, test, record));
  if (!whole) record.work.cut();
  const view = whole ? record : record.part;
  switch (test.kind) {
    case 'null':
      return isNull(source, record);
    case 'exists':
      return exists(source, record);
    case 'text': {
      if (test.mode === 'contains')
        return some(textsOf(view, source, test.cased), (text) => text.includes(test.literal));
      const texts = record.texts(source);
      return some(whole ? texts : texts.slice(0, FEW_TEXTS), (text) => testEdge(test, text));
    }
    case 'wildcard':
      return some(
        textsOf(view, source, test.cased),
        within(test.tokens, record.work, whole ? 'long' : 'short'),
      );
    case 'regex': {
      const { regex, literal } = test;
      const folded = literal === '' ? undefined : view.folded(source);
      return view
        .texts(source)
        .some((text, at) => folded?.[at]?.includes(literal) !== false && regex.test(text, record.work));
    }
    case 'field': {
      const others = textsOf(view, test.source, test.cased);
      const mine = textsOf(view, source, test.cased);
      return some(others, (other) => some(mine, compileText(test.mode, other)));
    }
    default:
      return testValue(test, view.texts(source), view);
  }
}

function textsOf(view: RecordView, source: FieldSource, isCased: boolean): readonly string[] {
  return isCased ? view.texts(source) : view.folded(source);
}

/** Compares the beginning or the end of a string without a case-folded copy of the whole string. */
function testEdge({ mode, literal, cased }: Extract<ValueTest, { kind: 'text' }>, text: string): boolean {
  const { length } = literal;
  if (text.length < length || (mode === 'equals' && text.length !== length)) return false;
  const edge = mode === 'endswith' ? text.slice(text.length - length) : text.slice(0, length);
  return (cased ? edge : fold(edge)) === literal;
}

/** The cost of a test in nanoseconds. The engine of regular expressions counts its work itself. */
function costOf(source: FieldSource, test: ValueTest, record: RecordView): number {
  const size = record.size(source);
  const folding = (isCased: boolean) => (isCased ? 0 : record.foldCost(source));
  switch (test.kind) {
    case 'null':
    case 'exists':
      return 0;
    case 'text':
      return test.mode === 'contains'
        ? folding(test.cased) + findCost(size, test.literal.length)
        : EDGE_COST * record.texts(source).length;
    case 'wildcard':
      // The cost of trying positions is counted during the search.
      return folding(test.cased);
    case 'regex':
      return test.literal === '' ? 0 : folding(false) + findCost(size, test.literal.length);
    case 'compare':
    case 'time':
    case 'cidr':
    case 'list':
      return COMPARE_COST * record.texts(source).length;
    case 'field': {
      const others = record.texts(test.source);
      const folded = folding(test.cased) + (test.cased ? 0 : record.foldCost(test.source));
      return folded + others.reduce((sum, { length }) => sum + findCost(size, length), 0);
    }
  }
}

function findCost(size: number, needle: number): number {
  return size * (FIND_COST + (needle > LONG_NEEDLE ? NEEDLE_COST * needle : 0));
}

function rank(test: ValueTest): number {
  switch (test.kind) {
    case 'null':
    case 'exists':
      return 0;
    case 'text':
      return test.mode === 'contains' ? 2 : 1;
    case 'wildcard':
      return 4;
    case 'regex':
    case 'field':
      return 5;
    default:
      return 3;
  }
}

/** All detections of a table, tried together: an index proposes those that may match a row. */
import type { FieldSource } from '../language/expression.ts';
import { fold } from '../language/fold.ts';
import type { CompiledDetection, RecordView } from '../types.ts';
import { GramIndex, type Pattern } from './gram-index.ts';
import { learnLikelihood } from './likelihood.ts';
import { SCAN_COST } from './long-texts.ts';
import { allNeeds, type Need, needsOf } from './needs.ts';

/** Many detections, tried together. */
export interface Matcher {
  /** The positions of the detections that match, ascending. */
  match(record: RecordView): readonly number[];
}

/** The subject of a cut that may concern any detection: the index did not see all of a string and may have missed candidates. */
const INDEX = 'all detections';

const NONE: readonly number[] = [];
/** Whole strings shorter than this are looked up as they are. */
const SHORT = 4;
/** How many strings of a column are remembered, and up to which length, UTF-16 units. */
const REMEMBERED_TEXTS = 4096;
const REMEMBERED_LENGTH = 64;

/**
 * Indexes detections (of one table) by the literals they need, so that a row meets only those that may match it.
 *
 * One pass over each string column that a literal is looked for in proposes candidates; only those are evaluated.
 */
export function buildMatcher(detections: readonly CompiledDetection[]): Matcher {
  const likelihood = learnLikelihood((visit) => {
    for (const { expression } of detections) allNeeds(expression, visit);
  });
  const always: number[] = [];
  const sources = new Map<FieldSource, SourceNeeds>();
  for (const [position, { expression }] of detections.entries()) {
    const needs = needsOf(expression, likelihood);
    if (!needs) always.push(position);
    for (const need of needs ?? []) addNeed(sources, need, position);
  }
  for (const { expression } of detections) allNeeds(expression, (need) => addLiteral(sources, need));
  const conditions = detections.map(({ condition }) => condition);
  const scopes = detections.map(({ isFor }) => isFor);
  /** The round in which a detection was last proposed. */
  const proposed = new Float64Array(detections.length);
  let round = 0;
  const candidates: number[] = [];
  const propose = (positions: readonly number[]): void => {
    for (const position of positions) {
      if (proposed[position] === round) continue;
      proposed[position] = round;
      candidates.push(position);
    }
  };
  const indexes = [...sources.values()].map((needs) => new SourceIndex(needs, propose));

  return {
    match(record) {
      round++;
      candidates.length = 0;
      for (const position of always) candidates.push(position);
      record.work.subject = INDEX;
      for (const index of indexes) index.propose(record);
      if (candidates.length === 0) return NONE;
      const matched: number[] = [];
      for (const position of candidates) {
        record.work.subject = position;
        if (conditions[position]?.(record) && scopes[position]?.(record) !== false) matched.push(position);
      }
      return matched.length > 1 ? matched.sort((a, b) => a - b) : matched;
    },
  };
}

/** The literals looked for in one source, and the detections that need each. */
interface SourceNeeds {
  readonly source: FieldSource;
  readonly patterns: Map<string, { readonly pattern: Pattern; readonly positions: number[] }>;
  /** Literals that some detection looks for anywhere in the source, case-folded; all that its expressions name. */
  readonly within: Set<string>;
}

/** Literals are collected where the source is indexed: one pass over a long string then answers for all of them. */
function addLiteral(sources: Map<FieldSource, SourceNeeds>, { source, mode, literal }: Need): void {
  if (mode === 'contains') sources.get(source)?.within.add(literal);
}

function addNeed(
  sources: Map<FieldSource, SourceNeeds>,
  { source, mode, literal }: Need,
  position: number,
): void {
  let needs = sources.get(source);
  if (!needs) {
    needs = { source, patterns: new Map(), within: new Set() };
    sources.set(source, needs);
  }
  const key = `${mode} ${literal}`;
  const known = needs.patterns.get(key);
  if (!known) needs.patterns.set(key, { pattern: { literal, mode }, positions: [position] });
  else if (known.positions.at(-1) !== position) known.positions.push(position);
}

/** What one source's strings propose. */
class SourceIndex {
  readonly #source: FieldSource;
  readonly #positions: readonly (readonly number[])[];
  readonly #index: GramIndex;
  /** Whole strings too short for the index. */
  readonly #short: ReadonlyMap<string, readonly number[]>;
  readonly #propose: (positions: readonly number[]) => void;
  readonly #remembered = new Map<string, readonly number[]>();
  readonly #within: ReadonlySet<string>;
  /** For long strings: the patterns of the index, and behind them the other literals of `within`. */
  readonly #longList: readonly string[];
  readonly #longIndex: GramIndex;

  constructor({ source, patterns, within }: SourceNeeds, propose: (positions: readonly number[]) => void) {
    const [short, long] = partition(
      [...patterns.values()],
      ({ pattern }) => pattern.mode === 'equals' && pattern.literal.length < SHORT,
    );
    this.#source = source;
    this.#positions = long.map(({ positions }) => positions);
    this.#index = new GramIndex(long.map(({ pattern }) => pattern));
    this.#propose = propose;
    this.#short = new Map(short.map(({ pattern, positions }) => [pattern.literal, positions]));
    this.#within = within;
    const anywhere = long.map(({ pattern }) => (pattern.mode === 'contains' ? pattern.literal : ''));
    const indexed = new Set(anywhere);
    const others = [...within].filter((literal) => !indexed.has(literal));
    this.#longList = [...anywhere, ...others];
    this.#longIndex = new GramIndex([
      ...long.map(({ pattern }) => pattern),
      ...others.map((literal) => ({ literal, mode: 'contains' as const })),
    ]);
  }

  propose(record: RecordView): void {
    if (record.isLong(this.#source)) {
      this.#proposeLong(record);
      return;
    }
    const texts = record.texts(this.#source);
    for (let at = 0; at < texts.length; at++) {
      const text = texts[at] as string;
      if (text.length > REMEMBERED_LENGTH) this.#find(text, this.#propose);
      else this.#propose(this.#remembered.get(text) ?? this.#remember(text));
    }
  }

  /** One pass proposes, and tells the tests which literals they need not look for. */
  #proposeLong(record: RecordView): void {
    const whole = record.work.take('long', SCAN_COST * record.size(this.#source));
    if (!whole || record.isIncomplete(this.#source)) record.work.cut();
    const found = new Set<string>();
    for (const text of (whole ? record : record.part).texts(this.#source)) {
      if (text.length < SHORT) this.#find(text, this.#propose);
      this.#longIndex.scan(text, (pattern) => {
        const positions = this.#positions[pattern];
        if (positions) this.#propose(positions);
        found.add(this.#longList[pattern] ?? '');
      });
    }
    if (whole) record.screens.set(this.#source, { known: this.#within, found });
  }

  /** Paths, names and versions come again and again: what such a string proposes is worked out once. */
  #remember(text: string): readonly number[] {
    const positions: number[] = [];
    this.#find(text, (found) => positions.push(...found));
    if (this.#remembered.size >= REMEMBERED_TEXTS) this.#remembered.clear();
    const proposed = positions.length === 0 ? NONE : positions;
    this.#remembered.set(text, proposed);
    return proposed;
  }

  #find(text: string, propose: (positions: readonly number[]) => void): void {
    if (text.length < SHORT) {
      const positions = this.#short.get(fold(text));
      if (positions) propose(positions);
    }
    this.#index.scan(text, (pattern) => propose(this.#positions[pattern] ?? NONE));
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}

import { Automaton } from './automaton.ts';
import { type Corpus, learnCorpus } from './corpus.ts';
import type { FieldSource } from './expression.ts';
import { allNeeds, type Need, needsOf } from './needs.ts';
import type { CompiledDetection, RecordView } from './types.ts';

/** Many detections, tried together. */
export interface Matcher {
  /** The positions of the detections that match, ascending. */
  match(record: RecordView): readonly number[];
}

const NONE: readonly number[] = [];

/** Tries detections one by one: what `buildMatcher` must agree with. */
export function buildPlainMatcher(detections: readonly CompiledDetection[]): Matcher {
  return {
    match: (record) =>
      detections.flatMap((detection, position) => (detection.matches(record) ? [position] : [])),
  };
}

/**
 * Indexes detections (of one table) by the literals they need, so that a row meets only those that may match it.
 *
 * One pass over each text column that a literal is looked for in proposes candidates; only those are evaluated.
 */
export function buildMatcher(detections: readonly CompiledDetection[]): Matcher {
  const corpus = learnCorpus((visit) => {
    for (const { expression } of detections) allNeeds(expression, visit);
  });
  const always: number[] = [];
  const columns = new Map<string, ColumnBuilder>();
  for (const [position, { expression }] of detections.entries()) {
    const needs = needsOf(expression, corpus.likelihood);
    if (!needs) always.push(position);
    for (const need of needs ?? []) {
      let column = columns.get(need.source.key);
      if (!column) {
        column = { source: need.source, wholes: new Map(), parts: new Map() };
        columns.set(need.source.key, column);
      }
      addNeed(column, need, position, corpus);
    }
  }
  const indexes = [...columns.values()].map((column) => new ColumnIndex(column));
  const seen = new Float64Array(detections.length);
  let round = 0;

  return {
    match(record) {
      round++;
      const candidates: number[] = [...always];
      const propose = (positions: readonly number[]): void => {
        for (const position of positions) {
          if (seen[position] === round) continue;
          seen[position] = round;
          candidates.push(position);
        }
      };
      for (const index of indexes) index.propose(record, round, propose);
      if (candidates.length === 0) return NONE;
      const matched = candidates.filter((position) => detections[position]?.matches(record));
      return matched.sort((a, b) => a - b);
    },
  };
}

interface ColumnBuilder {
  readonly source: FieldSource;
  readonly wholes: Map<string, number[]>;
  readonly parts: Map<string, number[]>;
}

function addNeed(column: ColumnBuilder, need: Need, position: number, corpus: Corpus): void {
  const positions = need.whole ? column.wholes : column.parts;
  const literal = need.whole ? need.literal : corpus.rarestPart(need.literal);
  const list = positions.get(literal);
  if (!list) positions.set(literal, [position]);
  else if (list.at(-1) !== position) list.push(position);
}

/** What one column's texts propose. */
class ColumnIndex {
  readonly #source: FieldSource;
  readonly #wholes: ReadonlyMap<string, readonly number[]>;
  readonly #parts: readonly (readonly number[])[];
  readonly #automaton: Automaton | undefined;
  /** The round in which a literal was last found: the next find of it proposes nothing new. */
  readonly #found: Float64Array;

  constructor({ source, wholes, parts }: ColumnBuilder) {
    this.#source = source;
    this.#wholes = wholes;
    this.#parts = [...parts.values()];
    this.#automaton = parts.size === 0 ? undefined : new Automaton([...parts.keys()]);
    this.#found = new Float64Array(parts.size);
  }

  propose(record: RecordView, round: number, propose: (positions: readonly number[]) => void): void {
    if (this.#automaton) {
      for (const text of record.texts(this.#source)) {
        this.#automaton.scan(text, (literals) => {
          for (const literal of literals) {
            if (this.#found[literal] === round) continue;
            this.#found[literal] = round;
            propose(this.#parts[literal] ?? NONE);
          }
        });
      }
    }
    if (this.#wholes.size === 0) return;
    for (const text of record.folded(this.#source)) {
      const positions = this.#wholes.get(text);
      if (positions) propose(positions);
    }
  }
}

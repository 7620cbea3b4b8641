/** Finds the detections of a table that a row may match, by the literals that they need. */
import type { FieldSource } from '../language/expression.ts';
import type { CompiledDetection, RecordView } from '../types.ts';
import { allNeeds, type Need } from './needs.ts';
import type { Requirements } from './requirements.ts';
import { SourceIndex, type SourceNeeds } from './source-index.ts';

/**
 * The factor with which a detection's position and the number of one of its choices are combined into one number. A detection is a
 * candidate once a literal of each of its choices is found.
 */
const CHOICES = 4;
const FIRST = 1;
const SECOND = 2;
const BOTH = 3;

/** The greatest number of a row that fits into 32 bits together with the bits for its choices. */
const LAST_ROUND = 2 ** 30 - 1;

/** Finds the candidates among the detections of a table. */
export class Candidates {
  readonly #always: readonly number[];
  readonly #indexes: readonly SourceIndex[];
  /** By detection, the number of the row in which one of its choices was last found, and the found choices. */
  readonly #found: Uint32Array;
  /** The positions of the candidates, of which the first ones are valid: as many as {@link of} returned. */
  readonly positions: Uint32Array;
  #count = 0;
  #round = 0;

  constructor(detections: readonly CompiledDetection[], requirements: readonly Requirements[]) {
    const sources = new Map<FieldSource, SourceNeeds>();
    const always: number[] = [];
    for (const [position, { choices }] of requirements.entries()) {
      const [first, second] = choices;
      if (!first) always.push(position);
      for (const need of first?.needs ?? [])
        addNeed(sources, need, position * CHOICES + (second ? FIRST : BOTH));
      for (const need of second?.needs ?? []) addNeed(sources, need, position * CHOICES + SECOND);
    }
    this.#always = always;
    this.#indexes = [...sources.values()].map(
      (needs) =>
        new SourceIndex(
          needs,
          () => literalsWithin(needs.source, detections),
          (codes) => this.#propose(codes),
        ),
    );
    this.#found = new Uint32Array(detections.length);
    this.positions = new Uint32Array(detections.length);
  }

  /** Finds the candidates of a row, and returns their number. */
  of(record: RecordView): number {
    this.#nextRow();
    for (const position of this.#always) this.positions[this.#count++] = position;
    for (const index of this.#indexes) index.propose(record);
    return this.#count;
  }

  #nextRow(): void {
    this.#count = 0;
    this.#round += 1;
    if (this.#round < LAST_ROUND) return;
    this.#found.fill(0);
    this.#round = 1;
  }

  #propose(codes: readonly number[]): void {
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at] as number;
      const position = code >>> 2;
      const before = this.#found[position] as number;
      const known = before >>> 2 === this.#round ? before & BOTH : 0;
      const now = known | (code & BOTH);
      if (now === known) continue;
      this.#found[position] = this.#round * CHOICES + now;
      if (now === BOTH) this.positions[this.#count++] = position;
    }
  }
}

/** The literals, case-folded, that detections search anywhere in a source. One pass over a long string finds all of them. */
function literalsWithin(source: FieldSource, detections: readonly CompiledDetection[]): ReadonlySet<string> {
  const within = new Set<string>();
  for (const { expression } of detections) {
    allNeeds(expression, (need) => {
      if (need.source === source && need.mode === 'contains') within.add(need.literal);
    });
  }
  return within;
}

function addNeed(
  sources: Map<FieldSource, SourceNeeds>,
  { source, mode, literal }: Need,
  code: number,
): void {
  let needs = sources.get(source);
  if (!needs) {
    needs = { source, patterns: new Map() };
    sources.set(source, needs);
  }
  const key = `${mode} ${literal}`;
  const known = needs.patterns.get(key);
  if (!known) needs.patterns.set(key, { pattern: { literal, mode }, codes: [code] });
  else if (known.codes.at(-1) !== code) known.codes.push(code);
}

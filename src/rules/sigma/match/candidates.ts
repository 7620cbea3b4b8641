/** Which detections of a table a row may match, told by the literals that they need. */
import type { FieldSource } from '../language/expression.ts';
import type { CompiledDetection, RecordView } from '../types.ts';
import { allNeeds, type Need } from './needs.ts';
import type { Requirements } from './requirements.ts';
import { SourceIndex, type SourceNeeds } from './source-index.ts';

/**
 * A detection and which of its choices a literal is of, as one number. One that has a single choice is a candidate once a literal of it is
 * found; others once one of each is.
 */
const CHOICES = 4;
const FIRST = 1;
const SECOND = 2;
const BOTH = 3;

/** Beyond this, the number of a row and what was found in it do not fit into 32 bits. */
const LAST_ROUND = 2 ** 30 - 1;

/** The candidates among a table's detections. */
export class Candidates {
  readonly #always: readonly number[];
  readonly #indexes: readonly SourceIndex[];
  /** The row that a choice of a detection was last found in, and which choices. */
  readonly #found: Uint32Array;
  /** The positions of the candidates: as many as {@link of} returned. */
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

  /** Looks for the candidates of a row; how many there are. */
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

/** What detections look for anywhere in a source, case-folded: one pass over a long string answers for all of it. */
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

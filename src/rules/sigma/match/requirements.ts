/** Chooses the literals by which the index knows each detection. */
import type { Expression, FieldSource } from '../language/expression.ts';
import type { CompiledDetection } from '../types.ts';
import { type Choice, type Likelihood, type Need, type NeedyPart, needyParts } from './needs.ts';

/** What the index requires of a row before it proposes a detection: the row must contain one of the needs of each choice. */
export interface Requirements {
  /** At most two choices. Without any, the detection must be tried on every row. */
  readonly choices: readonly Choice[];
  /** The parts that are likely true when the choices are fulfilled. */
  readonly settled: readonly Expression[];
}

/** A choice that is less likely than this suffices alone. */
const RARE = 0.002;
/** A second choice with more literals than this is not worth its space in the index. */
const MOST_NEEDS = 64;
/** The cost of searching a source per row, as a number of detections that could be tried instead. */
const PRICES: Readonly<Record<FieldSource['kind'], number>> = {
  column: 0.05,
  join: 0.15,
  rendered: 0.3,
  any: 10,
};
const PATH_PRICE = 0.1;

/**
 * Chooses for each detection the literals that a row least likely contains and, if many rows contain them, a second choice that a row must
 * also fulfil. A source that only few detections would use is avoided if these have another choice, because it would have to be read and
 * searched for each row.
 */
export function requirementsOf(
  detections: readonly CompiledDetection[],
  likelihood: Likelihood,
): readonly Requirements[] {
  const parts = detections.map(({ expression }) =>
    needyParts(expression, likelihood).map((part) => ({ ...part, sources: sourcesOf(part.choice) })),
  );
  const users = new Map<FieldSource, number>();
  for (const each of parts) {
    const sources = new Set(chosenOf(each, () => 0).flatMap((part) => [...part.sources]));
    for (const source of sources) users.set(source, (users.get(source) ?? 0) + 1);
  }
  return parts.map((each) => {
    const chosen = chosenOf(each, (source) => priceOf(source) / (users.get(source) ?? 1));
    return {
      choices: chosen.map(({ choice }) => choice),
      settled: chosen.map(({ of }) => of).filter(isOfFields),
    };
  });
}

function priceOf(source: FieldSource): number {
  return source.kind === 'column' && source.steps ? PATH_PRICE : PRICES[source.kind];
}

function sourcesOf({ needs }: Choice): ReadonlySet<FieldSource> {
  const sources = new Set<FieldSource>();
  for (const { source } of needs) sources.add(source);
  return sources;
}

/** A part, with the sources in which its needs are searched. */
interface ReadPart extends NeedyPart {
  readonly sources: ReadonlySet<FieldSource>;
}

/** The one or two parts by which a detection is known; empty if it must be tried on every row. */
function chosenOf(parts: readonly ReadPart[], price: (source: FieldSource) => number): readonly ReadPart[] {
  const priced = parts.map((part) => {
    let own = 0;
    for (const source of part.sources) own += price(source);
    return { part, price: own, total: own + part.choice.cost };
  });
  const [first, ...others] = priced.sort((a, b) => a.total - b.total);
  if (!first) return [];
  if (first.part.choice.cost < RARE) return [first.part];
  const { choice } = first.part;
  const second = others.find(
    (other) => triesSaved(choice, other.part.choice) > other.price && narrows(other.part.choice, choice),
  );
  return second ? [first.part, second.part] : [first.part];
}

/** How many rows a second choice spares the detection, per row. */
function triesSaved(first: Choice, second: Choice): number {
  return Math.min(1, first.cost) * (1 - second.cost);
}

/** Whether a second choice excludes rows that the first does not: a longer list that includes the first one excludes none. */
function narrows({ needs }: Choice, first: Choice): boolean {
  if (needs.length > MOST_NEEDS) return false;
  const same = (a: Need, b: Need) => a.source === b.source && a.mode === b.mode && a.literal === b.literal;
  return !first.needs.every((need) => needs.some((other) => same(need, other)));
}

/** Whether finding one of a part's literals roughly means that the part is true: it consists of alternative fields, not of several conditions. */
function isOfFields(expression: Expression): boolean {
  return expression.kind === 'field' || (expression.kind === 'or' && expression.items.every(isOfFields));
}

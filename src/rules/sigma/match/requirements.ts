/** What an index knows each of many detections by. */
import type { Expression, FieldSource } from '../language/expression.ts';
import type { CompiledDetection } from '../types.ts';
import { type Choice, type Likelihood, type Need, type NeedyPart, needyParts } from './needs.ts';

/** What an index knows a detection by: a row must hold one of the needs of each choice. */
export interface Requirements {
  /** At most two. None: the detection must be tried on every row. */
  readonly choices: readonly Choice[];
  /** The parts that likely hold where the choices are fulfilled. */
  readonly settled: readonly Expression[];
}

/** With less than this, a detection is known well enough by one choice. */
const RARE = 0.002;
/** A second choice among many literals, or among such that most rows hold, is not worth its place in the index. */
const MOST_NEEDS = 64;
const COMMON = 0.9;
/** What looking through a source costs for each row, in detections that could be tried instead. */
const PRICES: Readonly<Record<FieldSource['kind'], number>> = {
  column: 0.1,
  join: 0.3,
  rendered: 0.6,
  any: 10,
};
const PATH_PRICE = 0.2;

/**
 * Chooses for each detection the literals that a row is least likely to hold, and where many rows hold them, others that it must
 * hold beside them. A source that only few detections would be known by is left alone where they have another choice: it would have to be read
 * and looked through for each row.
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

/** With the sources that its needs are looked for in. */
interface ReadPart extends NeedyPart {
  readonly sources: ReadonlySet<FieldSource>;
}

/** One part that a detection is known by, or two; none where it must be tried on every row. */
function chosenOf(parts: readonly ReadPart[], price: (source: FieldSource) => number): readonly ReadPart[] {
  const priced = parts.map((part) => {
    let total = part.choice.cost;
    for (const source of part.sources) total += price(source);
    return { part, total };
  });
  const [first, ...others] = priced.sort((a, b) => a.total - b.total);
  if (!first) return [];
  if (first.part.choice.cost < RARE) return [first.part];
  const second = others.find(({ part, total }) => total < COMMON && narrows(part.choice, first.part.choice));
  return second ? [first.part, second.part] : [first.part];
}

/** Whether a choice tells more than another one does: of two lists of the same names, the longer one says nothing. */
function narrows({ needs }: Choice, first: Choice): boolean {
  if (needs.length > MOST_NEEDS) return false;
  const same = (a: Need, b: Need) => a.source === b.source && a.mode === b.mode && a.literal === b.literal;
  return !first.needs.every((need) => needs.some((other) => same(need, other)));
}

/** Whether a part holds, roughly, where one of its literals is found: it is one of several fields, and none of several conditions. */
function isOfFields(expression: Expression): boolean {
  return expression.kind === 'field' || (expression.kind === 'or' && expression.items.every(isOfFields));
}

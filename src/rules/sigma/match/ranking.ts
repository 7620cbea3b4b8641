/** Orders the parts of a condition: first the part that most likely decides the result, relative to its cost. */
import type { Expression, ValueTest } from '../language/expression.ts';
import { type Likelihood, needOf } from './needs.ts';
import { type Compiler, isScope, type Part } from './predicates.ts';

/** The likelihood of tests without a literal. */
const UNKNOWN = 0.4;
/** The lowest likelihood, because no estimate is certain. */
const LEAST = 0.02;
/**
 * The rank of a scope. Nearly every row is in it, so it is evaluated after what the rule looks for, but before a regular expression that
 * has to read the whole string.
 */
const SCOPE = 40;
/** The highest cost of searching many literals, because they are searched in one pass. */
const MOST_COST = 24;

/**
 * Ranks by estimates from the rules alone, never by earlier rows, because a row must get the same verdict whenever it is read.
 * @param settled parts that the index has tested already, so that they are likely true when a rule is tried at all.
 */
export function rankBy(likelihood: Likelihood, settled: ReadonlySet<Expression>): Compiler['rank'] {
  const chances = new Map<Expression, number>();
  const chance = (expression: Expression): number => {
    const known = chances.get(expression);
    if (known !== undefined) return known;
    const estimate = chanceOf(expression, likelihood, chance);
    chances.set(expression, estimate);
    return estimate;
  };
  const holds = ({ expression, isNegated }: Part): number => {
    const estimate = settled.has(expression) ? 1 : chance(expression);
    return isNegated ? 1 - estimate : estimate;
  };
  return (part, joined) => {
    if (isScope(part.expression)) return SCOPE;
    const settles = joined === 'or' ? holds(part) : 1 - holds(part);
    return costOf(part.expression) / Math.max(LEAST, settles);
  };
}

/** Ranks by cost only: regular expressions and searches of the whole row come last. */
export function rankByCost({ expression }: Part): number {
  return isScope(expression) ? SCOPE : costOf(expression);
}

function chanceOf(
  expression: Expression,
  likelihood: Likelihood,
  chance: (expression: Expression) => number,
): number {
  switch (expression.kind) {
    case 'unavailable':
      return 0;
    case 'part':
      return chance(expression.item);
    case 'not':
      return 1 - chance(expression.item);
    case 'and':
      return expression.items.reduce((product, item) => product * chance(item), 1);
    case 'or':
      return 1 - expression.items.reduce((product, item) => product * (1 - chance(item)), 1);
    case 'field': {
      const each = expression.values.map(({ test }) => {
        const need = needOf(expression.source, test);
        return need ? likelihood(need) : UNKNOWN;
      });
      return Math.min(
        1,
        each.reduce((sum, one) => sum + one, 0),
      );
    }
  }
}

function costOf(expression: Expression): number {
  switch (expression.kind) {
    case 'field': {
      const each = expression.values.map(({ test }) => costOfTest(test));
      const sum = each.reduce((total, cost) => total + cost, 0);
      const cost = 1 + Math.min(MOST_COST * Math.max(1, ...each), sum);
      return expression.source.kind === 'any' ? 50 * cost : cost;
    }
    case 'unavailable':
      return 0;
    case 'part':
    case 'not':
      return costOf(expression.item);
    default:
      return expression.items.reduce((total, item) => total + costOf(item), 0);
  }
}

function costOfTest(test: ValueTest): number {
  switch (test.kind) {
    case 'text':
      return test.mode === 'contains' ? 2 : 0.5;
    case 'null':
    case 'exists':
      return 0.5;
    case 'wildcard':
      return 6;
    case 'regex':
      return test.literal === '' ? 40 : 10;
    default:
      return 2;
  }
}

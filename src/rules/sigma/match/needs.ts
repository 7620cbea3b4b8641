/** Extracts from an expression the literals that a row must contain for it to match, from which the index is built. */
import type { Expression, FieldSource, TextMode, ValueTest } from '../language/expression.ts';
import { fold } from '../language/fold.ts';
import { conjuncts } from './predicates.ts';

/** A literal, case-folded, that one of a source's strings must contain. */
export interface Need {
  readonly source: FieldSource;
  readonly mode: TextMode;
  readonly literal: string;
}

/** Estimates how likely a row contains a literal, 0 to 1. */
export type Likelihood = (need: Need) => number;

type Field = Extract<Expression, { kind: 'field' }>;

/** Literals of which a row contains at least one whenever an expression matches it. */
export interface Choice {
  readonly needs: readonly Need[];
  /** How likely a row contains one of them: the sum of their likelihoods. */
  readonly cost: number;
}

/** A part of a condition that must be true, and the literals of which a row must contain one for that. */
export interface NeedyPart {
  readonly choice: Choice;
  readonly of: Expression;
}

/** The parts of a condition that restrict the literals of a matching row. */
export function needyParts(expression: Expression, likelihood: Likelihood): readonly NeedyPart[] {
  return conjuncts(expression).flatMap((part) => {
    const choice = part.isNegated ? undefined : best(part.expression, likelihood);
    return choice ? [{ choice, of: part.expression }] : [];
  });
}

function best(expression: Expression, likelihood: Likelihood): Choice | undefined {
  switch (expression.kind) {
    case 'part':
      return best(expression.item, likelihood);
    case 'not':
      return undefined;
    case 'unavailable':
      return { needs: [], cost: 0 };
    case 'and': {
      let chosen: Choice | undefined;
      for (const item of expression.items) {
        const choice = best(item, likelihood);
        if (choice && (!chosen || choice.cost < chosen.cost)) chosen = choice;
      }
      return chosen;
    }
    case 'or':
      return union(expression.items.map((item) => best(item, likelihood)));
    case 'field': {
      // A scope is true of nearly every row, so it does not restrict the candidates.
      if (expression.source.kind === 'any' || expression.isScope) return undefined;
      return ofValues(expression, likelihood);
    }
  }
}

function ofValues({ source, values }: Field, likelihood: Likelihood): Choice | undefined {
  const needs: Need[] = [];
  let cost = 0;
  for (const { test } of values) {
    const need = needOf(source, test);
    if (!need) return undefined;
    needs.push(need);
    cost += likelihood(need);
  }
  return { needs, cost };
}

function union(choices: readonly (Choice | undefined)[]): Choice | undefined {
  const needs: Need[] = [];
  let cost = 0;
  for (const choice of choices) {
    if (!choice) return undefined;
    for (const need of choice.needs) needs.push(need);
    cost += choice.cost;
  }
  return { needs, cost };
}

/** Visits every need of every field, even if the expression as a whole does not depend on it. */
export function allNeeds(expression: Expression, visit: (need: Need) => void): void {
  switch (expression.kind) {
    case 'part':
    case 'not':
      allNeeds(expression.item, visit);
      return;
    case 'unavailable':
      return;
    case 'field':
      if (expression.isScope) return;
      for (const { test } of expression.values) {
        const need = needOf(expression.source, test);
        if (need) visit(need);
      }
      return;
    default:
      for (const item of expression.items) allNeeds(item, visit);
  }
}

/** The literal that a string must contain to pass a test; undefined if there is none. */
export function needOf(source: FieldSource, test: ValueTest): Need | undefined {
  const need = needIn(source, test);
  if (!need || source.kind !== 'rendered' || !source.indexed) return need;
  const indexed = source.rendering.indexedAs?.need(need);
  return indexed && { ...indexed, source: source.indexed };
}

function needIn(source: FieldSource, test: ValueTest): Need | undefined {
  switch (test.kind) {
    case 'text': {
      const literal = test.cased ? fold(test.literal) : test.literal;
      return literal === '' && test.mode !== 'equals' ? undefined : { source, mode: test.mode, literal };
    }
    case 'wildcard': {
      let longest = '';
      for (const token of test.tokens)
        if (typeof token === 'string' && token.length > longest.length) longest = token;
      return longest === '' ? undefined : { source, mode: 'contains', literal: fold(longest) };
    }
    case 'regex':
      return test.literal === '' ? undefined : { source, mode: 'contains', literal: test.literal };
    default:
      return undefined;
  }
}

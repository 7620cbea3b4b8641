/** Analyses what a detection asks for and a table does not hold: whether the rest can still match, and which messages follow. */
import type { Mistake } from '../../../diagnostics/diagnostic.ts';
import type { Expression, Unavailable } from './expression.ts';

/** A part of a detection that is never true on a table, and the effect of that. */
export interface Loss {
  readonly of: Unavailable;
  /** The part stands under a `not`, so the rule may match rows that the part should exclude. */
  readonly widens: boolean;
  /** The part stands only under a `not`, so the rule misses no row that it should match. */
  readonly excludes: boolean;
}

export function isUnavailable(expression: Expression): expression is Unavailable {
  return expression.kind === 'unavailable';
}

/** The value that an expression has for every row because of its unavailable parts; undefined if it depends on the row. */
export function constantOf(expression: Expression): boolean | undefined {
  return constantWhere(expression, () => true);
}

/** Whether an expression is certainly true of every row, because what it excludes never occurs. */
export function isAlways(expression: Expression): boolean {
  return certaintyOf(expression) === true;
}

/** The value that an expression certainly has for every row; undefined if it depends on the row, or on a part that is not certain. */
function certaintyOf(expression: Expression): boolean | undefined {
  return constantWhere(expression, ({ isCertain }) => isCertain);
}

function constantWhere(expression: Expression, isFalse: (of: Unavailable) => boolean): boolean | undefined {
  switch (expression.kind) {
    case 'unavailable':
      return isFalse(expression) ? false : undefined;
    case 'field':
      return undefined;
    case 'part':
      return constantWhere(expression.item, isFalse);
    case 'not': {
      const item = constantWhere(expression.item, isFalse);
      return item === undefined ? undefined : !item;
    }
    default: {
      const items = expression.items.map((item) => constantWhere(item, isFalse));
      const deciding = expression.kind === 'or';
      if (items.includes(deciding)) return deciding;
      return items.includes(undefined) ? undefined : !deciding;
    }
  }
}

/**
 * What a detection loses on a table, without duplicates. Nothing is lost in a part whose value is certain anyway: if a selection
 * asks for an event id that the table never has, the rest of the selection does not matter.
 */
export function lossesOf(expression: Expression): readonly Loss[] {
  const found = new Map<Unavailable, Omit<Loss, 'of'>>();
  const note = (one: Unavailable, negated: boolean): void => {
    const { widens, excludes } = found.get(one) ?? { widens: false, excludes: true };
    found.set(one, { widens: widens || (negated && !one.isCertain), excludes: excludes && negated });
  };
  const walk = (one: Expression, negated: boolean): void => {
    switch (one.kind) {
      case 'field':
        return;
      case 'unavailable':
        note(one, negated);
        return;
      case 'part':
        walk(one.item, negated);
        return;
      case 'not':
        walk(one.item, !negated);
        return;
      default: {
        const decided = certaintyOf(one);
        for (const item of one.items) {
          if (decided === undefined || certaintyOf(item) === decided) walk(item, negated);
        }
      }
    }
  };
  walk(expression, false);
  return [...found].map(([of, uses]) => ({ of, ...uses }));
}

/** The warning about a loss when the rest of the rule runs. */
export function warningOf({ of: { reason }, widens }: Loss): Mistake {
  return widens
    ? {
        ...reason,
        message: `${reason.message}: the rule matches rows that this would exclude`,
        effect: 'wider',
      }
    : { ...reason, message: `${reason.message}: this alternative never matches`, effect: 'lost-alternative' };
}

/** How many values a message names; a list of hashes may have hundreds. */
const NAMED_VALUES = 2;

/** One warning about several values of one field, so that a list of hashes does not become a list of warnings. */
export function warningOfMany(losses: readonly [Loss, ...Loss[]], table: string, field: string): Mistake {
  const [{ of, widens }] = losses;
  const named = losses.slice(0, NAMED_VALUES).map(({ of: { value } }) => `"${value?.raw}"`);
  const more = losses.length - named.length;
  const values = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const message = `${table} never holds ${losses.length} values of "${field}" (${values})`;
  return widens
    ? { ...of.reason, message: `${message}: the rule matches rows that these would exclude`, effect: 'wider' }
    : { ...of.reason, message: `${message}: these alternatives never match`, effect: 'lost-alternative' };
}

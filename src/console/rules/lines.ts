/** Rules, exceptions and lists as lines of the page. */
import type { RulesRecord } from '../../relay/rule-sets/records.ts';
import { isOldList } from '../../relay/rule-sets/records.ts';
import { exceptionState, type ListedException } from '../../rules/exceptions/ends.ts';
import type { RuleFact } from '../../rules/rule-facts.ts';
import { LEVELS } from '../../shared/event.ts';
import type { ExceptionLine, ListLine, RuleLine } from '../model/rules.ts';
import type { Hits } from './hits.ts';

const MOST_NAMED = 20;

export function ruleLine(fact: RuleFact, hits: Hits | undefined): RuleLine {
  const { tags: _, ...line } = fact;
  const total = hits?.total(fact.rule);
  const hours = total === undefined || total === 0 ? undefined : hits?.of(fact.rule);
  return { ...line, ...(total !== undefined && { hits: total }), ...(hours && { hours }) };
}

/** The most hits first, then the highest level, then by title. */
export function noisiestFirst(one: RuleLine, other: RuleLine): number {
  return (other.hits ?? 0) - (one.hits ?? 0) || worstFirst(one, other);
}

/** The highest level first, then by title. */
export function worstFirst(one: RuleLine, other: RuleLine): number {
  const rank = ({ level }: RuleLine) => (level === undefined ? -1 : LEVELS.indexOf(level));
  return rank(other) - rank(one) || byTitle(one, other);
}

export function byTitle(one: RuleLine, other: RuleLine): number {
  return one.title === other.title ? 0 : one.title < other.title ? -1 : 1;
}

export function exceptionLine(one: ListedException, now: number): ExceptionLine {
  const { kind, title, file, line, rules, owner, ticket, expiresAt } = one;
  return {
    kind,
    title,
    file,
    line,
    rules: rules.slice(0, MOST_NAMED),
    moreRules: Math.max(0, rules.length - MOST_NAMED),
    ...(owner !== undefined && { owner }),
    ...(ticket !== undefined && { ticket }),
    ...(expiresAt !== undefined && { expires: expiresAt }),
    state: exceptionState(one, now),
  };
}

/** The lists of the rules in force: of each name what the process says that was seen last. */
export function listLines(records: readonly RulesRecord[], now: number): readonly ListLine[] {
  const lists = new Map<string, ListLine>();
  for (const { lists: own = [] } of [...records].sort((a, b) => a.seen - b.seen)) {
    for (const list of own) lists.set(list.name, { ...list, isOld: isOldList(list, now) });
  }
  return [...lists.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The exception that the page suggests for an alert. */
import { defenderName, defenderValue } from '../../alerts/defender-value.ts';
import { suggestedException } from '../../rules/exceptions/suggest.ts';
import type { RuleFact } from '../../rules/rule-facts.ts';
import { DAY_MS } from '../../shared/duration.ts';
import type { Envelope } from '../../shared/event.ts';
import { REMOVED_VALUE } from '../../shared/removed-value.ts';
import type { AlertRows } from '../model/alerts.ts';
import type { Shown } from './shown.ts';

/** How long a suggested exception holds. */
const ENDS_AFTER_MS = 30 * DAY_MS;

/** Columns that say where and who, for which a rule seldom asks. As Defender calls them. */
const NARROWING = [
  'DeviceName',
  'AccountUpn',
  'AccountName',
  'InitiatingProcessAccountUpn',
  'InitiatingProcessAccountName',
  'InitiatingProcessFileName',
];

export interface ExceptionFor {
  readonly owner: string;
  /** Ms since the epoch. */
  readonly now: number;
  /** The kind of a rule of the set in force by its label; `gone` where it has no such rule, undefined where the set is not known. */
  readonly kindOf: (rule: string) => RuleFact['kind'] | 'gone' | undefined;
}

const NO_EXCEPTION: Readonly<Record<Exclude<RuleFact['kind'], 'sigma'> | 'gone', string>> = {
  correlation: 'The rule is a correlation: an exception names the rules that it watches.',
  route:
    'A route of the table file raised it: an exception is for alerts of Sigma rules. Give the route a narrower "detection".',
  gone: 'The set in force has no such rule any more.',
};

/**
 * A file for `exceptions/`, of the values that matched and of the host and the user. Rules see a row before the steps of its table file,
 * so only values that steps left as they were are taken.
 */
export function exceptionOf(
  envelope: Envelope,
  shown: Shown,
  { owner, now, kindOf }: ExceptionFor,
): Pick<AlertRows, 'exception' | 'noException'> {
  const { rule } = envelope;
  if (rule === undefined)
    return { noException: 'No rule raised it: an exception is for alerts of Sigma rules.' };
  const label = rule.id ?? rule.title;
  const kind = kindOf(label);
  if (kind !== undefined && kind !== 'sigma') return { noException: NO_EXCEPTION[kind] };
  const isOpen = (column: string) => !shown.isMasked(column);
  const matched = (rule.matched ?? []).filter(({ value }) => value !== REMOVED_VALUE);
  const narrowing = NARROWING.flatMap((column) => {
    const value = defenderValue(envelope, column);
    return value === undefined ? [] : [{ column, value }];
  });
  const columns = [...matched, ...narrowing].filter(
    ({ column }) => isOpen(column) && isOpen(defenderName(envelope.renamed, column)),
  );
  const exception = suggestedException({
    rule: label,
    title: rule.title,
    columns,
    owner,
    expires: new Date(now + ENDS_AFTER_MS).toISOString().slice(0, 10),
  });
  return exception === undefined
    ? { noException: "Nothing that may be shown of the row tells it apart from the rule's other alerts." }
    : { exception };
}

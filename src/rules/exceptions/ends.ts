/** Tells which exceptions and filters have expired, and which will soon. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import { DAY_MS } from '../../shared/duration.ts';
import type { CompiledRule, Narrowing, NarrowingOutcome } from '../sigma/index.ts';

/** How long before its end an exception is listed. */
export const ENDS_SOON_MS = 30 * DAY_MS;

/** What a rule set says of one of its exceptions, or of a filter that says when it ends or whose it is. */
export interface ListedException {
  readonly kind: Narrowing['kind'];
  readonly title: string;
  readonly file: string;
  readonly line: number;
  /** The titles of the rules that it narrows. */
  readonly rules: readonly string[];
  readonly owner?: string;
  readonly ticket?: string;
  /** As it was written. */
  readonly expires?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export type ExceptionState = 'expired' | 'ends-soon' | 'in-force';

/** The state of an exception at a time, in milliseconds since the epoch. */
export function exceptionState(
  { expiresAt }: Pick<ListedException, 'expiresAt'>,
  now: number,
): ExceptionState {
  if (expiresAt === undefined) return 'in-force';
  if (now >= expiresAt) return 'expired';
  return expiresAt - now <= ENDS_SOON_MS ? 'ends-soon' : 'in-force';
}

/** The exceptions of a rule set, those that end first in front. Filters without an owner and an end are left out. */
export function listExceptions(outcomes: readonly NarrowingOutcome[]): readonly ListedException[] {
  const listed = outcomes.flatMap(({ narrowing, rules }): readonly ListedException[] => {
    const { kind, title, file, span, owner, ticket, expires } = narrowing;
    if (kind === 'filter' && owner === undefined && expires === undefined) return [];
    return [
      {
        kind,
        title,
        file,
        line: span.line,
        rules: [...rules].map((rule) => rule.title).sort(),
        ...(owner !== undefined && { owner }),
        ...(ticket !== undefined && { ticket }),
        ...(expires && { expires: expires.text, expiresAt: expires.at }),
      },
    ];
  });
  return listed.sort((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || 0);
}

/** Warns of what has expired and of what ends within 30 days; reports exceptions that no rule can use. */
export function checkEnds(
  outcomes: readonly NarrowingOutcome[],
  compiled: readonly CompiledRule[],
  now: number | undefined,
): readonly Diagnostic[] {
  const used = new Set(compiled.flatMap(({ narrowings }) => narrowings.map(({ of }) => of)));
  return outcomes.flatMap(({ narrowing, rules }): readonly Diagnostic[] => {
    const { kind, file, title, expires, rulesSpan, rules: named } = narrowing;
    if (kind === 'exception' && named === 'any' && rules.size > 0 && !used.has(narrowing)) {
      const message = `"${title}" asks for what no table of any rule holds, so that it suppresses nothing`;
      return [diagnostic(file, rulesSpan, { code: 'unused-filter', message })];
    }
    if (!expires || now === undefined) return [];
    const state = exceptionState({ expiresAt: expires.at }, now);
    if (state === 'in-force') return [];
    const whose = narrowing.owner === undefined ? '' : ` (owner: ${narrowing.owner})`;
    if (state === 'expired') {
      const message = `"${title}"${whose} has expired on ${expires.text} and suppresses nothing any more`;
      const hint = 'remove it, or give it a later end';
      return [diagnostic(file, expires.span, { code: 'expired-exception', message, hint }, 'warning')];
    }
    const days = Math.ceil((expires.at - now) / DAY_MS);
    const message = `"${title}"${whose} ends on ${expires.text}, in ${days === 1 ? 'a day' : `${days} days`}`;
    const hint = 'let it end, or give it a later end';
    return [diagnostic(file, expires.span, { code: 'exception-ends-soon', message, hint }, 'warning')];
  });
}

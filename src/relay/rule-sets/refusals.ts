/** Why rules that were found cannot be used: typed errors, and what records of hosts say of them. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../diagnostics/render.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';
import { MOST_REFUSAL_ERRORS, type RulesRefusal, refusalErrorText } from './records.ts';

/** The rule files have errors. Code `rules_invalid`; the message contains all errors, as `rules check` shows them. */
export class RulesError extends NarrowRelayError<CodeOf<'rules'>> {
  readonly errors: readonly Diagnostic[];

  constructor(errors: readonly Diagnostic[], sources: ReadonlyMap<string, string>) {
    const text = renderDiagnostics(errors, sources, 'text', {
      briefUnless: 'xdr-relay rules check --verbose',
    });
    super('rules_invalid', `The rules have errors:\n\n${text}`);
    this.errors = errors;
  }
}

/** No rule file is left, or none in one of several folders, although there were some before. Code `rules_emptied`. */
export class RulesEmptiedError extends NarrowRelayError<CodeOf<'rules'>> {
  /** @param folders those of several folders that are empty; none if there is no rule file at all. */
  constructor(folders: readonly string[] = []) {
    const message =
      folders.length > 0
        ? `there is not a single rule file in ${folders.join(', ')}, though there were some before: put them back, or take the folder out of "transforms"`
        : 'there is not a single rule file, though there were rules before: put them back, or leave one file, such as a DeviceEvents.yaml of "table: DeviceEvents", to go without rules';
    super('rules_emptied', message);
  }
}

/** Why the rules that were found cannot be used: they have errors, are too large, are not text, or are gone. */
export type RulesTrouble = NarrowRelayError<CodeOf<'rules'>>;

/**
 * Neither the rules that were found nor the last good rules can be used. Code `rules_held`: no row may be evaluated until better rules come.
 * The message has the first mistake of each set but no lines of the files, because /readyz shows it to everybody.
 */
export class RulesHeldError extends NarrowRelayError<CodeOf<'rules'>> {
  constructor(found: RulesTrouble, lastGood: RulesTrouble) {
    const message = `the rules cannot be used (${firstOf(found)}), and neither can the last good ones (${firstOf(lastGood)})`;
    super('rules_held', message, { cause: found });
  }
}

/** What a record of a host says of rules that cannot be used. @param at when that was found, ms since the epoch. */
export function refusalOf(trouble: RulesTrouble, at: number): RulesRefusal {
  if (!(trouble instanceof RulesError)) {
    return { at, total: 1, errors: [{ code: trouble.code, message: trouble.message }] };
  }
  const { errors } = trouble;
  const first = errors.slice(0, MOST_REFUSAL_ERRORS);
  return {
    at,
    total: errors.length,
    errors: first.map(({ file, span: { line, column, length }, code, message, hint }) => ({
      file,
      line,
      column,
      ...(length > 0 && { length }),
      code,
      message,
      ...(hint !== undefined && { hint }),
    })),
  };
}

/** Whether two refusals are for the same mistakes. */
export function isSameRefusal(a: RulesRefusal, b: RulesRefusal): boolean {
  return a.total === b.total && JSON.stringify(a.errors) === JSON.stringify(b.errors);
}

/** The first mistake as one line. */
export function firstOf(trouble: RulesTrouble): string {
  const [first] = refusalOf(trouble, 0).errors;
  return first ? refusalErrorText(first) : trouble.message;
}

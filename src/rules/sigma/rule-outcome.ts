/** Decides, from how a rule compiled on each table of its log source, which errors and warnings the rule gets. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expression } from './language/expression.ts';
import { type Loss, warningOf, warningOfMany } from './language/unavailable.ts';
import type { CompiledNarrowing, RuleException, TableMapping } from './types.ts';

/** Something that a rule, or a filter on the rule, asks for and a table does not hold, with its file. */
export interface PlacedLoss {
  readonly file: string;
  readonly loss: Loss;
}

export interface TableOutcome {
  readonly table: TableMapping;
  /** Makes the conditions of the rule; undefined if the rule cannot run on the table. */
  readonly expression: (() => Expression) | undefined;
  readonly narrowings: readonly CompiledNarrowing[];
  /** Exceptions that do not apply on the table. */
  readonly unusable: readonly UnusableException[];
  readonly losses: readonly PlacedLoss[];
  /** All other diagnostics. */
  readonly found: readonly Diagnostic[];
}

/** An exception that asks for something that the table does not hold. */
export interface UnusableException {
  readonly exception: RuleException;
  readonly loss: Loss;
}

/** The diagnostics of a rule, given the outcome on each of its tables. */
export function diagnosticsOf(outcomes: readonly TableOutcome[]): readonly Diagnostic[] {
  const running = outcomes.filter(({ expression }) => expression !== undefined);
  if (running.length === 0) return unique(outcomes.flatMap(refusalOf(outcomes)));
  return unique([
    ...running.flatMap(({ found }) => found),
    ...warningsOf([
      ...running.flatMap(({ losses }) => losses.filter(isOpen)),
      ...lostOnAll(running, outcomes),
    ]),
  ]);
}

/** The errors about exceptions that name the rule and apply on none of the tables on which it runs. */
export function unusableExceptions(outcomes: readonly TableOutcome[]): readonly Diagnostic[] {
  const running = outcomes.filter(({ expression }) => expression !== undefined);
  const applied = new Set(running.flatMap(({ narrowings }) => narrowings.map(({ of }) => of)));
  const found = running.flatMap(({ unusable }) =>
    unusable
      .filter(({ exception }) => exception.rules !== 'any' && !applied.has(exception))
      .map(({ exception: { file }, loss: { of } }) => diagnostic(file, of.span, of.reason)),
  );
  return unique(found);
}

/** Why a rule cannot run on a table. That a table never has an event is left out if another table fails for another reason. */
function refusalOf(outcomes: readonly TableOutcome[]): (outcome: TableOutcome) => readonly Diagnostic[] {
  const hasOther = outcomes.some(({ found, losses }) => found.some(isError) || losses.some(isOpen));
  const tables = [...new Set(outcomes.map(({ table }) => table.table))];
  return ({ table, found, losses }) => {
    const others = tables.filter((name) => name !== table.table);
    const nor = others.length > 0 ? `, nor do ${others.join(', ')}` : '';
    const told = hasOther ? losses.filter(isOpen) : losses;
    return [
      ...found,
      ...told.map(({ file, loss: { of } }) => {
        const message = of.isCertain ? of.reason.message + nor : of.reason.message;
        return diagnostic(file, of.span, { ...of.reason, message });
      }),
    ];
  };
}

/**
 * The losses that all tables share on which the rule runs. If a table on which the rule cannot run would hold the lost part, the
 * reasons why it cannot run there are returned instead; or nothing, if the rule only excludes the lost part.
 */
function lostOnAll(
  running: readonly TableOutcome[],
  outcomes: readonly TableOutcome[],
): readonly PlacedLoss[] {
  const [first, ...others] = running.map(({ losses }) => losses.filter((one) => !isOpen(one)));
  const lost = (first ?? []).filter((one) =>
    others.every((losses) => losses.some((other) => placeOf(other) === placeOf(one))),
  );
  const refused = outcomes.filter(({ expression }) => expression === undefined);
  return lost.flatMap((one) => {
    const holding = refused.filter(
      ({ losses }) => !losses.some((other) => !isOpen(other) && placeOf(other) === placeOf(one)),
    );
    if (holding.length > 0 && one.loss.excludes) return [];
    const reasons = holding.flatMap(({ losses }) => losses.filter(isOpen));
    return reasons.length > 0 ? reasons : [one];
  });
}

function isOpen({ loss }: PlacedLoss): boolean {
  return !loss.of.isCertain;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** One warning per loss, but one for all lost values of a field on a table, placed at the first of them. */
function warningsOf(losses: readonly PlacedLoss[]): readonly Diagnostic[] {
  const groups = new Map<string, [PlacedLoss, ...PlacedLoss[]]>();
  const places = new Set<string>();
  for (const one of losses) {
    const { code } = one.loss.of.reason;
    const place = JSON.stringify([placeOf(one), code]);
    // The same loss on another table.
    if (places.has(place)) continue;
    places.add(place);
    const { value } = one.loss.of;
    const key = value ? JSON.stringify([one.file, value.table, value.field, one.loss.widens]) : place;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].map(asWarning);
}

function asWarning([first, ...others]: readonly [PlacedLoss, ...PlacedLoss[]]): Diagnostic {
  const { file, loss } = first;
  const { value } = loss.of;
  const mistake =
    value && others.length > 0
      ? warningOfMany([loss, ...others.map((other) => other.loss)], value.table, value.field)
      : warningOf(loss);
  return diagnostic(file, loss.of.span, mistake, 'warning');
}

function placeOf({ file, loss }: PlacedLoss): string {
  const { line, column } = loss.of.span;
  return `${line}:${column}:${file}`;
}

/** Removes duplicates: a mistake at one place is reported once, even if several tables lead to it. */
function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const one of diagnostics) {
    const { file, span, code, severity } = one;
    const key = JSON.stringify([file, span.line, span.column, code, severity]);
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

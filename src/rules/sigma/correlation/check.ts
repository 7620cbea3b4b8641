/** Checks correlations: the names of their rules, circles, their counts and their fields. */
import type { Mistake, Severity } from '../../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import { pathsRead } from '../language/sources.ts';
import type { CompiledRule, RuleEnvironment, SigmaCorrelation } from '../types.ts';
import { fieldsOf } from './feeds.ts';
import { isNumeric } from './statistics.ts';
import { candidates, type KnownNames, reaches, type Watch, type Watches } from './watches.ts';

/** The largest count that a condition may ask for, because a window keeps every event that it counts. */
const COUNT_LIMIT = 1_000;

/** The mistakes in a correlation's rule names: names of no document, or of several. */
export function wrongNames(correlation: SigmaCorrelation, known: KnownNames): readonly Mistake[] {
  return correlation.rules.flatMap((name): Mistake[] => {
    const many = candidates(known, name, correlation).length;
    if (many === 1) return [];
    if (many > 1) {
      const message = `${many} rules are called "${name}"`;
      return [{ code: 'ambiguous-rule', message, hint: 'name the one that is meant by its id' }];
    }
    const message = `no rule has the name or id "${name}"`;
    return [{ code: 'unknown-rule', message, hint: didYouMean(name, known.keys()) }];
  });
}

/** Why a correlation cannot run, even if all of its rules compile. */
export function refusal(correlation: SigmaCorrelation, watches: Watches): Mistake | undefined {
  if (reaches(correlation, correlation, watches)) {
    return { code: 'circular-correlation', message: `"${correlation.title}" waits for itself` };
  }
  if (!isNumeric(correlation.type) && correlation.condition.bounds.some(({ value }) => value > COUNT_LIMIT)) {
    const message = `a window counts up to ${COUNT_LIMIT.toLocaleString('en-US')}`;
    return { code: 'unsupported-correlation', message, hint: 'count in the SIEM instead' };
  }
  return undefined;
}

/** The rules and tables in which a correlation's fields are looked up. */
export interface RulesAround extends Pick<RuleEnvironment, 'columnsOf'> {
  readonly rules: readonly CompiledRule[];
  readonly watches: Watches;
}

/** The mistakes in a correlation's fields, and whether the correlation can run nevertheless. */
export interface FieldFindings {
  readonly mistakes: readonly Mistake[];
  readonly severity: Severity;
}

/**
 * Reports fields of `group-by` and `field` that a table lacks. Events of that table are not counted. That is an error if no table
 * is left, and in `temporal` correlations, which need every rule, also if one rule has no table left.
 */
export function missingColumns(correlation: SigmaCorrelation, around: RulesAround): FieldFindings {
  const byWatch = (around.watches.get(correlation) ?? []).map((watch) =>
    around.rules
      .filter((rule) => isFedBy(watch, rule, around.watches))
      .map((rule) => missingIn(correlation, watch, rule, around)),
  );
  const temporal = correlation.type === 'temporal' || correlation.type === 'temporal_ordered';
  const alternatives = temporal ? byWatch : [byWatch.flat()];
  const dead = alternatives.some(
    (tables) => tables.length > 0 && tables.every((missing) => missing.length > 0),
  );
  const hint = 'name the column of each rule under "aliases"';
  const messages = [...new Set(byWatch.flat(2))].map((message) =>
    dead ? message : `${message}: its events are not counted`,
  );
  return {
    mistakes: messages.map((message) => ({
      code: 'unknown-column',
      message,
      hint,
      ...(dead ? {} : { effect: 'lost-alternative' }),
    })),
    severity: dead ? 'error' : 'warning',
  };
}

/** Reports columns that hold no numbers although the correlation calculates with them: it would count no event. */
export function notNumbers(correlation: SigmaCorrelation, around: RulesAround): readonly Mistake[] {
  if (!isNumeric(correlation.type)) return [];
  const messages = (around.watches.get(correlation) ?? []).flatMap((watch) =>
    around.rules
      .filter((rule) => isFedBy(watch, rule, around.watches))
      .flatMap((rule) => {
        const columns = around.columnsOf(rule.table);
        const paths = fieldsOf(correlation, watch, rule).counted.flat().flatMap(pathsRead);
        return paths.flatMap((path) => {
          const type = columns?.column(path)?.type;
          if (type === undefined || type === 'number' || type === 'object') return [];
          return `${correlation.type} calculates with numbers, but the column "${path}" of ${rule.table} is a ${type}`;
        });
      }),
  );
  return [...new Set(messages)].map((message) => ({ code: 'type-mismatch', message }));
}

/** Whether a watched rule or correlation receives matches of a compiled rule, directly or through other correlations. */
function isFedBy({ from }: Watch, { rule }: CompiledRule, watches: Watches): boolean {
  return rule === from || (from.kind === 'correlation' && reaches(from, rule, watches));
}

function missingIn(
  correlation: SigmaCorrelation,
  watch: Watch,
  rule: CompiledRule,
  { columnsOf }: RulesAround,
): readonly string[] {
  const columns = columnsOf(rule.table);
  if (!columns) return [];
  const exists = (path: string) => columns.column(path) ?? columns.column(path.split('.', 1)[0] ?? path);
  const names = [...correlation.groupBy, ...correlation.condition.fields];
  const { group, counted } = fieldsOf(correlation, watch, rule);
  return [...group, ...counted].flatMap((sources, at) =>
    sources.some((source) => pathsRead(source).every(exists))
      ? []
      : `"${names[at]}" is no column of ${rule.table}, where "${rule.rule.title}" looks`,
  );
}

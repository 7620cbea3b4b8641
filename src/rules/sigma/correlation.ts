import { createHash } from 'node:crypto';
import { didYouMean } from '../../shared/nearest.ts';
import type { CorrelationState } from './correlation-state.ts';
import { Correlator } from './correlator.ts';
import type { FieldSource } from './expression.ts';
import { sourcesOf } from './field.ts';
import type { CompiledRule, RuleEnvironment, SigmaCorrelation, SigmaRule } from './types.ts';
import { type CorrelationLimits, DEFAULT_LIMITS } from './window.ts';

/** The largest count a window can be asked for: every event of it is kept. */
const COUNT_LIMIT = 1_000;

/** A correlation whose rules and fields were found. */
export interface CompiledCorrelation {
  readonly correlation: SigmaCorrelation;
  /** Tells one definition from another, stable over restarts. */
  readonly fingerprint: string;
  /** Position in `correlation.rules` by the name or id of what matched. */
  readonly feeds: readonly CorrelationFeed[];
}

/** One of the rules (or correlations) that a correlation watches. */
export interface CorrelationFeed {
  readonly position: number;
  readonly from: SigmaRule | SigmaCorrelation;
  /** Where the group's fields, and the counted ones, are in the rows of a rule. */
  fields(rule: CompiledRule): CorrelationFields;
}

/** For each field, where it may be. */
export interface CorrelationFields {
  readonly group: readonly (readonly FieldSource[])[];
  readonly counted: readonly (readonly FieldSource[])[];
}

/** All correlations of a rule set, ready to start. Immutable. */
export interface CorrelationProgram {
  readonly correlations: readonly CompiledCorrelation[];
  /** Rules that only feed correlations and raise no alert of their own (`generate` is not set). */
  readonly silent: ReadonlySet<SigmaRule>;
  /** Begins with windows that were kept, or empty ones. `state` must have passed `correlationState`. */
  start(state?: CorrelationState, limits?: Partial<CorrelationLimits>): Correlator;
}

/**
 * Resolves correlations' rules and fields.
 *
 * A rule that is not there, a circle, a field that its rules' tables lack, or a count beyond 1,000 is reported.
 */
export function compileCorrelations(
  correlations: readonly SigmaCorrelation[],
  rules: readonly CompiledRule[],
  environment: Pick<RuleEnvironment, 'columnsOf' | 'report'>,
): CorrelationProgram {
  const { report } = environment;
  const known = new Map<string, SigmaRule | SigmaCorrelation>();
  for (const document of [...rules.map(({ rule }) => rule), ...correlations]) {
    for (const name of [document.id, document.name]) if (name !== undefined) known.set(name, document);
  }
  const compiled = correlations.flatMap((correlation) => {
    const error = (code: string, message: string, hint?: string): void => {
      const { file, rulesSpan: span } = correlation;
      report({ severity: 'error', code, file, span, message, ...(hint ? { hint } : {}) });
    };
    const feeds = correlation.rules.flatMap((name, position): CorrelationFeed[] => {
      const from = known.get(name);
      if (from) return [{ position, from, fields: (rule) => fieldsOf(correlation, from, name, rule) }];
      error('unknown-rule', `No rule has the name or id "${name}".`, didYouMean(name, known.keys()));
      return [];
    });
    if (reaches(correlation, correlation, known)) {
      error('circular-correlation', `"${correlation.title}" waits for itself.`);
      return [];
    }
    if (correlation.condition.bounds.some(({ value }) => value > COUNT_LIMIT)) {
      error('unsupported-correlation', `A window counts up to ${COUNT_LIMIT}.`, 'count in the SIEM instead');
      return [];
    }
    if (feeds.length < correlation.rules.length) return [];
    for (const problem of missingColumns(correlation, feeds, rules, known, environment)) {
      error('unknown-column', problem, 'name the column of each rule under "aliases"');
    }
    return [{ correlation, feeds, fingerprint: fingerprintOf(correlation) }];
  });
  return {
    correlations: compiled,
    silent: silentRules(compiled),
    start: (state, limits) => new Correlator(compiled, state, { ...DEFAULT_LIMITS, ...limits }),
  };
}

/** Whether a correlation is among what another waits for, directly or through others. */
function reaches(
  from: SigmaCorrelation,
  target: SigmaCorrelation,
  known: ReadonlyMap<string, SigmaRule | SigmaCorrelation>,
  visited = new Set<SigmaCorrelation>(),
): boolean {
  for (const name of from.rules) {
    const next = known.get(name);
    if (next === target) return true;
    if (next?.kind !== 'correlation' || visited.has(next)) continue;
    visited.add(next);
    if (reaches(next, target, known, visited)) return true;
  }
  return false;
}

/** What is wrong with the fields in `group-by` and `field`: each must be in the tables of all rules below. */
function missingColumns(
  correlation: SigmaCorrelation,
  feeds: readonly CorrelationFeed[],
  rules: readonly CompiledRule[],
  known: ReadonlyMap<string, SigmaRule | SigmaCorrelation>,
  { columnsOf }: Pick<RuleEnvironment, 'columnsOf'>,
): ReadonlySet<string> {
  const problems = new Set<string>();
  for (const feed of feeds) {
    for (const rule of rules) {
      const fed =
        rule.rule === feed.from || (feed.from.kind === 'correlation' && watches(feed.from, rule, known));
      const columns = fed ? columnsOf(rule.table) : undefined;
      if (!columns) continue;
      const { group, counted } = feed.fields(rule);
      const names = [...correlation.groupBy, ...correlation.condition.fields];
      for (const [at, sources] of [...group, ...counted].entries()) {
        const exists = (path: string) =>
          columns.column(path) ?? columns.column(path.split('.', 1)[0] ?? path);
        if (sources.some((source) => columnsRead(source).every(exists))) continue;
        problems.add(`"${names[at]}" is no column of ${rule.table}, where "${rule.rule.title}" looks.`);
      }
    }
  }
  return problems;
}

function columnsRead(source: FieldSource): readonly string[] {
  return source.kind === 'column' ? [source.path] : source.kind === 'join' ? source.paths : [];
}

/** Whether a rule feeds a correlation, directly or through others. Circles are reported elsewhere. */
function watches(
  correlation: SigmaCorrelation,
  rule: CompiledRule,
  known: ReadonlyMap<string, SigmaRule | SigmaCorrelation>,
  visited = new Set<SigmaCorrelation>(),
): boolean {
  if (visited.has(correlation)) return false;
  visited.add(correlation);
  return correlation.rules.some((name) => {
    const from = known.get(name);
    return from === rule.rule || (from?.kind === 'correlation' && watches(from, rule, known, visited));
  });
}

function silentRules(compiled: readonly CompiledCorrelation[]): ReadonlySet<SigmaRule> {
  const silent = new Set<SigmaRule>();
  const loud = new Set<SigmaRule>();
  for (const { correlation, feeds } of compiled) {
    for (const { from } of feeds) if (from.kind === 'rule') (correlation.generate ? loud : silent).add(from);
  }
  for (const rule of loud) silent.delete(rule);
  return silent;
}

function fieldsOf(
  correlation: SigmaCorrelation,
  from: SigmaRule | SigmaCorrelation,
  name: string,
  rule: CompiledRule,
): CorrelationFields {
  const names = [name, from.name, from.id, rule.rule.name, rule.rule.id];
  const resolve = (field: string): readonly FieldSource[] => {
    const alias = Object.hasOwn(correlation.aliases, field) ? correlation.aliases[field] : undefined;
    const key = alias && names.find((one) => one !== undefined && Object.hasOwn(alias, one));
    const mapping = rule.mapField((key !== undefined && alias?.[key]) || field);
    return mapping ? sourcesOf(mapping) : [];
  };
  return { group: correlation.groupBy.map(resolve), counted: correlation.condition.fields.map(resolve) };
}

function fingerprintOf({
  id,
  title,
  type,
  rules,
  groupBy,
  timespan,
  aliases,
  condition,
}: SigmaCorrelation): string {
  const definition = JSON.stringify([id ?? title, type, rules, groupBy, timespan, aliases, condition]);
  return createHash('sha256').update(definition).digest('hex').slice(0, 32);
}
